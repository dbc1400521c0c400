import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { systemClock } from '../../../src/support/clock.js';
import { ArchiveThreads } from '../../../src/takeout/archives/archive-threads.js';
import type { ArchiveEntry } from '../../../src/takeout/archives/entry.js';
import { readHeadBytes } from '../../../src/takeout/archives/read-head-bytes.js';
import type { EntryPlace } from '../../../src/takeout/archives/takeout-bytes.js';
import { patchDirectory, writeZip, type ZippedFile } from './zip-files.js';

const HEAD = 1000;
const place = mkdtempSync(join(tmpdir(), 'takeout-head-bytes-'));
const threads = new ArchiveThreads({ clock: systemClock });
after(async () => {
  await threads.close();
  rmSync(place, { recursive: true });
});

let made = 0;
/** The head of the only file of a zip, after a change to the zip. */
async function headOf(file: ZippedFile, change: (path: string) => void = () => undefined): Promise<Buffer> {
  made += 1;
  const path = join(place, `${made}.zip`);
  await writeZip(path, [file]);
  change(path);
  return readHeadBytes(await onlyEntry(path), HEAD, threads, (bytes) => Buffer.from(bytes));
}

async function onlyEntry(path: string): Promise<EntryPlace> {
  const entries: ArchiveEntry[] = [];
  const { identity } = await threads.list({ kind: 'zip', path }, (some) => entries.push(...some));
  const [entry] = entries;
  assert.ok(entry !== undefined);
  return { ...entry, file: path, identity };
}

const counted = (length: number): Buffer => Buffer.from(Array.from({ length }, (_, at) => (at * at) % 251));

describe('the first bytes of an entry', () => {
  for (const isDeflated of [false, true]) {
    const what = isDeflated ? 'deflated' : 'stored';
    it(`the first bytes of a ${what} entry are read, or all of a short one, and of an empty one none`, async () => {
      for (const length of [0, 1, HEAD - 1, HEAD, HEAD + 1, 100_000]) {
        const bytes = counted(length);
        assert.deepEqual(
          await headOf({ name: 'a.jpg', bytes, isDeflated }),
          bytes.subarray(0, HEAD),
          `${length} bytes`,
        );
      }
    });
  }

  it('of an entry that unpacks to far more than it is packed no more than its head is unpacked', async () => {
    const path = join(place, 'large.zip');
    await writeZip(path, [{ name: 'a.bmp', bytes: Buffer.alloc(64 * 1024 * 1024, 7), isDeflated: true }]);
    const entry = await onlyEntry(path);
    const most = 128 * 1024;
    assert.ok(entry.packed < most);
    const held = await readHeadBytes(
      entry,
      most,
      threads,
      ({ length, buffer }) => [length, buffer.byteLength] as const,
    );
    assert.deepEqual(held, [most, most]);
  });

  it('an entry whose bytes are not deflated, although its directory says so, has an empty head', async () => {
    const bytes = counted(5000);
    const head = await headOf({ name: 'a.jpg', bytes }, (path) => patchDirectory(path, 'a.jpg', 'method', () => 8));
    assert.deepEqual(head, Buffer.alloc(0));
  });

  it('an entry that is not where its directory says is damaged', async () => {
    const moved = headOf({ name: 'a.jpg', bytes: counted(5000) }, (path) =>
      patchDirectory(path, 'a.jpg', 'headerOffset', () => 7),
    );
    await assert.rejects(moved, { name: 'ArchiveError', fault: 'damaged' });
  });
});
