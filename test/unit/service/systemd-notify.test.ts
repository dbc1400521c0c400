import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { settingsThatHide, unitOf } from '../../../src/service/private-settings.js';
import { SystemdNotifier, systemdNotifier } from '../../../src/service/systemd-notify.js';

/** A notifier whose messages leave one by one, when the test lets them. */
function notifier() {
  const sent: string[] = [];
  const leaving: (() => void)[] = [];
  const made = new SystemdNotifier({
    send: (lines) => {
      sent.push(lines.join(' '));
      return new Promise((resolve) => leaving.push(() => resolve(true)));
    },
    watchdogMs: undefined,
    privateSettings: () => Promise.resolve([]),
  });
  const flush = async (): Promise<string[]> => {
    const settled = made.settled();
    for (let next = leaving.shift(); next !== undefined; next = leaving.shift()) {
      next();
      await new Promise(setImmediate);
    }
    await settled;
    return sent;
  };
  return { made, sent, flush };
}

describe('messages to systemd', () => {
  it('messages to systemd are sent one at a time and in order, and an older status that still waits is dropped', async () => {
    const { made, sent, flush } = notifier();
    made.ready('starting');
    made.status('one');
    made.alive();
    made.status('two');
    made.alive();
    assert.deepEqual(sent, ['READY=1 STATUS=starting']);
    assert.deepEqual(await flush(), ['READY=1 STATUS=starting', 'STATUS=two', 'WATCHDOG=1']);
  });

  it('messages to systemd keep a reload before the message that ends it, and end with STOPPING', async () => {
    const { made, flush } = notifier();
    made.reloading();
    made.ready('3 items\nREADY=0');
    made.alive();
    made.stopping();
    assert.deepEqual(await flush(), ['RELOADING=1', 'READY=1 STATUS=3 items READY=0', 'STOPPING=1 STATUS=unmounting']);
  });

  it('messages to systemd prolong the start in microseconds', async () => {
    const { made, flush } = notifier();
    made.extendStart(30_000);
    assert.deepEqual(await flush(), ['EXTEND_TIMEOUT_USEC=30000000']);
  });

  it('messages to systemd are sent by the main process alone: its children inherit no socket and no watchdog', () => {
    const env = { NOTIFY_SOCKET: '/run/notify', WATCHDOG_USEC: '60000000', WATCHDOG_PID: '12', PATH: '/bin' };
    assert.equal(systemdNotifier(env, 12)?.watchdogMs, 60_000);
    assert.deepEqual(env, { PATH: '/bin' });
    assert.equal(
      systemdNotifier({ NOTIFY_SOCKET: '/run/n', WATCHDOG_USEC: '6', WATCHDOG_PID: '13' }, 12)?.watchdogMs,
      undefined,
    );
    assert.equal(systemdNotifier({}, 12), undefined);
  });
});

describe('the unit of a process', () => {
  it('the unit of a process is the last service of its cgroup, of a user or of the machine', () => {
    const user = '/user.slice/user-1000.slice/user@1000.service/app.slice/gphotos-mount.service';
    assert.deepEqual(unitOf(`0::${user}\n`), { name: 'gphotos-mount.service', isUsers: true });
    assert.deepEqual(unitOf('5:cpu:/x.service\n1:name=systemd:/system.slice/p.service\n'), {
      name: 'p.service',
      isUsers: false,
    });
    assert.equal(unitOf('0::/user.slice/user-1000.slice/session-2.scope\n'), undefined);
  });

  it('the unit of a process is named with the settings that give it mounts of its own, and no others', () => {
    const shown =
      'PrivateTmp=yes\nProtectSystem=no\nProtectHome=read-only\nProtectProc=default\nBindPaths=\nNice=yes\n';
    assert.deepEqual(settingsThatHide(shown), ['PrivateTmp=yes', 'ProtectHome=read-only']);
  });
});
