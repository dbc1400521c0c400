import assert from 'node:assert/strict';
import {
  copyFileSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { ContentError } from '../../../src/content/content-error.js';
import { ContentStore } from '../../../src/content/content-store.js';
import { systemClock } from '../../../src/support/clock.js';
import type { MediaId, MediaRef } from '../../../src/library/media-item.js';
import { RemoteError } from '../../../src/library/remote-error.js';
import { ArchiveThreads } from '../../../src/takeout/archives/archive-threads.js';
import { BadEntries } from '../../../src/takeout/archives/bad-entries.js';
import { DeflatedSource } from '../../../src/takeout/archives/deflated-source.js';
import { TakeoutBytes, type EntryPlace } from '../../../src/takeout/archives/takeout-bytes.js';
import { until } from '../../support/until.js';
import { damageContent, patchDirectory, writeZip, type ZippedFile } from './zip-files.js';

const place = mkdtempSync(join(tmpdir(), 'takeout-bytes-'));
const threads = new ArchiveThreads({ clock: systemClock });
after(async () => {
  await threads.close();
  rmSync(place, { recursive: true });
});

/** Not compressible, so that packed bytes are many. */
function noise(length: number, seed = 1): Buffer {
  const bytes = Buffer.alloc(length);
  for (let at = 0, state = seed; at < length; at += 1) {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    bytes[at] = state >>> 16;
  }
  return bytes;
}

let made = 0;
class Part {
  readonly path: string;
  readonly bad = new BadEntries();
  readonly bytes: TakeoutBytes;
  readonly source: DeflatedSource;
  #places = new Map<string, EntryPlace>();

  private constructor(path: string) {
    this.path = path;
    const deps = { locate: (id: MediaId) => this.#places.get(id), threads, bad: this.bad };
    this.bytes = new TakeoutBytes(deps);
    this.source = new DeflatedSource(deps);
  }

  static async of(files: readonly ZippedFile[], change: (path: string) => void = () => undefined): Promise<Part> {
    made += 1;
    const path = join(place, `${made}.zip`);
    await writeZip(path, files);
    change(path);
    const part = new Part(path);
    await part.list();
    return part;
  }

  async list(): Promise<void> {
    this.#places = new Map();
    const { identity } = await threads.list({ kind: 'zip', path: this.path }, (entries) => {
      for (const entry of entries) this.#places.set(entry.name, { ...entry, file: this.path, identity: { size: 0 } });
    });
    // What the catalog keeps of it.
    const known = { size: identity.size, mtimeMs: Math.floor(identity.mtimeMs) };
    for (const [name, one] of this.#places) this.#places.set(name, { ...one, identity: known });
  }

  add(name: string, entry: EntryPlace): void {
    this.#places.set(name, entry);
  }

  async read(name: string, size: number, step = 128 * 1024): Promise<Buffer> {
    const opened = await this.bytes.open({ ref: refOf(name), size });
    try {
      const pieces: Buffer[] = [];
      for (let at = 0; at < size; at += step) {
        const buffer = Buffer.alloc(step);
        pieces.push(buffer.subarray(0, await opened.read(buffer, at)));
      }
      return Buffer.concat(pieces);
    } finally {
      opened.close();
    }
  }

  async inflate(name: string, signal?: AbortSignal): Promise<{ readonly whole: Buffer; readonly error: unknown }> {
    const pieces: Buffer[] = [];
    try {
      const options = { priority: 'foreground' as const, ...(signal === undefined ? {} : { signal }) };
      const { body } = await this.source.fetch(refOf(name), undefined, options);
      await body.forEach((piece) => void pieces.push(Buffer.from(piece)));
      return { whole: Buffer.concat(pieces), error: undefined };
    } catch (error) {
      return { whole: Buffer.concat(pieces), error };
    }
  }
}

function refOf(name: string): MediaRef {
  return { id: name as MediaId, kind: 'photo' };
}

function remoteError(error: unknown, words: RegExp): void {
  assert.ok(error instanceof RemoteError, String(error));
  assert.ok(['invalid', 'not-found', 'aborted'].includes(error.kind), error.kind);
  assert.match(error.message, words);
}

describe('bytes of stored entries', () => {
  const video = noise(5_000_000);
  let part: Part;
  before(async () => {
    part = await Part.of([
      { name: 'T/a.jpg', bytes: 'first' },
      { name: 'T/video.mp4', bytes: video, hasDescriptor: true },
      { name: 'T/empty.jpg', bytes: '' },
      { name: 'T/last.jpg', bytes: 'last' },
    ]);
  });

  it('stored entries are read where they lie, in order and at any place', async () => {
    assert.ok((await part.read('video.mp4', video.length)).equals(video));
    assert.equal(String(await part.read('last.jpg', 4)), 'last');
    assert.equal((await part.read('empty.jpg', 0)).length, 0);
    const opened = await part.bytes.open({ ref: refOf('video.mp4'), size: video.length });
    const buffer = Buffer.alloc(1000);
    assert.equal(await opened.read(buffer, video.length - 10), 10);
    assert.ok(buffer.subarray(0, 10).equals(video.subarray(-10)));
    assert.equal(await opened.read(buffer, video.length + 5), 0);
    opened.close();
  });

  it('an item that is in no archive, or has another size than listed, does not open', async () => {
    await assert.rejects(part.bytes.open({ ref: refOf('none'), size: 1 }), /not known/);
    await assert.rejects(part.bytes.open({ ref: refOf('a.jpg'), size: 6 }), /holds other bytes than are listed/);
  });

  it('a file of an extracted folder is read, and one that was cut or replaced is named', async () => {
    const file = join(place, 'plain.jpg');
    writeFileSync(file, video);
    const entry = { file, packed: video.length, size: video.length, crc: undefined, headerOffset: undefined } as const;
    part.add('plain.jpg', { ...entry, identity: { size: video.length }, method: 'file' });
    assert.ok((await part.read('plain.jpg', video.length)).equals(video));
    const opened = await part.bytes.open({ ref: refOf('plain.jpg'), size: video.length });
    truncateSync(file, 10);
    await assert.rejects(async () => {
      await opened.read(Buffer.alloc(10), 4_000_000);
    }, /plain.jpg was cut: it has 10 bytes/);
    opened.close();
  });

  it('a part that is cut, replaced or taken away while an entry is open gives an error that names it, and reads again when it is back', async () => {
    const own = await Part.of([{ name: 'T/video.mp4', bytes: video }]);
    const kept = `${own.path}.kept`;
    copyFileSync(own.path, kept);
    const { mtimeMs } = statSync(own.path);
    const opened = await own.bytes.open({ ref: refOf('video.mp4'), size: video.length });
    const readAt = async (position: number): Promise<number> => opened.read(Buffer.alloc(10), position);
    await readAt(0);
    truncateSync(own.path, 1_000_000);
    await assert.rejects(readAt(4_000_000), /was cut/);
    rmSync(own.path);
    await assert.rejects(readAt(3_000_000), /is not there/);
    await assert.rejects(own.read('video.mp4', video.length), /is not there/);
    writeFileSync(own.path, noise(6_000_000));
    await assert.rejects(readAt(2_000_000), /was replaced or changed/);
    renameSync(kept, own.path);
    utimesSync(own.path, mtimeMs / 1000, mtimeMs / 1000);
    assert.equal(await readAt(1_000_000), 10);
    assert.ok((await own.read('video.mp4', video.length)).equals(video));
    opened.close();
  });

  it('a wrong CRC fails the last read of the whole, and from then on opening, until the part changes', async () => {
    const text = 'a text that is damaged at its end';
    const own = await Part.of(
      [
        { name: 'T/bad.mp4', bytes: Buffer.concat([video, Buffer.from(text)]) },
        { name: 'T/good.jpg', bytes: 'good' },
      ],
      (path) => damageContent(path, text),
    );
    const size = video.length + text.length;
    // Who reads a part of it knows nothing.
    const opened = await own.bytes.open({ ref: refOf('bad.mp4'), size });
    assert.equal(await opened.read(Buffer.alloc(10), 1000), 10);
    opened.close();
    await assert.rejects(own.read('bad.mp4', size), /zip is damaged: a file in it has a wrong CRC/);
    assert.equal(own.bad.list.length, 1);
    await assert.rejects(own.bytes.open({ ref: refOf('bad.mp4'), size }), /wrong CRC/);
    assert.equal(String(await own.read('good.jpg', 4)), 'good');
    utimesSync(own.path, 1, 1);
    await own.list();
    const again = await own.bytes.open({ ref: refOf('bad.mp4'), size });
    again.close();
    assert.deepEqual(own.bad.list, []);
  });

  it('an entry whose local header is not where the directory says does not open', async () => {
    const own = await Part.of([{ name: 'T/a.jpg', bytes: 'abc' }], (path) =>
      patchDirectory(path, 'T/a.jpg', 'headerOffset', (offset) => offset + 1),
    );
    await assert.rejects(own.read('a.jpg', 3), /is damaged: an entry is not where its directory says/);
  });
});

describe('bytes of deflated entries', () => {
  it('a deflated entry comes whole, whatever range was asked for', async () => {
    const bytes = noise(5_000_000);
    const part = await Part.of([
      { name: 'T/video.mp4', bytes, isDeflated: true, hasDescriptor: true },
      { name: 'T/empty.jpg', bytes: '', isDeflated: true },
    ]);
    const { whole, error } = await part.inflate('video.mp4');
    assert.equal(error, undefined);
    assert.ok(whole.equals(bytes));
    assert.equal((await part.inflate('empty.jpg')).error, undefined);
    const { start, bodyLength } = await part.source.fetch(
      refOf('video.mp4'),
      { start: 10, end: 20 },
      { priority: 'foreground' },
    );
    assert.deepEqual([start, bodyLength], [0, bytes.length]);
    assert.equal((await part.source.measure(refOf('video.mp4'))).length, bytes.length);
  });

  it('more or fewer bytes than declared, a wrong CRC and damaged bytes end the reading before its last piece', async () => {
    const bytes = noise(1_000_000, 7);
    const cases = [
      { change: 'size', by: -1000, words: /has more bytes than its declared size/ },
      { change: 'size', by: 1000, words: /has fewer bytes than its declared size/ },
      { change: 'crc', by: 1, words: /has a wrong CRC/ },
      { change: 'packed', by: -1000, words: /cannot be unpacked|unexpected|fewer bytes/ },
    ] as const;
    for (const { change, by, words } of cases) {
      const part = await Part.of([{ name: 'T/a.jpg', bytes, isDeflated: true }], (path) =>
        patchDirectory(path, 'T/a.jpg', change, (value) => value + by),
      );
      const { whole, error } = await part.inflate('a.jpg');
      remoteError(error, words);
      assert.match((error as Error).message, /\.zip is damaged/);
      assert.ok(whole.length < 1_000_000, `${change}: ${whole.length} bytes`);
      // From then on it does not open.
      remoteError(await part.source.measure(refOf('a.jpg')).catch((failure: unknown) => failure), words);
    }
  });

  it('a part that is gone is named, and what a reader throws, or that it leaves, ends the body as it is', async () => {
    const part = await Part.of([{ name: 'T/a.jpg', bytes: noise(3_000_000), isDeflated: true }]);
    const { body } = await part.source.fetch(refOf('a.jpg'), undefined, { priority: 'foreground' });
    await assert.rejects(
      body.forEach(() => {
        throw new TypeError('own');
      }),
      TypeError,
    );
    const leaving = new AbortController();
    const again = await part.source.fetch(refOf('a.jpg'), undefined, {
      priority: 'foreground',
      signal: leaving.signal,
    });
    const failure = await again.body.forEach(() => leaving.abort()).catch((error: unknown) => error);
    assert.ok(failure instanceof RemoteError);
    assert.equal(failure.kind, 'aborted');
    assert.deepEqual(part.bad.list, []);
    rmSync(part.path);
    remoteError((await part.inflate('a.jpg')).error, /zip is not there/);
    assert.deepEqual(part.bad.list, []);
  });
});

describe('deflated entries through the cache on disk', () => {
  async function withStore(part: Part, use: (store: ContentStore) => Promise<void>): Promise<void> {
    const folder = mkdtempSync(join(place, 'cache-'));
    const untold = (): void => undefined;
    const store = new ContentStore({
      source: part.source,
      sizes: { correct: untold, distrust: untold, confirm: () => Promise.reject(new Error('no doubt is expected')) },
      ...{ clock: systemClock, folder, maxBytes: 1024 ** 3, report: untold },
    });
    await store.run();
    try {
      await use(store);
    } finally {
      await store.stop();
    }
  }

  it('a deflated entry is read at its end, then whole, and once more after its part is gone', async () => {
    const bytes = noise(3_000_000, 3);
    const part = await Part.of([{ name: 'T/a.jpg', bytes, isDeflated: true }]);
    await withStore(part, async (store) => {
      const opened = await store.open({ ref: refOf('a.jpg'), size: bytes.length });
      const end = Buffer.alloc(1000);
      assert.equal(await opened.read(end, bytes.length - 1000), 1000);
      assert.ok(end.equals(bytes.subarray(-1000)));
      await until('all blocks are on disk', () => store.bytesOf(refOf('a.jpg').id) >= bytes.length);
      rmSync(part.path);
      const whole = Buffer.alloc(bytes.length);
      assert.equal(await opened.read(whole, 0), bytes.length);
      assert.ok(whole.equals(bytes));
      opened.close();
    });
  });

  it('a deflated entry with a wrong CRC gives EIO before its last byte, with a text that names the part', async () => {
    const bytes = noise(3_000_000, 3);
    const part = await Part.of([{ name: 'T/a.jpg', bytes, isDeflated: true }], (path) =>
      patchDirectory(path, 'T/a.jpg', 'crc', (crc) => (crc ^ 1) >>> 0),
    );
    await withStore(part, async (store) => {
      const opened = await store.open({ ref: refOf('a.jpg'), size: bytes.length });
      await assert.rejects(
        async () => opened.read(Buffer.alloc(1000), bytes.length - 1000),
        (error) => {
          assert.ok(error instanceof ContentError);
          assert.equal(error.code, 'EIO');
          assert.match(error.message, /\.zip is damaged: a file in it has a wrong CRC/);
          return true;
        },
      );
      opened.close();
      assert.equal(part.bad.list.length, 1);
    });
  });
});

describe('entries beyond 4 GiB', () => {
  it('in a zip64 part of 5 GiB the video before and the photo behind 4 GiB are listed and read where they lie', async () => {
    const part = await Part.of([
      { name: 'T/video.mp4', bytes: 'start', isZip64: true },
      { name: 'T/behind.jpg', bytes: 'behind', isZip64: true },
    ]);
    const size = 5 * 1024 ** 3;
    moveApart(part.path, size);
    await part.list();
    const video = await part.bytes.open({ ref: refOf('video.mp4'), size });
    const buffer = Buffer.alloc(5);
    assert.equal(await video.read(buffer, 0), 5);
    assert.equal(String(buffer), 'start');
    assert.equal(await video.read(buffer, size - 3), 3);
    video.close();
    assert.equal(String(await part.read('behind.jpg', 6)), 'behind');
  });
});

/** Makes the first entry, of five bytes, `size` bytes long: a hole in the file. The rest moves behind it, and the directory says so. */
function moveApart(path: string, size: number): void {
  const bytes = readFileSync(path);
  const added = size - 5;
  const second = bytes.indexOf('PK\x03\x04', 4, 'latin1');
  const addTo = (at: number): void => {
    bytes.writeBigUInt64LE(bytes.readBigUInt64LE(at) + BigInt(added), at);
  };
  let entry = bytes.indexOf('PK\x01\x02', 0, 'latin1');
  const directory = entry;
  for (const isFirst of [true, false]) {
    // The zip64 field behind the name: size, packed size, offset.
    const extra = entry + 46 + bytes.readUInt16LE(entry + 28) + 4;
    for (const at of isFirst ? [extra, extra + 8] : [extra + 16]) addTo(at);
    entry = bytes.indexOf('PK\x01\x02', entry + 4, 'latin1');
  }
  addTo(bytes.indexOf('PK\x06\x06', directory, 'latin1') + 48);
  addTo(bytes.indexOf('PK\x06\x07', directory, 'latin1') + 8);
  truncateSync(path, second);
  truncateSync(path, second + added);
  writeFileSync(path, bytes.subarray(second), { flag: 'a' });
}
