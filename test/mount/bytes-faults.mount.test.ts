import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import type { FaultAction } from '../emulator/faults.js';
import type { Switches } from '../emulator/switches.js';
import { withDeadline } from '../support/deadline.js';
import { readToEnd } from '../support/mounted-files.js';
import { until } from '../support/until.js';
import { withLibrary } from '../support/with-library.js';

const SIZE = 300_000;
/** No system call on the mount lasts longer, whatever the media host does. Seconds. */
const LONGEST = 30;
/** What is refused, or got over, without waiting for silence to end. */
const SOON = 10;
/** Added for a busy machine. */
const SPARE = 5;

interface BadInput {
  readonly what: string;
  /** What a request for the bytes meets; `body` are the true bytes. */
  readonly action: (body: Buffer) => FaultAction;
  /** How many requests; default all. */
  readonly times?: number;
  /** `bytes`: the file as it is, and nothing else. */
  readonly expect: 'bytes' | 'EIO' | 'EAGAIN';
  /** Seconds until then at most; default {@link SOON}. */
  readonly within?: typeof LONGEST;
  /** The network counts as gone afterwards, until a probe finds it back. */
  readonly cutsOff?: true;
  readonly video?: true;
  readonly switches?: Partial<Switches>;
}

const headers = (changed: Record<string, string>) => (): FaultAction => ({ type: 'headers', headers: changed });
const always = (action: FaultAction) => (): FaultAction => action;
const picture = (body: Uint8Array, length: number): FaultAction => ({
  type: 'answer',
  status: 200,
  body,
  headers: { 'Content-Type': 'image/jpeg', 'Content-Length': String(length) },
});
const moved = (location: string): (() => FaultAction) =>
  always({ type: 'answer', status: 302, headers: { Location: location } });

const BAD_INPUT: readonly BadInput[] = [
  {
    what: 'a body shorter than announced, once',
    action: (b) => picture(b.subarray(0, 1000), SIZE),
    times: 1,
    expect: 'bytes',
  },
  { what: 'a body shorter than announced', action: (b) => picture(b.subarray(0, 1000), SIZE), expect: 'EIO' },
  { what: 'a body longer than announced', action: (b) => picture(Buffer.concat([b, b]), SIZE), expect: 'bytes' },
  { what: 'a length below the true one', action: headers({ 'Content-Length': String(SIZE - 100) }), expect: 'EIO' },
  { what: 'a length above the true one', action: headers({ 'Content-Length': String(SIZE + 100) }), expect: 'EIO' },
  { what: 'a length that is no number', action: headers({ 'Content-Length': 'many' }), expect: 'EIO' },
  { what: 'no length', action: headers({ 'Content-Length': '' }), expect: 'bytes' },
  {
    what: 'no length, and a body that ends early',
    action: (b) => ({
      type: 'answer',
      status: 200,
      body: b.subarray(0, 1000),
      headers: { 'Content-Type': 'image/jpeg' },
    }),
    expect: 'EIO',
  },
  { what: 'HTML with status 200', action: always({ type: 'html', status: 200 }), expect: 'EIO' },
  { what: 'a picture with 404', action: always({ type: 'png', status: 404 }), expect: 'EIO' },
  { what: '403, once', action: always({ type: 'html', status: 403 }), times: 1, expect: 'bytes' },
  { what: '403', action: always({ type: 'html', status: 403 }), expect: 'EIO' },
  {
    what: 'another Content-Range than asked for',
    action: headers({ 'Content-Range': `bytes 5-9/${SIZE}` }),
    expect: 'EIO',
    video: true,
    switches: { range: 'honored' },
  },
  {
    what: 'a part without a Content-Range',
    action: headers({ 'Content-Range': '' }),
    expect: 'EIO',
    video: true,
    switches: { range: 'honored' },
  },
  {
    what: 'a reset after 100,000 bytes, once',
    action: always({ type: 'reset', afterBytes: 100_000 }),
    times: 1,
    expect: 'bytes',
  },
  { what: 'a reset before any byte of the body', action: always({ type: 'reset', afterBytes: 0 }), expect: 'EIO' },
  { what: 'a reset instead of an answer', action: always({ type: 'reset' }), expect: 'EIO' },
  { what: '500 twice', action: always({ type: 'html', status: 500 }), times: 2, expect: 'bytes' },
  { what: '500 three times', action: always({ type: 'html', status: 500 }), times: 3, expect: 'EIO' },
  { what: 'a redirect to a host that is not Google’s', action: moved('https://example.org/photo'), expect: 'EIO' },
  { what: 'a redirect without end', action: moved(''), expect: 'EIO' },
  {
    what: 'a redirect to another path of the media host',
    action: always({ type: 'slow', delayMs: 1 }),
    expect: 'bytes',
    switches: { redirect: 'always' },
  },
  { what: 'gzip where none was asked', action: headers({ 'Content-Encoding': 'gzip' }), expect: 'EIO' },
  {
    what: 'a stall of 60 s in the middle, once',
    action: always({ type: 'stall', afterBytes: 100_000 }),
    times: 1,
    expect: 'bytes',
    within: LONGEST,
  },
  {
    what: 'a stall of 60 s in the middle',
    action: always({ type: 'stall', afterBytes: 100_000 }),
    expect: 'EIO',
    within: LONGEST,
  },
  {
    what: 'a stall of 60 s instead of an answer',
    action: always({ type: 'stall' }),
    cutsOff: true,
    expect: 'EIO',
    within: LONGEST,
  },
  { what: 'a rate limit', action: always({ type: 'html', status: 429 }), expect: 'EAGAIN' },
];

