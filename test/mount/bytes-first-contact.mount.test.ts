import assert from 'node:assert/strict';
import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { spendMediaBudget } from '../support/spend-media-budget.js';
import { until } from '../support/until.js';
import { withLibrary } from '../support/with-library.js';

const MEDIA = /^media\./;
const VIDEO_BYTES = 40_000_000;

describe('first contact and many streams, on a mount', () => {
  for (const range of ['honored', 'ignored'] as const) {
    it(`size-unmeasured: new photos that are read one after another cost one request each, with Range ${range}`, () =>
      withLibrary(
        (library) =>
          Array.from({ length: 12 }, (_, index) => library.add({ filename: `${10 + index}.jpg`, size: 500_000 }).id),
        async ({ mount, library, made, emulator, folders }) => {
          spendMediaBudget(folders);
          await mount({}, async ({ path, untilStatus }) => {
            const all = join(path, 'media/all');
            await untilStatus('the sync', ({ sync }) => sync.firstSyncDone);
            assert.equal((await readdir(all)).length, 12);
            for (const [index, id] of made.entries())
              assert.ok((await readFile(join(all, `${10 + index}.jpg`))).equals(await library.bytesOf(id)));
            await until('nothing is under way', () => emulator.counters.open === 0);
            for (const id of made) assert.equal(emulator.counters.requests({ route: MEDIA, mediaId: id }), 1);
            assert.equal(emulator.counters.bytes({ route: MEDIA }), 12 * 500_000);
          });
        },
        { switches: { range } },
      ));

    it(`many-streams: a video from a slow host is read whole ${range === 'honored' ? 'by several requests at once, few in all,' : 'by one request'} with Range ${range}`, () =>
      withLibrary(
        (library) => library.add({ filename: 'v.mp4', mimeType: 'video/mp4', size: VIDEO_BYTES }).id,
        ({ mount, library, made, emulator }) =>
          mount({ until: 'measured' }, async ({ path }) => {
            await until('nothing is under way', () => emulator.counters.open === 0);
            emulator.switches.bytesPerSecond = 5_000_000;
            emulator.counters.reset();
            assert.ok((await readFile(join(path, 'media/all/v.mp4'))).equals(await library.bytesOf(made)));
            await until('nothing is under way', () => emulator.counters.open === 0);
            const requests = emulator.counters.requests({ route: MEDIA });
            if (range === 'ignored') assert.equal(requests, 1);
            else {
              assert.ok(emulator.counters.peak >= 3, `${emulator.counters.peak} at once`);
              assert.ok(requests <= 8, `${requests} requests`);
            }
            const bytes = emulator.counters.bytes({ route: MEDIA });
            assert.ok(bytes <= 1.1 * VIDEO_BYTES, `${bytes} bytes`);
          }),
        { switches: { range } },
      ));
  }
});
