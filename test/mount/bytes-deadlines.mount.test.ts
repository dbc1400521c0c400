import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import type { StatusDocument } from '../../src/daemon/status-document.js';
import type { FaultAction, FaultMatch } from '../emulator/faults.js';
import { startRcloneProxy } from '../emulator/https-proxy.js';
import type { Emulator } from '../emulator/start-emulator.js';
import { withDeadline } from '../support/deadline.js';
import { outcome } from '../support/mounted-files.js';
import { until } from '../support/until.js';
import { withLibrary } from '../support/with-library.js';

/** What SEMANTICS promises for every system call. */
const LONGEST_MS = 30_000;
/** Added for a busy machine. */
const SPARE_MS = 5_000;
const SIZE = 300_000;

interface Stuck {
  readonly what: string;
  readonly match: FaultMatch;
  readonly action: FaultAction;
}

const MEDIA = /^media\./;

/** Exchanges behind which a file may be stuck, each as a fault that lasts until it is removed. */
const STUCK_MEDIA: readonly Stuck[] = [
  { what: 'headers byte by byte', match: { route: MEDIA }, action: { type: 'drip', part: 'headers' } },
  { what: 'a body of one byte a second', match: { route: MEDIA }, action: { type: 'drip', part: 'body' } },
  {
    what: 'an error page of a byte every 3 s',
    match: { route: MEDIA },
    action: { type: 'drip', part: 'body', status: 503, everyMs: 3_000 },
  },
  { what: '102 without end', match: { route: MEDIA }, action: { type: 'interim' } },
];
const BATCH: FaultMatch = { route: 'mediaItems.batchGet' };
const STUCK_ADDRESSES: readonly Stuck[] = [
  { what: 'a list of addresses of one byte a second', match: BATCH, action: { type: 'drip', part: 'body' } },
  { what: 'a list of addresses after 102 without end', match: BATCH, action: { type: 'interim' } },
];
const STUCK_TOKEN: readonly Stuck[] = [
  { what: 'a token of one byte a second', match: { route: 'oauth.token' }, action: { type: 'drip', part: 'body' } },
];

const NAMES = ['a.jpg', 'b.jpg'];

/** Reads a file while `fault` lasts, and again when it is over. */
async function readBehind(
  { what, match, action }: Stuck,
  { faults }: Emulator,
  file: string,
  bytes: Buffer,
): Promise<void> {
  const fault = faults.add({ match, action, times: Infinity });
  const ended = await withDeadline(outcome(readFile(file)), LONGEST_MS + SPARE_MS, `a read behind ${what}`);
  assert.ok(fault.hits > 0, `${what}: the fault was met`);
  assert.equal(ended, 'EIO', what);
  fault.remove();
  await until(`the file reads when ${what} is over`, async () => (await outcome(readFile(file))) === 'ok', LONGEST_MS);
  assert.ok((await readFile(file)).equals(bytes), what);
}

/** A library of its own for each fault, so that none is cut short by what another one did to the host. */
async function inItsOwnMount(one: Stuck, prepare: (emulator: Emulator) => void): Promise<void> {
  await withLibrary(
    (library) => NAMES.map((filename) => library.add({ filename, size: SIZE }).id),
    ({ mount, library, made, emulator }) =>
      mount({ until: 'measured' }, async ({ path }) => {
        // Addresses and a token are known from then on.
        await readFile(join(path, 'media/all/b.jpg'));
        prepare(emulator);
        await readBehind(one, emulator, join(path, 'media/all/a.jpg'), await library.bytesOf(made[0] ?? ''));
      }),
  );
}

