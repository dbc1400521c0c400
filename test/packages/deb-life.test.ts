import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { CheckReport } from '../../src/doctor/check.js';
import { signIn, signInCommands, type Booted } from '../support/booted.js';
import { bootDebian, cannotInstall, debName, DEBS, HOME, IN_SYSTEM, OWN, tried } from '../support/debian.js';
import { run } from '../support/run-program.js';

const FOLDER = '/home/alice/photos';
const DATA = '/home/alice/.local/share/gphotos-mount/default';
const DEB = `${IN_SYSTEM}/${debName(OWN) ?? ''}`;
const PID = 'systemctl --user show -P MainPID gphotos-mount';
/** Sets the format that the catalog says it has. */
const FORMAT = (change: string): string =>
  `${HOME}/bin/node -e "const d = new (require('${HOME}/node_modules/better-sqlite3'))('${DATA}/catalog.db'); ` +
  `const v = d.pragma('user_version', { simple: true }); d.pragma('user_version = ' + (v ${change})); d.close()"`;

/** The same package with a higher version. */
async function newerPackage(folder: string): Promise<string> {
  const tree = join(folder, 'tree');
  assert.equal((await run('dpkg-deb', ['-R', join(DEBS, debName(OWN) ?? ''), tree], { deadlineMs: 60_000 })).code, 0);
  const control = join(tree, 'DEBIAN/control');
  writeFileSync(control, readFileSync(control, 'utf8').replace(/^Version: .*$/m, 'Version: 99.0.0'));
  mkdirSync(join(folder, 'newer'));
  const packed = ['-Znone', '--root-owner-group', '-b', tree, join(folder, 'newer/newer.deb')];
  assert.equal((await run('dpkg-deb', packed, { deadlineMs: 60_000 })).code, 0);
  rmSync(tree, { recursive: true });
  return join(folder, 'newer');
}

