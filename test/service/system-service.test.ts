import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { boot, cannotBoot, PROGRAM, signIn, type Booted } from '../support/booted.js';

const FOLDER = '/home/alice/photos';
const UNIT = '/etc/systemd/system/gphotos-mount.service';
const SECRETS = '/root/photos';

describe('a service of the machine', { skip: cannotBoot() ?? false }, () => {
  let machine: Booted;
  before(async () => {
    machine = await boot();
  });
  after(() => machine.end());

  const dropIn = (name: string, lines: readonly string[]): Promise<string> =>
    machine.sh(
      `mkdir -p ${UNIT}.d; printf '%s\\n' '[Service]' ${lines.map((line) => `'${line}'`).join(' ')} > ${UNIT}.d/${name}.conf`,
    );
  const tree = (what: string): Promise<string> => machine.until(what, `test "$(ls ${FOLDER}/media/all | wc -l)" = 5`);

  it('a service of the machine is refused for a user who is not signed in: 77, and nothing is written', async () => {
    const said = await machine.sh(`${PROGRAM} service install --system --user alice 2>&1; echo "rc=$?"`);
    assert.match(said, /rc=77\n$/);
    await machine.sh(`test ! -e ${UNIT} && test ! -e ${FOLDER}`);
  });

  it('a service of the machine runs as its user with credentials that systemd hands over, and that user finds it', async () => {
    await signIn(machine, SECRETS);
    await machine.sh(`mv ${SECRETS}/default/token.json ${SECRETS}/token.json; chown -R root: ${SECRETS}`);
    await dropIn('secrets', [
      `LoadCredential=token.json:${SECRETS}/token.json`,
      `LoadCredential=client_secret.json:${SECRETS}/client_secret.json`,
    ]);
    await machine.sh(`${PROGRAM} service install --system --user alice`);
    await machine.alice(`ls ${FOLDER}/README.txt`);
    await tree('the first sync');
    assert.match(await machine.alice(`${PROGRAM} status`), /^\/home\/alice\/photos {2}\(profile default/);
    assert.equal((await machine.sh(`stat -c %U $(dirname ${FOLDER})`)).trim(), 'alice');
    assert.match(await machine.sh('systemctl show -p User gphotos-mount'), /User=alice/);
    // Root does not ask the daemon of another user, and is told of the mount all the same.
    assert.match(
      await machine.sh(`${PROGRAM} service status --system --user alice`),
      /^gphotos-mount\.service: active \(running\), enabled\n {2}mount: \/home\/alice\/photos, mounted/,
    );
  });

  it('a service of the machine warns where a setting hides its mount, and doctor fails and names the setting', async () => {
    await dropIn('hidden', ['PrivateTmp=yes']);
    await machine.sh('systemctl daemon-reload; systemctl restart gphotos-mount');
    const journal = await machine.sh('journalctl -u gphotos-mount -o cat -p warning');
    assert.match(journal, /visible to its own service only.*PrivateTmp=yes/);
    const { code, stdout } = await machine.tryAlice(`${PROGRAM} doctor`);
    assert.notEqual(code, 0);
    assert.match(stdout, /^FAIL {2}visible .*visible to its own service only[^]*?PrivateTmp=yes/m);
    await machine.sh(`rm ${UNIT}.d/hidden.conf; systemctl daemon-reload; systemctl restart gphotos-mount`);
    assert.match(await machine.alice(`${PROGRAM} doctor || true`), /^ok {4}visible /m);
  });

  it('a service of the machine is removed with nothing left mounted', async () => {
    await machine.sh(`${PROGRAM} service uninstall --system --user alice; rm -r ${UNIT}.d`);
    await machine.sh(`test ! -e ${UNIT} && ! grep fuse.gphotos-mount /proc/self/mountinfo`);
  });

  it('the hardened example service mounts for all processes of its user without fusermount, and unmounts', async () => {
    await signIn(machine);
    const example = '/opt/gphotos-mount/examples/gphotos-mount-hardened.service';
    await machine.sh(`sed 's,/usr/local/bin/gphotos-mount,${PROGRAM},' ${example} > ${UNIT}`);
    await dropIn('hosts', [
      `Environment=GPHOTOS_LIBRARY_URL=${machine.emulator.env.GPHOTOS_LIBRARY_URL}`,
      `Environment=GPHOTOS_TOKEN_URL=${machine.emulator.env.GPHOTOS_TOKEN_URL}`,
    ]);
    await machine.sh('systemctl daemon-reload; systemctl start gphotos-mount');
    await machine.alice(`ls ${FOLDER}/README.txt`);
    await tree('the first sync');
    assert.match(await machine.sh('systemctl show -p NoNewPrivileges gphotos-mount'), /=yes/);
    await machine.sh('systemctl kill -s KILL gphotos-mount');
    await tree('the tree after the crash');
    await machine.sh('systemctl stop gphotos-mount; ! grep fuse.gphotos-mount /proc/self/mountinfo');
  });
});
