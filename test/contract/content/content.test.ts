import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { ContentError } from '../../../src/content/content-error.js';
import { OfflineGate } from '../../../src/remote/media/offline-gate.js';
import { ContentStore } from '../../../src/content/content-store.js';
import { SizeBook } from '../../../src/content/size-book.js';
import type { MediaKind, MediaRef } from '../../../src/library/media-item.js';
import { systemClock } from '../../../src/support/clock.js';
import type { FaultAction } from '../../emulator/faults.js';
import { remoteRooms, refOf, type RemoteRooms } from '../remote/remote-rooms.js';
import type { EmulatorOptions } from '../../emulator/start-emulator.js';

const MIB = 1_048_576;

/** `length` bytes that do not repeat. */
function noise(length: number): Buffer {
  const bytes = Buffer.allocUnsafe(length);
  for (let at = 0; at < length; at += 32) {
    createHash('sha256')
      .update(String(at))
      .digest()
      .copy(bytes, at, 0, Math.min(32, length - at));
  }
  return bytes;
}

const BIG = noise(12 * MIB + 12_345);

interface Rig extends RemoteRooms {
  readonly store: ContentStore;
  readonly sizes: SizeBook;
  add(bytes: Buffer, kind?: MediaKind): { ref: MediaRef; size: number };
  sent(): number;
}

async function contentRooms(test: TestContext, options: EmulatorOptions = {}): Promise<Rig> {
  const rooms = await remoteRooms(test, options);
  const folder = mkdtempSync(join(tmpdir(), 'content-contract-'));
  const common = { source: new OfflineGate(rooms.media, systemClock), clock: systemClock };
  const sizes = new SizeBook({ ...common, onMeasured: () => undefined, onFailure: () => undefined });
  const store = new ContentStore({
    ...common,
    sizes,
    folder: join(folder, 'cache'),
    maxBytes: 1e9,
    report: () => undefined,
  });
  await store.run();
  test.after(async () => {
    await store.stop();
    rmSync(folder, { recursive: true, force: true });
  });
  return {
    ...rooms,
    store,
    sizes,
    add: (bytes, kind = 'photo') => ({ ref: refOf(rooms.emulator.library.add({ bytes, kind })), size: bytes.length }),
    sent: () => rooms.emulator.counters.bytes({ route: /^media\./ }),
  };
}

async function readAll(rig: Rig, item: { ref: MediaRef; size: number }, step = 131_072): Promise<Buffer> {
  const file = await rig.store.open(item);
  const bytes = Buffer.alloc(item.size);
  try {
    for (let at = 0; at < item.size; at += step) await file.read(bytes.subarray(at, at + step), at);
  } finally {
    file.close();
  }
  return bytes;
}

