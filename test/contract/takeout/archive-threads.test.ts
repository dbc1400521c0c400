import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { crc32 } from 'node:zlib';
import { systemClock, type Clock } from '../../../src/support/clock.js';
import { ArchiveError, type ArchiveFault } from '../../../src/takeout/archives/archive-error.js';
import { ArchiveThreads, type ArchiveThreadsDeps } from '../../../src/takeout/archives/archive-threads.js';
import type { ArchiveEntry } from '../../../src/takeout/archives/entry.js';
import { until } from '../../support/until.js';
import { writeZip } from './zip-files.js';

const place = mkdtempSync(join(tmpdir(), 'archive-threads-'));
after(() => rmSync(place, { recursive: true }));
/** A folder each, so that each path is a device of its own as long as nothing is known of it. */
for (const folder of ['hangs', 'well', 'crashes']) mkdirSync(join(place, folder));

const content = Buffer.alloc(300_000, 'content of a file ');
function fileAt(path: string): { path: string; expected: { size: number } } {
  writeFileSync(join(place, path), content);
  return { path: join(place, path), expected: { size: content.length } };
}

async function withThreads(
  use: (threads: ArchiveThreads) => Promise<void>,
  deps: Partial<ArchiveThreadsDeps> = {},
): Promise<void> {
  const threads = new ArchiveThreads({ clock: systemClock, ...deps });
  try {
    await use(threads);
  } finally {
    await threads.close();
  }
}

/** Threads that hang at paths with `hangs` until `release`, and a clock that runs while `passDeadline` is awaited. */
async function withHanging(
  use: (
    threads: ArchiveThreads,
    passDeadline: (outcome: Promise<unknown>) => Promise<void>,
    release: () => void,
  ) => Promise<void>,
): Promise<void> {
  const released = new Int32Array(new SharedArrayBuffer(4));
  const sleepers = new Set<() => void>();
  const clock: Clock = {
    now: () => 0,
    sleep: (_ms, signal) =>
      new Promise((resolve, reject) => {
        const closed = (): void => reject(new Error('closed'));
        sleepers.add(() => {
          signal?.removeEventListener('abort', closed);
          resolve();
        });
        signal?.addEventListener('abort', closed);
      }),
  };
  /** Lets the clock run until the promise has settled. */
  const passDeadline = async (outcome: Promise<unknown>): Promise<void> => {
    const state = { isOver: false };
    const over = (): void => {
      state.isOver = true;
    };
    void outcome.then(over, over);
    while (!state.isOver) {
      for (const wake of sleepers) wake();
      sleepers.clear();
      await new Promise((resolve) => setImmediate(resolve));
    }
  };
  const release = (): void => {
    Atomics.store(released, 0, 1);
    Atomics.notify(released, 0);
  };
  try {
    await withThreads((threads) => use(threads, passDeadline, release), {
      clock,
      entry: new URL('./hanging-thread.js', import.meta.url),
      workerData: { released },
    });
  } finally {
    release();
  }
}

function rejectsWith(fault: ArchiveFault, words: RegExp): (error: unknown) => boolean {
  return (error) => {
    assert.ok(error instanceof ArchiveError, String(error));
    assert.equal(error.fault, fault);
    assert.match(error.message, words);
    return true;
  };
}

