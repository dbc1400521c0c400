import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import type { FaultAction } from '../emulator/faults.js';
import { names, outcome } from '../support/mounted-files.js';
import { gphotosMount } from '../support/run-program.js';
import { until } from '../support/until.js';
import { withLibrary } from '../support/with-library.js';

const OFTEN = ['--poll-interval', '1s', '--attr-timeout', '0s'];
const LIST = { route: 'mediaItems.list' };

describe('SEMANTICS: what syncing waits for, on a mount', () => {
  for (const [what, action] of [
    ['comes a byte a second', { type: 'drip', part: 'body' }],
    ['is announced by 102 without end', { type: 'interim' }],
  ] as readonly (readonly [string, FaultAction])[])
    it(`deadlines: a poll whose answer ${what} ends, is shown in status, and is tried again by itself`, () =>
      withLibrary(
        (library) => void library.add({ filename: 'old.jpg' }),
        ({ mount, library, emulator }) =>
          mount({ args: OFTEN, until: 'measured' }, async ({ path, untilStatus }) => {
            const fault = emulator.faults.add({ match: LIST, action, times: Infinity });
            const told = await untilStatus('the poll has ended', ({ sync }) => sync.phase === 'waiting', 60_000);
            assert.equal(told.state, 'degraded');
            assert.notEqual(told.sync.lastError, null);
            assert.equal(told.waits[0]?.what, 'sync');
            assert.equal(told.waits[0].until, told.sync.waitingUntil);
            await until('it is tried again', () => fault.hits >= 2, 60_000);
            library.add({ filename: 'new.jpg' });
            fault.remove();
            await until(
              'the new item shows',
              async () => (await names(join(path, 'media/all'))).includes('new.jpg'),
              60_000,
            );
            await untilStatus('syncing is well again', ({ state }) => state === 'ready', 60_000);
          }),
      ));

  it('google-pauses: a pause of 35 days is cut to an hour and told with its end, and sync asks once at once inside it', () =>
    withLibrary(
      (library) => void library.add({ filename: 'old.jpg' }),
      ({ mount, library, emulator, folders }) =>
        mount({ args: OFTEN, until: 'measured' }, async ({ path, untilStatus }) => {
          const env = { ...folders.env, ...emulator.env };
          const fault = emulator.faults.add({
            match: LIST,
            action: { type: 'api-error', error: 'rate-limit', retryAfter: '3000000' },
            times: Infinity,
          });
          const told = await untilStatus('syncing waits', ({ sync }) => sync.phase === 'waiting');
          const ends = Date.parse(told.sync.waitingUntil ?? '');
          assert.ok(ends > Date.now() + 50 * 60_000 && ends <= Date.now() + 61 * 60_000, told.sync.waitingUntil ?? '');
          assert.equal(told.waits[0]?.until, told.sync.waitingUntil);
          const { stdout } = await gphotosMount(['status'], env);
          assert.match(stdout, /waiting until \d{4}-\d\d-\d\d \d\d:\d\d UTC/);
          const hits = fault.hits;
          const refused = await gphotosMount(['sync', '--wait'], env);
          assert.equal(refused.code, 74);
          assert.match(refused.stderr, /fewer requests[\s\S]*until \d{4}-/);
          assert.equal(fault.hits, hits + 1, 'asked once');
          library.add({ filename: 'new.jpg' });
          fault.remove();
          assert.equal((await gphotosMount(['sync', '--wait'], env)).code, 0);
          assert.ok((await names(join(path, 'media/all'))).includes('new.jpg'));
          const well = await untilStatus('syncing is well again', ({ state }) => state === 'ready');
          assert.deepEqual(well.waits, []);
        }),
    ));

  it('google-pauses: files answer EAGAIN while the media host asks to wait, and status says until when', () =>
    withLibrary(
      (library) => ['a.jpg', 'b.jpg'].map((filename) => library.add({ filename, size: 300_000 }).id),
      ({ mount, emulator, folders }) =>
        mount({ until: 'measured' }, async ({ path, untilStatus }) => {
          const fault = emulator.faults.add({
            match: { route: /^media\./ },
            action: { type: 'api-error', error: 'rate-limit', retryAfter: '600' },
            times: Infinity,
          });
          assert.equal(await outcome(readFile(join(path, 'media/all/a.jpg'))), 'EAGAIN');
          const { waits } = await untilStatus('the wait is in status', (status) => status.waits.length > 0);
          assert.equal(waits[0]?.what, 'reading');
          const ends = Date.parse(waits[0].until);
          assert.ok(ends > Date.now() + 9 * 60_000 && ends <= Date.now() + 10 * 60_000, waits[0].until);
          const hits = fault.hits;
          assert.equal(await outcome(readFile(join(path, 'media/all/b.jpg'))), 'EAGAIN');
          assert.equal(fault.hits, hits, 'nothing is asked meanwhile');
          const { stdout } = await gphotosMount(['status'], { ...folders.env, ...emulator.env });
          assert.match(stdout, /waiting +reading from Google waits until \d{4}-/);
        }),
    ));
});
