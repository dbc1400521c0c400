import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { DaemonConfig } from '../../../src/daemon/daemon-config.js';
import { watchForManager } from '../../../src/daemon/manager-watch.js';
import { reload } from '../../../src/daemon/reload.js';
import { noManager, type ServiceManager } from '../../../src/daemon/service-manager.js';
import { StatusBoard } from '../../../src/daemon/status-board.js';
import { PROFILE_SOURCES } from '../../../src/library/source.js';
import { lineLogger, silentLogger } from '../../../src/support/logger.js';
import { ExitCode, UserError } from '../../../src/support/user-error.js';

/** A clock whose sleeps end when the test says so, by their length. */
function handClock() {
  const sleeping: { ms: number; wake: () => void }[] = [];
  return {
    now: () => 0,
    sleep: (ms: number, signal?: AbortSignal): Promise<void> =>
      new Promise((resolve, reject) => {
        sleeping.push({ ms, wake: resolve });
        signal?.addEventListener('abort', () => reject(new Error('stopped')));
      }),
    /** Ends the sleeps of that length, and lets what follows run. */
    pass: async (ms: number): Promise<number> => {
      const due = sleeping.filter((sleep) => sleep.ms === ms);
      sleeping.splice(0, sleeping.length, ...sleeping.filter((sleep) => sleep.ms !== ms));
      for (const { wake } of due) wake();
      for (let turn = 0; turn < 5; turn++) await new Promise(setImmediate);
      return due.length;
    },
  };
}

function recorder(watchdogMs?: number): { manager: ServiceManager; told: string[] } {
  const told: string[] = [];
  const manager: ServiceManager = {
    ...noManager,
    watchdogMs,
    ready: (status) => told.push(`ready ${status}`),
    status: (text) => told.push(text),
    reloading: () => told.push('reloading'),
    alive: () => told.push('alive'),
  };
  return { manager, told };
}

const CONFIG = { mountpoint: '/p', root: '/', logLevel: 'info', quotaReserve: 0.3 } as DaemonConfig;

describe('the service manager', () => {
  it('the service manager gets signs of life while the writing thread answers, and none while it is stuck', async () => {
    const clock = handClock();
    const { manager, told } = recorder(60_000);
    const board = new StatusBoard(CONFIG, PROFILE_SOURCES, 1, () => 0);
    let well = true;
    let log = '';
    const stop = watchForManager({
      manager,
      board,
      clock,
      log: lineLogger({ write: (line) => (log += line), least: () => 'info', now: () => 0, format: 'journal' }),
      isWell: () => Promise.resolve(well),
    });
    assert.equal(await clock.pass(20_000), 1, 'a third of the time of the watchdog');
    assert.deepEqual(told, ['alive']);
    well = false;
    await clock.pass(20_000);
    assert.deepEqual(told, ['alive']);
    assert.match(log, /^<4>the thread that writes the catalog does not answer/);
    well = true;
    await clock.pass(20_000);
    assert.deepEqual(told, ['alive', 'alive']);
    stop();
    await clock.pass(20_000);
    assert.deepEqual(told, ['alive', 'alive'], 'nothing after the end');
  });

  it('the service manager gets a status sentence only when it changed', async () => {
    const clock = handClock();
    const { manager, told } = recorder();
    const board = new StatusBoard(CONFIG, PROFILE_SOURCES, 1, () => 0);
    const stop = watchForManager({ manager, board, clock, log: silentLogger, isWell: () => Promise.resolve(true) });
    await clock.pass(5000);
    await clock.pass(5000);
    board.mounted = true;
    await clock.pass(5000);
    stop();
    assert.deepEqual(told, ['starting', 'first sync running, 0 items so far']);
  });
});

describe('a reload', () => {
  function reloading(reread: (config: DaemonConfig) => DaemonConfig, signIn: () => Promise<void>) {
    const { manager, told } = recorder();
    let log = '';
    let current = CONFIG;
    const done = reload({
      library: {
        configure: ({ quotaReserve }) => {
          told.push(`reserve ${quotaReserve}`);
          return Promise.resolve();
        },
        reloadSignIn: signIn,
        syncNow: () => {
          told.push('poll');
          return Promise.resolve(undefined);
        },
      },
      manager,
      status: () => 'fine',
      clock: handClock(),
      log: lineLogger({ write: (line) => (log += line), least: () => 'info', now: () => 0, format: 'journal' }),
      current: () => current,
      use: (next) => (current = next),
      reread,
    });
    return done.then(() => ({ told, log, current }));
  }

  it('a reload takes up what a running mount can change, and tells what needs a new start', async () => {
    const { told, log, current } = await reloading(
      (config) => ({ ...config, quotaReserve: 0.1, logLevel: 'debug', root: '/media' }),
      () => Promise.resolve(),
    );
    assert.deepEqual(told, ['reloading', 'reserve 0.1', 'ready fine']);
    assert.equal(current.logLevel, 'debug');
    assert.equal(current.root, '/');
    assert.match(log, /^<4>settings that only a new start of the mount takes up have changed: root$/m);
  });

  it('a reload goes on with the old settings where config.json is wrong, polls where Google does not answer, and ends', async () => {
    const wrong = (): never => {
      throw new UserError(ExitCode.config, 'config.json is wrong.', 'Correct it.');
    };
    const { told, log, current } = await reloading(wrong, () => Promise.reject(new Error('offline')));
    assert.deepEqual(told, ['reloading', 'poll', 'ready fine']);
    assert.equal(current, CONFIG);
    assert.match(log, /^<3>settings stay as they are: config\.json is wrong\. Correct it\.$/m);
  });
});