describe('reading behind an exchange that is stuck', () => {
  for (const one of STUCK_MEDIA)
    it(`deadlines: a file behind ${one.what} of the media host answers EIO within 30 s, and reads when that is over`, () =>
      inItsOwnMount(one, () => undefined));

  for (const one of STUCK_ADDRESSES)
    it(`deadlines: a file behind ${one.what} answers EIO within 30 s, and reads when that is over`, () =>
      inItsOwnMount(one, (emulator) => emulator.expireBaseUrls()));

  for (const one of STUCK_TOKEN)
    it(`deadlines: a file behind ${one.what} answers EIO within 30 s, and reads and syncing go on when that is over`, () =>
      withLibrary(
        (library) => NAMES.map((filename) => library.add({ filename, size: SIZE }).id),
        async ({ mount, library, made, emulator }) => {
          await mount({ until: 'measured' }, () => Promise.resolve());
          const bytes = await library.bytesOf(made[0] ?? '');
          const fault = emulator.faults.add({ match: one.match, action: one.action, times: Infinity });
          await mount({ until: 'mounted' }, async ({ path, untilStatus }) => {
            const file = join(path, 'media/all/a.jpg');
            const ended = await withDeadline(outcome(readFile(file)), LONGEST_MS + SPARE_MS, 'a read without a token');
            assert.equal(ended, 'EIO');
            const isTold = ({ state, sync }: StatusDocument): boolean =>
              state === 'degraded' && sync.phase === 'waiting';
            await untilStatus('syncing says so', isTold, 60_000);
            fault.remove();
            await until('the file reads', async () => (await outcome(readFile(file))) === 'ok', LONGEST_MS);
            assert.ok((await readFile(file)).equals(bytes));
            await untilStatus('syncing is well again', ({ state }) => state === 'ready', 60_000);
          });
        },
      ));

  it('deadlines: with a network that is silent a read ends with EIO within 30 s, and all comes back when it speaks', () =>
    withLibrary(
      (library) => NAMES.map((filename) => library.add({ filename, size: SIZE }).id),
      ({ mount, library, made, emulator }) =>
        mount({ until: 'measured' }, async ({ path }) => {
          const all = { what: 'silence', match: {}, action: { type: 'stall' } } as const;
          await readBehind(all, emulator, join(path, 'media/all/a.jpg'), await library.bytesOf(made[0] ?? ''));
        }),
    ));

  it('deadlines: a file behind a proxy that accepts and never answers CONNECT answers EIO within 30 s, and reads when it does', () =>
    withLibrary(
      (library) => NAMES.map((filename) => library.add({ filename, size: SIZE }).id),
      async ({ mount, library, made, emulator }) => {
        const proxy = await startRcloneProxy(emulator);
        const edit = (json: Record<string, unknown>): unknown =>
          JSON.parse(JSON.stringify(json).replaceAll(emulator.url, 'https://lh3.googleusercontent.com'));
        emulator.faults.add({ match: { route: /^mediaItems\./ }, times: Infinity, action: { type: 'edit', edit } });
        const env = {
          GPHOTOS_LIBRARY_URL: undefined,
          GPHOTOS_TOKEN_URL: undefined,
          GPHOTOS_PICKER_URL: undefined,
          HTTPS_PROXY: proxy.env.HTTPS_PROXY,
        };
        try {
          const args = ['--ca-cert', proxy.env.SSL_CERT_FILE, '--poll-interval', '1s'];
          await mount({ env, args, until: 'measured' }, async ({ path, untilStatus }) => {
            const file = join(path, 'media/all/a.jpg');
            proxy.silence(true);
            const ended = await withDeadline(outcome(readFile(file)), LONGEST_MS + SPARE_MS, 'a read without a proxy');
            assert.equal(ended, 'EIO');
            await untilStatus('syncing says so', ({ sync }) => sync.lastError !== null, 60_000);
            proxy.silence(false);
            await until('the file reads', async () => (await outcome(readFile(file))) === 'ok', LONGEST_MS);
            assert.ok((await readFile(file)).equals(await library.bytesOf(made[0] ?? '')));
            await untilStatus('syncing is well again', ({ sync }) => sync.lastError === null, 90_000);
          });
        } finally {
          await proxy.close();
        }
      },
    ));
});
