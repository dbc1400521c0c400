import assert from 'node:assert/strict';
import { EventEmitter, once } from 'node:events';
import { linkSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { askDaemon } from '../../../src/daemon/control-client.js';
import { ControlServer } from '../../../src/daemon/control-server.js';
import { EndingWatch, type EndingSource } from '../../../src/daemon/ending.js';
import { ErrorList } from '../../../src/daemon/error-list.js';
import { openLogFile } from '../../../src/daemon/log-file.js';
import { ensurePrivateFolder } from '../../../src/daemon/private-folder.js';
import { stateOf } from '../../../src/daemon/status-document.js';
import { Teardown } from '../../../src/daemon/teardown.js';
import { systemClock } from '../../../src/support/clock.js';
import { silentLogger, type Logger } from '../../../src/support/logger.js';
import { ownFile } from '../../../src/support/own-file.js';
import { ExitCode, UserError } from '../../../src/support/user-error.js';

const folder = mkdtempSync(join(tmpdir(), 'gpm-daemon-'));
after(() => rmSync(folder, { recursive: true }));

describe('the list of errors', () => {
  const trouble = (code: string, subject = ''): { code: string; message: string; hint: string; subject: string } => ({
    code,
    message: `${code} went wrong`,
    hint: '',
    subject,
  });

  it('the list of errors counts one entry for each code and subject, latest first', () => {
    let now = 0;
    const errors = new ErrorList(10, () => now);
    errors.add(trouble('offline'));
    errors.add(trouble('unreadable', 'a.jpg'));
    errors.add(trouble('unreadable', 'b.jpg'));
    now = 60_000;
    errors.add(trouble('offline'));
    assert.deepEqual(
      errors.list().map(({ code, subject, count, at }) => [code, subject, count, at]),
      [
        ['offline', '', 2, '1970-01-01T00:01:00.000Z'],
        ['unreadable', 'b.jpg', 1, '1970-01-01T00:00:00.000Z'],
        ['unreadable', 'a.jpg', 1, '1970-01-01T00:00:00.000Z'],
      ],
    );
  });

  it('the list of errors keeps as many as it may, forgetting what happened longest ago', () => {
    const errors = new ErrorList(2, () => 0);
    for (const subject of ['a', 'b', 'a', 'c']) errors.add(trouble('x', subject));
    assert.deepEqual(
      errors.list().map(({ subject }) => subject),
      ['c', 'a'],
    );
  });

  it('the list of errors marks what is over, lists it last, and forgets it after an hour', () => {
    let now = 0;
    const errors = new ErrorList(9, () => now);
    for (const subject of ['a', 'b', 'c']) errors.add(trouble('x', subject));
    const look = (): unknown[] => errors.list().map(({ subject, count, resolvedAt }) => [subject, count, resolvedAt]);
    now = 60_000;
    errors.resolve(({ subject }) => subject !== 'a');
    const over = '1970-01-01T00:01:00.000Z';
    assert.deepEqual(look(), [
      ['a', 1, null],
      ['c', 1, over],
      ['b', 1, over],
    ]);
    now += 1_800_000;
    errors.add(trouble('x', 'b'));
    assert.deepEqual(look(), [
      ['b', 2, null],
      ['a', 1, null],
      ['c', 1, over],
    ]);
    now += 1_800_001;
    assert.deepEqual(look(), [
      ['b', 2, null],
      ['a', 1, null],
    ]);
  });

  it('the list of errors forgets what has not occurred again for a day', () => {
    let now = 0;
    const errors = new ErrorList(9, () => now);
    errors.add(trouble('x', 'a'));
    now = 24 * 3_600_000;
    errors.add(trouble('x', 'b'));
    assert.equal(errors.list().length, 2);
    now += 1;
    assert.deepEqual(
      errors.list().map(({ subject }) => subject),
      ['b'],
    );
  });
});

describe('the state', () => {
  it('the state of the status document follows from what is mounted, synced and failing', () => {
    const of = (mounted: boolean, firstSyncDone: boolean, syncFailing: boolean): string =>
      stateOf({ mounted, firstSyncDone, syncFailing, cannotRead: false });
    assert.equal(of(false, true, false), 'starting');
    assert.equal(of(true, false, false), 'syncing');
    assert.equal(of(true, true, false), 'ready');
    assert.equal(of(true, false, true), 'degraded');
    const refused = { mounted: true, firstSyncDone: true, syncFailing: false, cannotRead: true };
    assert.equal(stateOf(refused), 'degraded');
  });
});

describe('the log file', () => {
  it('the log file is private, goes on where it ended, and starts again when it is full', () => {
    const file = join(folder, 'daemon.log');
    writeFileSync(file, 'old\n', { mode: 0o644 });
    const log = openLogFile(file, 10, ownFile('the log file'));
    log.write('first\n');
    log.write('second\n');
    log.write('third\n');
    log.close();
    assert.equal(readFileSync(`${file}.1`, 'utf8'), 'old\nfirst\n');
    assert.equal(readFileSync(file, 'utf8'), 'second\nthird\n');
    assert.equal(statSync(file).mode & 0o777, 0o600);
    assert.equal(statSync(`${file}.1`).mode & 0o777, 0o600);
  });
});

describe('a private folder', () => {
  it('a private folder is made with 0700, parents too, and refused where others may write', () => {
    const inner = join(folder, 'a/b');
    ensurePrivateFolder(inner, process.getuid?.() ?? 0);
    assert.equal(statSync(inner).mode & 0o777, 0o700);
    assert.throws(() => ensurePrivateFolder(inner, 4242), { exitCode: ExitCode.config });
    writeFileSync(join(folder, 'file'), '');
    assert.throws(() => ensurePrivateFolder(join(folder, 'file/x'), 0), { exitCode: ExitCode.config });
  });
});

describe('the end of the daemon', () => {
  const signals = (): EventEmitter & EndingSource => new EventEmitter() as EventEmitter & EndingSource;

  it('the daemon ends at the first signal, and is forced to at the second', async () => {
    const source = signals();
    let forced = 0;
    const watch = new EndingWatch(
      source,
      () => forced++,
      () => undefined,
    );
    source.emit('SIGTERM', 'SIGTERM');
    assert.deepEqual(await watch.first, { kind: 'signal', signal: 'SIGTERM' });
    assert.equal(forced, 0);
    source.emit('SIGINT', 'SIGINT');
    assert.equal(forced, 1);
  });

  it('the daemon ends at the first uncaught error; later ones are only logged', async () => {
    const source = signals();
    const late: unknown[] = [];
    const watch = new EndingWatch(
      source,
      () => undefined,
      (error) => late.push(error),
    );
    source.emit('uncaughtException', 'first');
    source.emit('unhandledRejection', 'second');
    assert.deepEqual(await watch.first, { kind: 'crash', error: 'first' });
    assert.deepEqual(late, ['second']);
  });

  it('the teardown of the daemon undoes everything, last first, whatever fails or hangs on the way', async () => {
    const done: string[] = [];
    const told: string[] = [];
    const log: Logger = { log: (level, message) => told.push(`${level} ${message}`) };
    // The hanging step's timer does not keep the process alive by itself.
    const alive = setInterval(() => undefined, 1000);
    const teardown = new Teardown(systemClock, log);
    teardown.add('first', 1000, () => void done.push('first'));
    teardown.add('hanging', 10, () => new Promise(() => undefined));
    teardown.add('failing', 1000, () => {
      throw new Error('no');
    });
    teardown.add('last', 1000, () => Promise.resolve(void done.push('last')));
    await teardown.run();
    clearInterval(alive);
    assert.deepEqual(done, ['last', 'first']);
    assert.deepEqual(told, ['warn failing: no', 'warn hanging: not done within 0.01 s']);
    await new Teardown(systemClock, silentLogger).run();
  });
});

/** As a daemon that was killed does. */
async function leaveDeadSocket(file: string): Promise<void> {
  const server = createServer().listen(`${file}.made`);
  await once(server, 'listening');
  linkSync(`${file}.made`, file);
  await new Promise((resolve) => server.close(resolve));
}

describe('the control socket', () => {
  const file = join(folder, 'control.sock');

  it('the control socket answers requests, reports refusals, and takes the place of a dead one', async () => {
    await leaveDeadSocket(file);
    const server = new ControlServer((request) => {
      if (request.command === 'status') return Promise.resolve({ ok: true, unmounted: 'status' });
      return Promise.reject(new UserError(ExitCode.busy, 'Busy.', 'Wait.'));
    });
    await server.listen(file);
    assert.equal(statSync(file).mode & 0o777, 0o600);
    assert.deepEqual(await askDaemon(file, { command: 'status' }, 5000), { ok: true, unmounted: 'status' });
    assert.deepEqual(await askDaemon(file, { command: 'unmount' }, 5000), {
      ok: false,
      message: 'Busy.',
      hint: 'Wait.',
      exitCode: ExitCode.busy,
    });
    await server.stop();
    assert.equal(await askDaemon(file, { command: 'status' }, 5000), undefined);
  });

  it('the control socket survives nonsense, and closes the connection of a client that sends too much', async () => {
    const server = new ControlServer(() => Promise.resolve({ ok: true, unmounted: 'x' }));
    await server.listen(file);
    const say = (text: string): Promise<string> =>
      new Promise((resolve) => {
        const socket = connect(file);
        let answer = '';
        socket.setEncoding('utf8').on('data', (chunk: string) => {
          answer += chunk;
          socket.end();
        });
        socket.on('error', () => undefined).on('close', () => resolve(answer));
        socket.write(text);
      });
    for (const nonsense of ['hello\n', '{}\n', 'null\n', '{"command":"explode"}\n', '[1]\n']) {
      assert.match(await say(nonsense), /^\{"ok":false/);
    }
    assert.equal(await say('x'.repeat(100_000)), '');
    assert.deepEqual(await askDaemon(file, { command: 'status' }, 5000), { ok: true, unmounted: 'x' });
    await server.stop();
  });
});
