// Reads items through a content store until it is killed. `node content-child.js <cache folder> <version> <max bytes> <work file>`.
// The work file always holds the number of downloads under way, one digit.
import { openSync, writeSync } from 'node:fs';
import type { MediaBody, MediaSource } from '../../src/library/media-source.js';
import { ContentStore } from '../../src/content/content-store.js';
import { OfflineGate } from '../../src/remote/media/offline-gate.js';
import { systemClock } from '../../src/support/clock.js';
import { CRASH_ITEMS, crashMedia } from './content-corpus.js';

const [folder = '', version = '1', maxBytes = '0', workFile = ''] = process.argv.slice(2);
const media = crashMedia(Number(version));
// Bytes trickle in as they do from a network: at full speed the cache would be full before the kill, which would then hit nothing.
let chunks = 0;
media.beforeChunk = () => (++chunks % 2 === 0 ? undefined : new Promise((resolve) => setTimeout(resolve, chunks % 3)));
const work = openSync(workFile, 'w');
let downloads = 0;
function under(change: number): void {
  downloads += change;
  writeSync(work, String(Math.min(9, downloads)), 0);
}
const source: MediaSource = {
  measure: (ref, options) => media.measure(ref, options),
  async fetch(ref, range, options) {
    const stream = await media.fetch(ref, range, options);
    const body: MediaBody = {
      async forEach(take) {
        under(1);
        await stream.body.forEach(take).finally(() => under(-1));
      },
    };
    return { ...stream, body };
  },
};
const store = new ContentStore({
  source: new OfflineGate(source, systemClock),
  clock: systemClock,
  sizes: {
    correct: () => undefined,
    distrust: () => undefined,
    confirm: (ref, priority) => source.measure(ref, { priority }),
  },
  folder,
  maxBytes: Number(maxBytes),
  report: () => undefined,
});
await store.run();
let told = false;

async function reader(first: number): Promise<void> {
  for (let turn = first; ; turn++) {
    const ref = CRASH_ITEMS[turn % CRASH_ITEMS.length];
    const size = media.items.get(ref?.id ?? '')?.size ?? 0;
    if (ref === undefined) continue;
    try {
      const file = await store.open({ ref, size });
      const buffer = Buffer.alloc(50_000 + (turn % 7) * 20_000);
      for (let at = 0; at < size; at += buffer.length) {
        await file.read(buffer, turn % 3 === 0 ? (at * 7919) % size : at);
        await new Promise((resolve) => setImmediate(resolve));
      }
      file.close();
      // Only now is there something to be killed in the middle of.
      if (!told) process.stdout.write('reading\n');
      told = true;
    } catch {
      // A version that changed since the last run: the next turn opens the new one.
    }
  }
}

await Promise.all([0, 3, 5].map((first) => reader(first)));