describe('the Debian package', { skip: cannotInstall() ?? false }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'deb-life-'));
  let machine: Booted;
  before(async () => {
    machine = await bootDebian({ shows: [`${await newerPackage(folder)}:/newer`] });
  });
  after(async () => {
    await machine.end();
    rmSync(folder, { recursive: true });
  });

  const mounts = async (): Promise<string[]> =>
    (await machine.sh('awk \'$3 == "fuse.gphotos-mount" { print $2 }\' /proc/self/mounts')).split('\n').filter(Boolean);
  const shown = async (where: string): Promise<string[]> =>
    (await machine.alice(`sha256sum ${where}/media/all/* | cut -d' ' -f1`)).trim().split('\n').sort();
  const expected = async (): Promise<string[]> => {
    const { library } = machine.emulator;
    const hash = async ({ id }: { id: string }): Promise<string> =>
      createHash('sha256')
        .update(await library.bytesOf(id))
        .digest('hex');
    return (await Promise.all([...library.items()].map(hash))).sort();
  };
  const synced = (where: string): Promise<string> =>
    machine.until('the first sync', `test "$(ls ${where}/media/all | wc -l)" = 5`);

  it('the Debian package installs on a system without Node and compiler, in seconds', async () => {
    assert.equal((await tried(machine, 'command -v node npm gcc cc python3')).said, '');
    const began = Date.now();
    await machine.sh(`apt-get install -y ${DEB}`);
    const seconds = (Date.now() - began) / 1000;
    assert.ok(seconds < 60, `${seconds} s`);
    assert.match(await machine.alice('gphotos-mount --version'), /^gphotos-mount \d+\.\d+\.\d+/);
    for (const file of [
      '/usr/share/man/man1/gphotos-mount.1.gz',
      '/usr/share/man/man8/mount.gphotos.8.gz',
      '/usr/share/bash-completion/completions/gphotos-mount',
      '/usr/share/zsh/vendor-completions/_gphotos-mount',
      '/usr/share/fish/vendor_completions.d/gphotos-mount.fish',
    ])
      await machine.sh(`test -s ${file}`);
  });

  it('the Debian package is found whole by doctor', async () => {
    await signIn(machine);
    const { stdout } = await machine.tryAlice(
      `GPHOTOS_PICKER_URL=${machine.emulator.env.GPHOTOS_PICKER_URL} gphotos-mount doctor --json`,
    );
    const { checks } = JSON.parse(stdout) as { checks: CheckReport[] };
    assert.deepEqual(
      checks.filter(({ result }) => result === 'fail'),
      [],
    );
    const of = (id: string): string => checks.find((check) => check.id === id)?.message ?? '';
    assert.match(of('package'), /files of the Debian package are as they were made/);
    assert.match(of('node'), /^Node 22\./);
  });

  it('the Debian package lets an ordinary user mount, with the right bytes', async () => {
    await machine.alice(`mkdir ${FOLDER}; gphotos-mount ${FOLDER}`);
    await synced(FOLDER);
    assert.deepEqual(await shown(FOLDER), await expected());
    await machine.alice(`gphotos-mount unmount ${FOLDER}`);
    assert.deepEqual(await mounts(), []);
  });

  it('the Debian package brings a unit for any mount point, which systemd starts and stops', async () => {
    const unit = '$(systemd-escape -p --template=gphotos-mount@.service "/home/alice/my pictures")';
    await machine.alice(`systemctl --user start "${unit}" && ls "/home/alice/my pictures/README.txt"`);
    await machine.alice(`systemctl --user stop "${unit}"`);
    assert.deepEqual(await mounts(), []);
  });

  it('the Debian package brings the helper of mount(8)', async () => {
    const { GPHOTOS_LIBRARY_URL: library, GPHOTOS_TOKEN_URL: token } = machine.emulator.env;
    const hosts = `env.GPHOTOS_LIBRARY_URL=${library},env.GPHOTOS_TOKEN_URL=${token}`;
    await machine.sh(`env -i /usr/bin/mount -t gphotos alice ${FOLDER} -o ${hosts}`);
    await machine.alice(`ls ${FOLDER}/README.txt`);
    await machine.sh(`umount ${FOLDER}`);
    await machine.until('the daemon has ended', `! pgrep -u alice -f "${FOLDER}"`, 'root');
  });

  it('the Debian package starts a service of the user', async () => {
    await machine.alice(`gphotos-mount service install --poll-interval 1h ${FOLDER}`);
    await synced(FOLDER);
    assert.match(
      await machine.sh('cat /home/alice/.config/systemd/user/gphotos-mount.service'),
      /^ExecStart=\/usr\/lib\//m,
    );
  });

  it('the Debian package upgraded keeps the data, restarts the service, and names a mount that is no service', async () => {
    await machine.sh(signInCommands(machine.emulator, undefined, 'work'));
    await machine.alice('mkdir ~/work; gphotos-mount --profile work ~/work');
    const [pid, catalog] = [await machine.alice(PID), await machine.sh(`stat -c %i ${DATA}/catalog.db`)];
    const said = await machine.sh('dpkg -i /newer/newer.deb 2>&1');
    assert.match(said, /are no services and run on with the version \d.*\n {2}\d+ \(alice\)\n/);
    assert.notEqual(await machine.alice(PID), pid);
    assert.equal(await machine.sh(`stat -c %i ${DATA}/catalog.db`), catalog);
    assert.match(
      await machine.sh(`readlink /proc/$(runuser -u alice -- env XDG_RUNTIME_DIR=/run/user/$(id -u alice) ${PID})/exe`),
      /bin\/node\n$/,
    );
    assert.deepEqual(await shown(FOLDER), await expected());
    assert.equal((await mounts()).length, 2);
  });

  it('the Debian package of an older version leaves a newer catalog as it is: 65, and what to do', async () => {
    await machine.alice('systemctl --user stop gphotos-mount');
    await machine.alice(FORMAT('+ 1'));
    const before = await machine.sh(`sha256sum ${DATA}/catalog.db`);
    await machine.sh(`dpkg -i ${DEB}`);
    const { code, stderr } = await machine.tryAlice(`gphotos-mount ${FOLDER}`);
    assert.equal(code, 65, stderr);
    assert.match(stderr, /was written by a newer gphotos-mount/);
    assert.equal(await machine.sh(`sha256sum ${DATA}/catalog.db`), before);
    await machine.alice(FORMAT('- 1'));
    await machine.alice('systemctl --user start gphotos-mount');
  });

  it('the Debian package removed ends services and mounts, and leaves the data', async () => {
    assert.equal((await mounts()).length, 2);
    await machine.sh('apt-get remove -y gphotos-mount');
    assert.deepEqual(await mounts(), []);
    assert.equal(await machine.sh(`ls -l /proc/[0-9]*/exe 2>/dev/null | grep ${HOME} || true`), '');
    await machine.sh(`test -s ${DATA}/catalog.db && test -s /home/alice/.config/gphotos-mount/default/token.json`);
    await machine.sh(`test ! -e ${HOME} && test ! -e /usr/bin/gphotos-mount && test ! -e /usr/sbin/mount.gphotos`);
  });

  it('the Debian package purged says what it leaves to the users', async () => {
    const said = await machine.sh('dpkg --purge gphotos-mount 2>&1');
    for (const path of [
      '.config/gphotos-mount',
      '.local/share/gphotos-mount',
      '.cache/gphotos-mount',
      '.config/systemd/user/gphotos-mount.service',
    ])
      assert.ok(said.includes(`  /home/alice/${path}\n`), said);
    await machine.sh(`test -s ${DATA}/catalog.db`);
    assert.equal(await machine.sh("dpkg-query -W -f '${Status}' gphotos-mount 2>/dev/null || true"), '');
  });
});