const dayOf = (index: number): string => new Date(Date.UTC(2024, 0, 1 + index, 12)).toISOString();
const folderOf = (index: number): string => `media/by-day/2024/${dayOf(index).slice(0, 10)}`;

describe('reading through a mount, whatever the media host answers', () => {
  it('bad-answers: gives the bytes as they are, or the error that the table says, in the time that it says', () =>
    withLibrary(
      (library) => {
        library.add({ filename: 'other.jpg' });
        return BAD_INPUT.map(({ video }, index) =>
          library.add({
            filename: `${index}.${video === true ? 'mp4' : 'jpg'}`,
            mimeType: video === true ? 'video/mp4' : 'image/jpeg',
            size: video === true ? 10 * SIZE : SIZE,
            // A folder for each: reading one brings no other.
            creationTime: dayOf(index),
          }),
        );
      },
      ({ mount, library, emulator, made }) =>
        mount({ until: 'measured' }, async ({ path }) => {
          const switches = { ...emulator.switches };
          const told: string[] = [];
          for (const [index, row] of BAD_INPUT.entries()) {
            const item = made[index];
            assert.ok(item !== undefined);
            const body = await library.bytesOf(item.id);
            const fault = emulator.faults.add({
              match: { method: 'GET', mediaId: item.id },
              times: row.times ?? Infinity,
              action: row.action(body),
            });
            Object.assign(emulator.switches, row.switches);
            const result = await withDeadline(
              readToEnd(join(path, folderOf(index), item.filename)),
              ((row.within ?? SOON) + SPARE) * 1000,
              row.what,
            );
            const got = typeof result === 'string' ? result : result.equals(body) ? 'bytes' : 'wrong bytes';
            told.push(`${row.what}: ${got}`);
            assert.ok(fault.hits > 0, `${row.what}: the fault was met`);
            fault.remove();
            Object.assign(emulator.switches, switches);
            if (row.cutsOff === true) {
              await until('Google is found back', async () =>
                Buffer.isBuffer(await readToEnd(join(path, 'media/all/other.jpg'))),
              );
            }
          }
          assert.deepEqual(
            told,
            BAD_INPUT.map(({ what, expect }) => `${what}: ${expect}`),
          );
        }),
    ));
});
