import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { boot, cannotBoot, occupy, PROGRAM, signIn, type Booted } from '../support/booted.js';

/** All that means something else in a unit. */
const FOLDER = '/home/alice/my "photos" 100% $HOME %h \\x41 ü';
const IN_UNIT = '"/home/alice/my \\"photos\\" 100%% $$HOME %%h \\\\x41 ü"';
const AT = `'${FOLDER}'`;
const UNIT = '/home/alice/.config/systemd/user/gphotos-mount.service';
const WATCHED = `systemctl --user show -p MainPID --value gphotos-mount`;

describe('a service of the user', { skip: cannotBoot() ?? false }, () => {
  let machine: Booted;
  before(async () => {
    machine = await boot();
  });
  after(() => machine.end());

  const mounts = async (): Promise<string> => machine.sh('grep -c fuse.gphotos-mount /proc/self/mountinfo || true');
  const shows = (what: string): Promise<string> => machine.until(what, `test "$(ls ${AT}/media/all | wc -l)" = 5`);
  const mainPid = async (): Promise<string> => (await machine.alice(WATCHED)).trim();

  it('a service of the user is refused without a sign-in: 77, and nothing is written', async () => {
    const { code, stderr } = await machine.tryAlice(`${PROGRAM} service install ${AT}`);
    assert.equal(code, 77, stderr);
    assert.equal(
      await machine.sh('find /home/alice -newer /etc/hostname -not -name ".bash*" -type f; ls /home/alice'),
      '',
    );
  });

  it('a service of the user is printed without being installed', async () => {
    const text = await machine.alice(`${PROGRAM} service install --print --poll-interval 1h ${AT}`);
    const line = text.split('\n').find((one) => one.startsWith('ExecStart=')) ?? '';
    assert.match(line, /^ExecStart=\S+node \S+main\.js --foreground --poll-interval=1h -- "/);
    assert.ok(line.endsWith(` -- ${IN_UNIT}`), line);
    assert.equal((await machine.tryAlice(`test -e ${UNIT}`)).code, 1);
  });

  it('a service of the user shows the tree at once when the install returns, and speaks of lingering', async () => {
    await signIn(machine);
    const said = await machine.alice(`${PROGRAM} service install --poll-interval 1h ${AT} && ls ${AT}/README.txt`);
    assert.match(said, /is mounted, by the service gphotos-mount\.service/);
    assert.match(said, /lingering is on/);
    await shows('the first sync');
    await machine.until(
      'systemd shows the status',
      'systemctl --user status gphotos-mount | grep "5 items in 1 album"',
    );
  });

  it('a service of the user is found and told by status, with exit code 0', async () => {
    const said = await machine.alice(`${PROGRAM} service status`);
    assert.match(said, /^gphotos-mount\.service: active \(running\), enabled\n {2}mount: \/home\/alice\/my "photos"/);
  });

  it('a service of the user is well for a monitor: status --check prints one line and ends with 0, and with 2 for a folder without a mount', async () => {
    assert.match(
      await machine.alice(`${PROGRAM} status --check ${AT}`),
      /^OK \/home\/alice\/my "photos".*5 items in 1 album.*\n$/,
    );
    const down = await machine.tryAlice(`${PROGRAM} status --check /home/alice`);
    assert.equal(down.code, 2);
    assert.match(down.stdout, /^DOWN .*\n$/);
  });

  it('a service of the user is refused for another mount point, and names the first', async () => {
    const { code, stderr } = await machine.tryAlice(`${PROGRAM} service install /home/alice/other`);
    assert.equal(code, 75);
    assert.ok(stderr.includes(`installed already, for ${FOLDER}.`), stderr);
    assert.equal((await machine.tryAlice('test -e /home/alice/other')).code, 1);
  });

  it('a service of the user can be installed again, and is unchanged', async () => {
    const before = await mainPid();
    await machine.alice(`${PROGRAM} service install --poll-interval 1h ${AT}`);
    assert.equal(await mainPid(), before);
  });

  it('a service of the user writes its journal with priorities and without times of its own', async () => {
    const lines = await machine.alice('journalctl --user-unit gphotos-mount -o cat');
    assert.match(lines, /^gphotos-mount \S+ starts on/m);
    assert.doesNotMatch(lines, /^<\d>|^\d{4}-\d\d-\d\dT.*info/m);
  });

  it('a service of the user is back after its process was killed', async () => {
    const before = await mainPid();
    await machine.alice(`kill -9 ${before}`);
    await machine.until('another process', `p=$(${WATCHED}); test "$p" != 0 && test "$p" != ${before}`);
    await shows('the tree after the crash');
  });

  it('a service of the user is back after its process hung, within the time of the watchdog', async () => {
    await machine.sh(
      `mkdir -p ${UNIT}.d; printf '[Service]\\nWatchdogSec=3\\nTimeoutAbortSec=1\\n' > ${UNIT}.d/test.conf; chown -R alice: ${UNIT}.d`,
    );
    await machine.alice('systemctl --user daemon-reload && systemctl --user restart gphotos-mount');
    const before = await mainPid();
    await machine.alice(`kill -STOP ${before}`);
    assert.equal((await machine.tryAlice(`${PROGRAM} status --check`)).code, 2);
    await machine.until('another process', `p=$(${WATCHED}); test "$p" != 0 && test "$p" != ${before}`);
    await shows('the tree after the hang');
    const result = await machine.alice('journalctl --user-unit gphotos-mount -o cat');
    assert.match(result, /Watchdog timeout/);
  });

  it('a service of the user reloads its settings and stays the same process, also when asked in the first moment', async () => {
    const config = '/home/alice/.config/gphotos-mount/config.json';
    const old = await mainPid();
    await machine.alice(`echo '{"log-level":"debug","quota-reserve":"10%"}' > ${config}`);
    await machine.alice('systemctl --user restart gphotos-mount --no-block');
    // As soon as the new process catches the signal (bit 0 of the mask), long before it mounts.
    await machine.until(
      'the signal is sent',
      `p=$(systemctl --user show -P MainPID gphotos-mount); test "$p" != 0 && test "$p" != ${old} &&
       mask=$(awk '/^SigCgt/ { print $2 }' /proc/$p/status) && test $((0x$mask & 1)) = 1 && kill -HUP $p`,
    );
    await machine.until('it runs', 'systemctl --user is-active gphotos-mount');
    const before = await mainPid();
    await machine.alice(`echo '{"quota-reserve":"20%"}' > ${config} && systemctl --user reload gphotos-mount`);
    await machine.until('the reserve of the file', `${PROGRAM} status --json | grep '"reserve": 2000'`);
    assert.equal(await mainPid(), before);
    assert.match(await machine.alice('systemctl --user show -p ActiveState,Result gphotos-mount'), /Result=success/);
  });

  it('a service of the user is found after its runtime folder was removed, in an environment without one and with another TMPDIR', async () => {
    await machine.sh('rm -rf /run/user/$(id -u alice)/gphotos-mount');
    const status = `env -u XDG_RUNTIME_DIR TMPDIR=/var/tmp ${PROGRAM} status`;
    await machine.until('status', `${status} | grep -F '${FOLDER}'`);
  });

  it('a service of the user stops although a file of it is open, and leaves no mount', async () => {
    const leave = await occupy(machine, FOLDER);
    await machine.alice('systemctl --user stop gphotos-mount');
    assert.equal((await mounts()).trim(), '0');
    assert.equal(await leave(), 'active\n');
  });

  it('a service of the user leaves no dead mount after crashes that exceed the limit of restarts', async () => {
    await machine.alice('systemctl --user reset-failed gphotos-mount; systemctl --user start gphotos-mount');
    await machine.until(
      'the limit of restarts',
      `p=$(${WATCHED}); test "$p" = 0 || kill -9 "$p"; systemctl --user is-failed gphotos-mount`,
    );
    await machine.until('no mount', '! grep -q fuse.gphotos-mount /proc/self/mountinfo', 'root');
  });

  it('a service of the user that was edited is not overwritten, and kept by the uninstall, which leaves all data', async () => {
    await machine.alice(`echo '# mine' >> ${UNIT}`);
    const { code, stderr } = await machine.tryAlice(`${PROGRAM} service install ${AT}`);
    assert.equal(code, 78, stderr);
    assert.match(await machine.alice(`tail -1 ${UNIT}`), /mine/);
    assert.match(await machine.alice(`${PROGRAM} service uninstall`), /kept as .*\.saved/);
    await machine.alice(
      `test ! -e ${UNIT} && test -e ~/.local/share/gphotos-mount/default/catalog.db && test -d ${AT}`,
    );
    assert.equal((await machine.tryAlice(`${PROGRAM} service status`)).code, 69);
    assert.equal((await mounts()).trim(), '0');
  });
});
