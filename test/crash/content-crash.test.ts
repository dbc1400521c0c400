import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { ContentError } from '../../src/content/content-error.js';
import { OfflineGate } from '../../src/remote/media/offline-gate.js';
import { ContentStore } from '../../src/content/content-store.js';
import { systemClock } from '../../src/support/clock.js';
import { SEED_NOTE, seededNumbers, share } from '../support/chance.js';
import { bytesOf } from '../unit/content/fake-media.js';
import { CRASH_ITEMS, crashMedia } from './content-corpus.js';

/** Kills that interrupted work. */
const KILLS = share(100);
const MAX_BYTES = 3_000_000;
const CHILD = fileURLToPath(new URL('content-child.js', import.meta.url));

/** Starts a reader on `folder` and kills it some milliseconds after it began; gives the downloads that it was in the middle of. */
async function killReader(folder: string, version: number, afterMs: number): Promise<number> {
  const work = `${folder}.work`;
  const child = spawn(process.execPath, [CHILD, folder, String(version), String(MAX_BYTES), work], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exited = once(child, 'exit');
  await once(child.stdout, 'data');
  await systemClock.sleep(0);
  await new Promise((resolve) => setTimeout(resolve, afterMs));
  assert.equal(child.exitCode, null, 'the reader was at work when it was killed');
  child.kill('SIGKILL');
  await exited;
  return Number(readFileSync(work, 'utf8'));
}

/** Reads all items through a new store on what the killed one left; gives the bytes that had to be fetched. */
async function verify(folder: string, version: number): Promise<number> {
  const media = crashMedia(version);
  const store = new ContentStore({
    source: new OfflineGate(media, systemClock),
    clock: systemClock,
    sizes: {
      correct: () => undefined,
      distrust: () => undefined,
      confirm: (ref, priority) => media.measure(ref, { priority }),
    },
    folder,
    maxBytes: MAX_BYTES,
    report: () => undefined,
  });
  await store.run();
  for (const ref of CRASH_ITEMS) {
    const { size = 0 } = media.items.get(ref.id) ?? {};
    const read = async (): Promise<Buffer> => {
      const file = await store.open({ ref, size });
      const bytes = Buffer.alloc(size);
      for (let at = 0; at < size; at += 131_072) await file.read(bytes.subarray(at, at + 131_072), at);
      file.close();
      return bytes;
    };
    // A first read may find that the cache holds another version of the same size; it says so, and the second one gets the new one.
    const bytes = await read().catch((error: unknown) => {
      assert.ok(error instanceof ContentError && error.code !== 'EAGAIN', String(error));
      return read();
    });
    const versions = [version, version - 1].filter((one) => bytes.equals(bytesOf(ref.id, one, 0, size)));
    assert.equal(versions.length, 1, `${ref.id} is whole, of one version`);
    assert.ok(store.stats().bytes <= MAX_BYTES);
  }
  await store.stop();
  return media.bytesSent;
}

describe('a content store that is killed', () => {
  it(`a content store that is killed leaves bytes that are right or are fetched again (${KILLS} kills, ${SEED_NOTE})`, async () => {
    const folder = mkdtempSync(join(tmpdir(), 'content-crash-'));
    const upTo = seededNumbers();
    const total = CRASH_ITEMS.reduce((sum, { id }) => sum + (crashMedia(1).items.get(id)?.size ?? 0), 0);
    let found = 0;
    try {
      let tries = 0;
      for (let kill = 0; kill < KILLS; tries++) {
        assert.ok(tries < 3 * KILLS, 'most kills hit work');
        const version = 2 + Math.floor(kill / 3);
        const interrupted = await killReader(join(folder, 'cache'), version, upTo(120));
        // On a copy, so that the next reader goes on with what the killed one left.
        cpSync(join(folder, 'cache'), join(folder, 'copy'), { recursive: true });
        if ((await verify(join(folder, 'copy'), version)) < total) found++;
        rmSync(join(folder, 'copy'), { recursive: true });
        // One that hit nothing is checked like the others, but does not count.
        if (interrupted > 0) kill++;
      }
      assert.ok(found >= tries / 2, `most kills leave something of use (${String(found)} of ${String(tries)})`);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