describe('threads that read archives', () => {
  it('a range of a file comes with its CRC, and memory that is handed back is used again', async () => {
    const { path, expected } = fileAt('well/a');
    await withThreads(async (threads) => {
      const first = await threads.read({ path, expected, position: 1000, length: 200_000, wantsCrc: true });
      assert.ok(content.subarray(1000, 201_000).equals(first.bytes));
      assert.equal(first.crc, crc32(content.subarray(1000, 201_000)));
      threads.release(first);
      const second = await threads.read({ path, expected, position: 5, length: 10 });
      assert.ok(content.subarray(5, 15).equals(second.bytes));
      assert.ok(second.bytes.buffer.byteLength > 200_000);
    });
  });

  it('a part is listed and its sidecars are read, with the indexes of the list that was handed in', async () => {
    const path = join(place, 'part.zip');
    const folder = 'Takeout/Google Photos/Photos from 2023';
    const names = Array.from({ length: 2500 }, (_, index) => `${index}.jpg.json`);
    await writeZip(
      path,
      names.map((name) => ({ name: `${folder}/${name}`, bytes: `{"title":"${name}"}`, isDeflated: true })),
    );
    await withThreads(async (threads) => {
      const entries: ArchiveEntry[] = [];
      const listed = await threads.list({ kind: 'zip', path }, (some) => entries.push(...some));
      assert.deepEqual(listed.shape, { isTakeout: true, photoFolders: ['Takeout/Google Photos'] });
      assert.deepEqual((await threads.directory(path)).directory, listed.directory);
      entries.reverse();
      let count = 0;
      for await (const batch of threads.readJson({ kind: 'zip', path }, listed.identity, entries)) {
        for (const { index, facts } of batch) {
          assert.deepEqual([facts.kind, facts.title], ['album', entries[index]?.name]);
          count += 1;
        }
      }
      assert.equal(count, 2500);
    });
  });

  it('a file that is gone, cut or replaced fails with an error that names it, and is read again when it is back', async () => {
    const { path, expected } = fileAt('well/changing');
    const ask = { path, expected, position: 0, length: content.length };
    await withThreads(async (threads) => {
      await threads.read(ask);
      writeFileSync(path, content.subarray(0, 1000));
      await assert.rejects(threads.read(ask), rejectsWith('cut', /changing was cut: it has 1000 bytes/));
      rmSync(path);
      await assert.rejects(threads.read(ask), rejectsWith('missing', /changing is not there/));
      writeFileSync(path, Buffer.concat([content, content]));
      await assert.rejects(threads.read(ask), rejectsWith('replaced', /changing was replaced/));
      writeFileSync(path, content);
      assert.ok(content.equals((await threads.read(ask)).bytes));
    });
  });

  it('a file of the same size that was written at another time counts as replaced', async () => {
    const { path } = fileAt('well/rewritten');
    await withThreads(async (threads) => {
      const { identity } = await threads.stat(path);
      await assert.rejects(
        threads.open(path, { size: identity.size, mtimeMs: identity.mtimeMs - 5000 }),
        rejectsWith('replaced', /rewritten was replaced/),
      );
    });
  });

  it('a drive that does not answer fails at the deadline, and a third request waits no longer; other drives go on', async () => {
    const hanging = fileAt('hangs/a');
    const well = fileAt('well/b');
    await withHanging(async (threads, passDeadline, release) => {
      const ask = { ...hanging, position: 0, length: 10 };
      const three = [1, 2, 3].map(() => threads.read(ask).then(String, (error: unknown) => error));
      // The two threads of that drive hang now; another drive has its own.
      const other = await threads.read({ ...well, position: 0, length: 10 });
      assert.ok(content.subarray(0, 10).equals(other.bytes));
      await passDeadline(Promise.all(three));
      for (const outcome of await Promise.all(three)) rejectsWith('silent', /hangs\/a .* does not answer/)(outcome);
      assert.equal(threads.hanging, 2);
      await threads.read({ ...well, position: 0, length: 10 });
      release();
      await until('the threads answer', () => threads.hanging === 0);
      assert.ok(content.subarray(0, 10).equals((await threads.read(ask)).bytes));
    });
  });

  it('stat of a drive that does not answer fails at the deadline too', async () => {
    await withHanging(async (threads, passDeadline) => {
      const asked = threads.stat(join(place, 'hangs/a'));
      await passDeadline(asked);
      await assert.rejects(asked, rejectsWith('silent', /does not answer/));
    });
  });

  it('a thread that ends fails its request, and the next request has another', async () => {
    const { path, expected } = fileAt('crashes/a');
    await withHanging(async (threads) => {
      await assert.rejects(
        threads.read({ path, expected, position: 0, length: 1 }),
        rejectsWith('unreadable', /ended/),
      );
      const well = fileAt('well/c');
      await threads.read({ ...well, position: 0, length: 1 });
    });
  });

  it('a request after the end, or under way at the end, fails', async () => {
    const { path, expected } = fileAt('well/d');
    const threads = new ArchiveThreads({ clock: systemClock });
    const underWay = assert.rejects(threads.read({ path, expected, position: 0, length: 1 }), ArchiveError);
    await threads.close();
    await underWay;
    await assert.rejects(threads.stat(path), ArchiveError);
  });
});
