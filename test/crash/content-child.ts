// Reads items through a content store until it is killed. `node content-child.js <cache folder> <version> <max bytes>`.
import { ContentStore } from '../../src/content/content-store.js';
import { systemClock } from '../../src/support/clock.js';
import { CRASH_ITEMS, crashMedia } from './content-corpus.js';

const [folder = '', version = '1', maxBytes = '0'] = process.argv.slice(2);
const media = crashMedia(Number(version));
const store = new ContentStore({
  source: media,
  clock: systemClock,
  sizes: { correct: () => undefined },
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
