import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { boot, cannotBoot, PROGRAM, signIn, type Booted } from '../support/booted.js';

/** Not as alice, who lingers from the boot on. */
const USER = 'bob';
const HOME = `/home/${USER}`;
const FOLDER = `${HOME}/photos`;
const HAS_ENDED = `test "$(systemctl show -P ActiveState user@$(id -u ${USER}))" = inactive`;
const SESSIONS = `loginctl list-sessions --no-legend | grep -w ${USER}`;

describe('a user who logs in and out', { skip: cannotBoot() ?? false }, () => {
  let machine: Booted;
  before(async () => {
    machine = await boot();
    // A manager without sessions ends at once, not after ten seconds, and may start as often as the tests log in.
    const units = '/etc/systemd/system/user@.service.d';
    await machine.sh(`useradd -m -s /bin/bash ${USER}; mkdir -p /etc/systemd/logind.conf.d ${units}
      printf '[Login]\\nUserStopDelaySec=0\\n' > /etc/systemd/logind.conf.d/test.conf
      printf '[Unit]\\nStartLimitIntervalSec=0\\n' > ${units}/test.conf
      systemctl daemon-reload; systemctl restart systemd-logind`);
    await signIn(machine, `${HOME}/.config/gphotos-mount`);
  });
  after(() => machine.end());

  const inside = (what: string, command: string): string =>
    `for i in $(seq 250); do if { ${command}; } > /dev/null 2>&1; then break; fi; sleep 0.1; done; ${command} || { echo "never: ${what}"; exit 9; }`;
  const tree = inside('the tree', `test "$(ls ${FOLDER}/media/all | wc -l)" = 5`);
  const loggedOut = async (): Promise<void> => {
    await machine.until('the session is over', `! ${SESSIONS}`, 'root');
  };
  const isMounted = async (): Promise<boolean> =>
    (await machine.sh(`grep ' ${FOLDER} .*fuse.gphotos-mount' /proc/self/mountinfo || true`)) !== '';

  it('a user who logs in and out is told at the install of a service that it ends with the logout, and how to change that', async () => {
    const said = await machine.session(USER, `${PROGRAM} service install && ls ${FOLDER}/README.txt && ${tree}`);
    assert.match(said, /It runs while you are logged in\. .* loginctl enable-linger\n/);
  });

  it('a user who logs in and out has nothing mounted after the logout, and the service back after the next login', async () => {
    await loggedOut();
    await machine.until('the manager has ended', HAS_ENDED, 'root');
    assert.equal(await isMounted(), false);
    await machine.sh(`test -d ${FOLDER} && test -z "$(ls -A ${FOLDER})"`);
    const said = await machine.session(USER, `${tree}; ${PROGRAM} status --check; ${PROGRAM} service status`);
    assert.match(said, /^OK \/home\/bob\/photos/);
    assert.match(said, /^gphotos-mount\.service: active \(running\), enabled$/m);
    await loggedOut();
    await machine.until('the manager has ended', HAS_ENDED, 'root');
  });

  it('who lingers keeps the mount after the logout, and finds it from a new session without its variables', async () => {
    await machine.sh(`loginctl enable-linger ${USER}`);
    const pid = await machine.session(USER, `${tree}; systemctl --user show -P MainPID gphotos-mount`);
    await loggedOut();
    assert.equal(await isMounted(), true);
    const bare = `env -u XDG_RUNTIME_DIR -u DBUS_SESSION_BUS_ADDRESS TMPDIR=/var/tmp ${PROGRAM}`;
    const said = await machine.session(USER, `${bare} status && ${bare} service status && ${bare} service install`);
    assert.match(said, /^\/home\/bob\/photos {2}\(profile default/);
    assert.match(said, /^gphotos-mount\.service: active \(running\), enabled$/m);
    assert.match(said, /lingering is on/);
    assert.equal(await machine.session(USER, 'systemctl --user show -P MainPID gphotos-mount'), pid);
    await machine.session(USER, `${PROGRAM} service uninstall`);
    await machine.sh(`loginctl disable-linger ${USER}`);
  });

  it('finds and unmounts what was mounted from a terminal before the logout', async () => {
    await machine.session(USER, `${PROGRAM} ${FOLDER}`);
    const bare = `env -u XDG_RUNTIME_DIR TMPDIR=/var/tmp ${PROGRAM}`;
    const said = await machine.session(USER, `${tree}; ${bare} status && ${bare} sync && ${bare} unmount ${FOLDER}`);
    assert.match(said, /^\/home\/bob\/photos {2}\(profile default/);
    assert.equal(await isMounted(), false);
  });

  it('a user who logs in and out is told by the install that no manager runs, and what to do, where there was no login', async () => {
    const path = 'PATH=/usr/local/bin:/usr/bin:/bin';
    const install = `cd; ${PROGRAM} service install ${HOME}/other; echo rc=$?; find . -name '*.service'; ls -d other`;
    const said = await machine.sh(`runuser -u ${USER} -- env -i HOME=${HOME} ${path} sh -c '${install}' 2>&1 || true`);
    assert.match(said, /service manager of systemd cannot be reached .*\n.*Log in directly .*--system --user NAME/);
    assert.match(said, /^rc=2\nls: cannot access 'other'/m);
  });
});
