import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { boot, cannotBoot, PROGRAM, signInCommands, type Booted } from '../support/booted.js';

const FOLDER = '/home/alice/photos';
const UNITS = '/home/alice/.config/systemd/user';
const PID = 'systemctl --user show -P MainPID gphotos-mount';

describe('without PATH in the environment', { skip: cannotBoot() ?? false }, () => {
  let machine: Booted;
  /** Starts the program with nothing in its environment but the hosts of the emulator. */
  let bare: string;
  before(async () => {
    const dropIn = `${UNITS}/gphotos-mount.service.d`;
    machine = await boot({
      setUp: (emulator) =>
        [
          `mkdir -p ${dropIn} ${FOLDER}; printf '[Service]\\nUnsetEnvironment=PATH\\n' > ${dropIn}/path.conf`,
          signInCommands(emulator),
        ].join('\n'),
    });
    const { GPHOTOS_LIBRARY_URL: library, GPHOTOS_TOKEN_URL: token } = machine.emulator.env;
    bare = `env -i GPHOTOS_LIBRARY_URL=${library} GPHOTOS_TOKEN_URL=${token} ${PROGRAM}`;
  });
  after(() => machine.end());
  const noMount = (): Promise<string> => machine.sh('! grep fuse.gphotos-mount /proc/self/mountinfo');

  it('an ordinary user mounts, asks for the status and unmounts', async () => {
    for (const path of ['', 'PATH=']) {
      const program = bare.replace('env -i', `env -i ${path}`);
      await machine.alice(`${program} ${FOLDER} && ls ${FOLDER}/README.txt`);
      assert.match(await machine.alice(`${program} status`), /^\/home\/alice\/photos {2}\(profile default/);
      await machine.alice(`${program} unmount ${FOLDER}`);
      await noMount();
    }
  });

  it('doctor finds fusermount', async () => {
    const { stdout } = await machine.tryAlice(`${bare} doctor`);
    assert.match(stdout, /^ok {4}fusermount /m);
  });

  it('unmount takes a dead mount away', async () => {
    await machine.alice(`${bare} ${FOLDER}; kill -9 $(pgrep --full '^gphotos-mount ${FOLDER}')`);
    await machine.until('the mount is dead', `! ls ${FOLDER}`);
    await machine.alice(`${bare} unmount ${FOLDER}`);
    await noMount();
  });

  it('a service tells systemd when it is ready and what it does', async () => {
    await machine.alice(`${PROGRAM} service install && ls ${FOLDER}/README.txt`);
    const environment = await machine.alice(`tr '\\0' '\\n' < /proc/$(${PID})/environ`);
    assert.doesNotMatch(environment, /^PATH=/m);
    await machine.until('the status', 'systemctl --user show -P StatusText gphotos-mount | grep "5 items in 1 album"');
  });

  it('a service is back after a crash, and leaves no mount when it is stopped', async () => {
    const old = (await machine.alice(PID)).trim();
    await machine.alice(`kill -9 ${old}`);
    await machine.until('another process', `p=$(${PID}); test "$p" != 0 && test "$p" != ${old}`);
    await machine.until('the tree', `ls ${FOLDER}/README.txt`);
    await machine.alice('systemctl --user stop gphotos-mount');
    await noMount();
  });
});
