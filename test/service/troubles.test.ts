import assert from 'node:assert/strict';
import { after, afterEach, before, describe, it } from 'node:test';
import { boot, cannotBoot, occupy, PROGRAM, signIn, type Booted } from '../support/booted.js';

const FOLDER = '/home/alice/photos';
const DATA = '/home/alice/.local/share/gphotos-mount';
const UNIT = '/home/alice/.config/systemd/user/gphotos-mount.service';
const PID = 'systemctl --user show -P MainPID gphotos-mount';

describe('a service', { skip: cannotBoot() ?? false }, () => {
  let machine: Booted;
  before(async () => {
    machine = await boot();
    await signIn(machine);
  });
  after(() => machine.end());
  afterEach(async () => {
    await machine.tryAlice(`${PROGRAM} service uninstall`);
  });

  const nothingIsMounted = '! grep fuse.gphotos-mount /proc/self/mountinfo';
  const shows = (what: string, count = 5): Promise<string> =>
    machine.until(what, `test "$(ls ${FOLDER}/media/all | wc -l)" = ${count}`);

  it('a service on a systemd without systemd-notify is ready when the install returns, and comes back after a crash', async () => {
    await machine.sh('mv /usr/bin/systemd-notify /usr/bin/away');
    try {
      await machine.alice(`${PROGRAM} service install && ls ${FOLDER}/README.txt`);
      assert.equal((await machine.alice('systemctl --user show -P Type gphotos-mount')).trim(), 'exec');
      const before = (await machine.alice(PID)).trim();
      await machine.alice(`kill -9 ${before}`);
      await machine.until('the tree', `p=$(${PID}); test $p != 0 && test $p != ${before} && ls ${FOLDER}/README.txt`);
      await machine.alice('systemctl --user restart gphotos-mount; systemctl --user stop gphotos-mount');
      await machine.sh(nothingIsMounted);
    } finally {
      await machine.sh('mv /usr/bin/away /usr/bin/systemd-notify');
    }
  });

  it('whose Node has moved is told by service status and doctor with the command that helps, which does help', async () => {
    const [node = '', program = ''] = PROGRAM.split(' ');
    await machine.sh(`mkdir -p '/opt/node 20'; cp ${node} '/opt/node 20/node'`);
    await machine.alice(`'/opt/node 20/node' ${program} service install && ls ${FOLDER}/README.txt`);
    await machine.sh(`mv '/opt/node 20' /opt/node-22`);
    const gone = /\/opt\/node 20\/node is gone.*gphotos-mount service install/;
    assert.match(await machine.alice(`${PROGRAM} service status`), gone);
    const { stdout } = await machine.tryAlice(`${PROGRAM} doctor`);
    assert.match(
      stdout,
      /^(?:warn|FAIL) {2}systemd .*\/opt\/node 20\/node is gone[^]*?gphotos-mount service install/im,
    );
    await machine.tryAlice('systemctl --user restart gphotos-mount');
    const down = await machine.tryAlice(`${PROGRAM} service status`);
    assert.equal(down.code, 69);
    assert.match(down.stdout, gone);
    await machine.alice(`${PROGRAM} service install && ls ${FOLDER}/README.txt`);
    assert.doesNotMatch(await machine.alice(`${PROGRAM} service status`), /is gone/);
  });

  it('whose disk becomes full goes on showing the tree, tells it, and goes on by itself when there is room', async () => {
    await machine.alice(`mkdir -p ${DATA}`);
    await machine.sh(`mount -t tmpfs -o size=12m,uid=alice,gid=alice,mode=700 tmpfs ${DATA}`);
    await machine.alice(`${PROGRAM} service install --poll-interval 1h`);
    await shows('the first sync');
    await machine.alice(`dd if=/dev/zero of=${DATA}/filler bs=64k 2> /dev/null || true`);
    machine.emulator.library.add();
    await machine.tryAlice(`${PROGRAM} sync --full`);
    await machine.until('status tells', `${PROGRAM} status --check | grep -i 'degraded.*disk is full'; test $? = 0`);
    assert.equal((await machine.alice(`ls ${FOLDER}/media/all | wc -l`)).trim(), '5');
    assert.match(await machine.alice('systemctl --user show -p ActiveState,NRestarts gphotos-mount'), /=0\n.*=active/);
    await machine.alice(`rm ${DATA}/filler; ${PROGRAM} sync --wait`);
    await shows('what is new', 6);
    await machine.alice(`${PROGRAM} service uninstall`);
    await machine.sh(`umount ${DATA}`);
  });

  it('a service on another disk is uninstalled although a file of it is open and a shell stands in it, and nothing stays mounted', async () => {
    await machine.sh('mount -t tmpfs -o uid=alice,mode=755 tmpfs /mnt');
    await machine.alice(`${PROGRAM} service install /mnt/photos`);
    const leave = await occupy(machine, '/mnt/photos');
    await machine.alice(`${PROGRAM} service uninstall`);
    await machine.sh(`${nothingIsMounted} && test ! -e ${UNIT}`);
    assert.equal(await leave(), 'active\n');
    await machine.sh('umount /mnt');
  });
});