describe('content over real HTTP', () => {
  for (const range of ['honored', 'ignored'] as const) {
    for (const contentLength of [true, false]) {
      it(`a content store over HTTP gives right bytes, fetched once, with Range ${range} and Content-Length ${contentLength ? 'on' : 'off'}`, async (test) => {
        const rig = await contentRooms(test, { switches: { range, contentLength } });
        const photo = rig.add(BIG.subarray(0, 2 * MIB));
        const video = rig.add(BIG, 'video');
        assert.ok((await readAll(rig, photo)).equals(BIG.subarray(0, 2 * MIB)));
        assert.ok((await readAll(rig, video)).equals(BIG));
        const { media } = rig.spent;
        // Where a download tells no length, the host is asked for one, once for each file.
        assert.ok(media <= (contentLength ? 3 : 7), `${String(media)} requests`);
        if (contentLength) assert.ok(rig.sent() <= 1.1 * (photo.size + video.size), `${String(rig.sent())} bytes`);
        assert.ok((await readAll(rig, video, 70_000)).equals(BIG));
        assert.equal(rig.spent.media, media);
      });

      it(`a content store over HTTP measures with Range ${range} and Content-Length ${contentLength ? 'on' : 'off'}`, async (test) => {
        const rig = await contentRooms(test, { switches: { range, contentLength } });
        const photo = rig.add(BIG.subarray(0, 100_001));
        assert.equal(await rig.sizes.sizeOf(photo.ref), 100_001);
      });
    }
  }

  it('a content store over HTTP reads 32 files at once, each fetched once', async (test) => {
    const rig = await contentRooms(test, { switches: { range: 'honored', latencyMs: 5 } });
    const items = Array.from({ length: 32 }, (_, number) => rig.add(BIG.subarray(number, number + MIB)));
    const all = await Promise.all(items.map((item) => readAll(rig, item)));
    for (const [number, bytes] of all.entries()) assert.ok(bytes.equals(BIG.subarray(number, number + MIB)));
    assert.equal(rig.spent.media, 32);
  });

  it('a content store over HTTP gives right bytes to a reader that jumps in a video', async (test) => {
    const rig = await contentRooms(test, { switches: { range: 'honored' } });
    const file = await rig.store.open(rig.add(BIG, 'video'));
    const buffer = Buffer.alloc(10_000);
    for (const at of [0, 11 * MIB, 5 * MIB, 5 * MIB + 10_000, 9 * MIB, 3]) {
      assert.equal(await file.read(buffer, at), 10_000);
      assert.ok(buffer.equals(BIG.subarray(at, at + 10_000)));
    }
    file.close();
    // Two blocks for each jump. The read that goes on has one request up to the block that is there, at 11 MiB; how much of that
    // is sent before it is cancelled, the buffers of the sockets decide.
    const most = 6 * 2 * 65_536 + 6 * MIB;
    assert.ok(rig.sent() <= most, `${String(rig.sent())} bytes`);
  });

  const cases: readonly [string, FaultAction, number, 'bytes' | 'EIO' | 'EAGAIN'][] = [
    ['an HTML page with 200', { type: 'html', status: 200 }, Infinity, 'EIO'],
    ['a picture with 404', { type: 'png', status: 404 }, Infinity, 'EIO'],
    ['one 403', { type: 'html', status: 403 }, 1, 'bytes'],
    ['a reset after 100,000 bytes', { type: 'reset', afterBytes: 100_000 }, 1, 'bytes'],
    ['a reset after 100,000 bytes, each time', { type: 'reset', afterBytes: 100_000 }, Infinity, 'EIO'],
    ['a stall after 100,000 bytes', { type: 'stall', afterBytes: 100_000 }, 1, 'bytes'],
    ['a stall before each answer', { type: 'stall' }, Infinity, 'EIO'],
    ['500 twice', { type: 'answer', status: 500 }, 2, 'bytes'],
    ['500 each time', { type: 'answer', status: 500 }, Infinity, 'EIO'],
    ['a rate limit', { type: 'answer', status: 429 }, Infinity, 'EAGAIN'],
    ['a wrong Content-Range', { type: 'headers', headers: { 'content-range': 'bytes 5-9/10' } }, Infinity, 'bytes'],
    ['gzip that was not asked for', { type: 'headers', headers: { 'content-encoding': 'gzip' } }, Infinity, 'EIO'],
  ];
  for (const [title, action, times, outcome] of cases) {
    it(`a content store over HTTP answers ${title} with ${outcome === 'bytes' ? 'right bytes' : outcome}`, async (test) => {
      const rig = await contentRooms(test, { switches: { range: 'honored' } });
      const photo = rig.add(BIG.subarray(0, MIB));
      rig.emulator.faults.add({ match: { route: /^media\./ }, times, action });
      const started = performance.now();
      const got = await readAll(rig, photo).catch((error: unknown) => {
        assert.ok(error instanceof ContentError, String(error));
        return error.code;
      });
      assert.ok(performance.now() - started < 25_000);
      if (outcome === 'bytes')
        assert.ok(Buffer.isBuffer(got) && got.equals(BIG.subarray(0, MIB)), String(got).slice(0, 9));
      else assert.equal(got, outcome);
      rig.emulator.faults.clear();
    });
  }
});
