import assert from 'node:assert/strict';
import { open, readFile, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { names, outcome } from '../support/mounted-files.js';
import { spendMediaBudget } from '../support/spend-media-budget.js';
import { until } from '../support/until.js';
import { withLibrary } from '../support/with-library.js';

const MEDIA = /^media\./;
const FRESH = ['--attr-timeout', '0s'];

describe('SEMANTICS: sizes and bytes, on a mount', () => {
  it('size-true: what stat shows is what a read delivers, for photos and videos', () =>
    withLibrary(
      (library) => [
        library.add({ filename: 'a.jpg', size: 123_457 }).id,
        library.add({ filename: 'b.mp4', mimeType: 'video/mp4', size: 1_234_567 }).id,
      ],
      ({ mount, library, made }) =>
        mount({}, async ({ path }) => {
          for (const [index, name] of ['a.jpg', 'b.mp4'].entries()) {
            const file = join(path, 'media/all', name);
            const { size } = await stat(file);
            const bytes = await readFile(file);
            assert.equal(size, bytes.length);
            assert.ok(bytes.equals(await library.bytesOf(made[index] ?? '')), name);
          }
        }),
    ));

  it('size-unmeasured: a look at one file measures its folder side by side, and a plain listing asks for nothing', () =>
    withLibrary(
      (library) => {
        for (let index = 0; index < 40; index += 1) library.add({ filename: `${index}.jpg` });
      },
      async ({ mount, emulator, folders }) => {
        // Most of the day's media requests are spent: background work leaves the rest to what a person looks at.
        spendMediaBudget(folders);
        await mount({}, async ({ path, untilStatus }) => {
          const all = join(path, 'media/all');
          assert.equal((await readdir(all, { withFileTypes: true })).filter((entry) => entry.isFile()).length, 40);
          assert.equal(emulator.counters.requests({ route: MEDIA }), 0, 'a listing costs no request');
          emulator.switches.latencyMs = 20;
          assert.ok((await stat(join(all, '0.jpg'))).size > 0);
          await untilStatus('the siblings are measured too', ({ catalog }) => catalog.unmeasured === 0);
          assert.equal(emulator.counters.requests({ route: MEDIA }), 40);
          assert.ok(emulator.counters.peak > 4, `side by side, at most ${emulator.counters.peak}`);
        });
      },
    ));

  it('size-failed: an item that cannot be measured answers EIO, never size 0, and status names it', () =>
    withLibrary(
      (library, emulator) => {
        const id = library.add({ filename: 'bad.jpg' }).id;
        library.add({ filename: 'good.jpg' });
        emulator.faults.add({
          match: { route: MEDIA, mediaId: id },
          times: Infinity,
          action: { type: 'png', status: 404 },
        });
        return id;
      },
      ({ mount, made }) =>
        mount({ args: FRESH }, async ({ path, untilStatus, log }) => {
          const all = join(path, 'media/all');
          assert.equal(await outcome(stat(join(all, 'bad.jpg'))), 'EIO');
          assert.equal(await outcome(readFile(join(all, 'bad.jpg'))), 'EIO');
          assert.ok((await stat(join(all, 'good.jpg'))).size > 0);
          assert.deepEqual(await names(all), ['bad.jpg', 'good.jpg']);
          const status = await untilStatus('status names it', ({ errors }) =>
            errors.some(({ subject }) => subject === made),
          );
          const told = status.errors.filter(({ subject }) => subject === made);
          assert.equal(told.length, 1, 'once');
          assert.match(told[0]?.message ?? '', /bad\.jpg/);
          assert.deepEqual(status.unmeasurable, []);
          assert.equal(status.catalog.unmeasured, 1);
          assert.match(log(), /bad\.jpg|size/);
        }),
    ));

  it('size-changed: a changed length fails that open, is corrected, and the next one delivers the new bytes', () =>
    withLibrary(
      (library) => library.add({ filename: 'a.jpg', size: 100_000 }).id,
      ({ mount, library, made }) =>
        mount({ args: FRESH, until: 'measured' }, async ({ path }) => {
          const file = join(path, 'media/all/a.jpg');
          assert.equal((await stat(file)).size, 100_000);
          library.replaceBytes(made, { size: 150_000 });
          assert.equal(await outcome(readFile(file)), 'EIO');
          await until('the size is corrected', async () => (await stat(file)).size === 150_000);
          assert.ok((await readFile(file)).equals(await library.bytesOf(made)));
        }),
    ));

  it('bytes-delivered: a read delivers the download, not a thumbnail and not an error page', () =>
    withLibrary(
      (library) => library.add({ filename: 'a.jpg' }).id,
      ({ mount, library, made, emulator }) =>
        mount({}, async ({ path }) => {
          emulator.faults.add({ match: { route: MEDIA, method: 'GET' }, action: { type: 'html', status: 200 } });
          const file = join(path, 'media/all/a.jpg');
          const first = await outcome(readFile(file));
          assert.ok(first === 'ok' || first === 'EIO', first);
          assert.ok((await readFile(file)).equals(await library.bytesOf(made)));
        }),
    ));

  it('cache: the second reading costs no request, by any path, after a restart and without a network', () =>
    withLibrary(
      (library) => {
        const id = library.add({ filename: 'a.jpg', size: 700_000 }).id;
        library.createAlbum('Rome', [id]);
        return id;
      },
      async ({ mount, library, made, emulator }) => {
        const bytes = await library.bytesOf(made);
        await mount({ until: 'measured' }, async ({ path }) => {
          assert.ok((await readFile(join(path, 'media/all/a.jpg'))).equals(bytes));
          const spent = emulator.counters.requests({ route: MEDIA });
          assert.ok((await readFile(join(path, 'album/Rome/a.jpg'))).equals(bytes));
          assert.equal(emulator.counters.requests({ route: MEDIA }), spent);
        });
        emulator.faults.add({ times: Infinity, action: { type: 'reset' } });
        await mount({ until: 'mounted' }, async ({ path }) =>
          assert.ok((await readFile(join(path, 'media/photos/a.jpg'))).equals(bytes)),
        );
      },
    ));

  it('one-download: sixteen readers of one file cost one download', () =>
    withLibrary(
      (library) => library.add({ filename: 'a.jpg', size: 900_000 }).id,
      ({ mount, library, made, emulator }) =>
        mount({ until: 'measured' }, async ({ path }) => {
          emulator.switches.latencyMs = 100;
          const before = emulator.counters.bytes({ route: MEDIA });
          const readings = await Promise.all(Array.from({ length: 16 }, () => readFile(join(path, 'media/all/a.jpg'))));
          const bytes = await library.bytesOf(made);
          for (const reading of readings) assert.ok(reading.equals(bytes));
          assert.equal(emulator.counters.bytes({ route: MEDIA }) - before, 900_000);
        }),
    ));

  it('next-photos: a row of photos is fetched ahead of its reader, each once, and one photo alone brings no other', () =>
    withLibrary(
      (library) =>
        Array.from({ length: 30 }, (_, index) => library.add({ filename: `${10 + index}.jpg`, size: 40_000 }).id),
      ({ mount, library, made, emulator }) =>
        mount({ until: 'measured' }, async ({ path }) => {
          const all = join(path, 'media/all');
          const fetched = (): number => emulator.counters.requests({ route: MEDIA, method: 'GET' });
          emulator.counters.reset();
          await readFile(join(all, '30.jpg'));
          assert.ok((await readFile(join(all, '10.jpg'))).equals(await library.bytesOf(made[0] ?? '')));
          assert.equal(fetched(), 2);
          await readFile(join(all, '11.jpg'));
          await until('the two that follow are fetched', () => fetched() >= 5);
          for (let index = 2; index < 30; index++) {
            const bytes = await readFile(join(all, `${10 + index}.jpg`));
            assert.ok(bytes.equals(await library.bytesOf(made[index] ?? '')), `${10 + index}.jpg`);
          }
          assert.equal(fetched(), 30, 'each once');
        }),
    ));

  it('next-videos: the beginnings of the next three are there for who opens one after another', () =>
    withLibrary(
      (library) =>
        Array.from(
          { length: 8 },
          (_, index) => library.add({ filename: `${10 + index}.mp4`, mimeType: 'video/mp4', size: 20_000_000 }).id,
        ),
      ({ mount, library, made, emulator }) =>
        mount({ until: 'measured' }, async ({ path }) => {
          const headOf = async (index: number): Promise<Buffer> => {
            const file = await open(join(path, 'media/all', `${10 + index}.mp4`));
            try {
              const { buffer } = await file.read(Buffer.alloc(4096), 0, 4096, 0);
              return buffer;
            } finally {
              await file.close();
            }
          };
          const fetched = (): number => emulator.counters.requests({ route: MEDIA, method: 'GET' });
          emulator.switches.range = 'honored';
          emulator.counters.reset();
          await headOf(0);
          assert.equal(fetched(), 1);
          await headOf(1);
          await until('three more are fetched', () => fetched() === 5);
          emulator.faults.add({ match: { route: MEDIA }, times: Infinity, action: { type: 'reset' } });
          for (const index of [2, 3, 4]) {
            const expected = (await library.bytesOf(made[index] ?? '')).subarray(0, 4096);
            assert.ok((await headOf(index)).equals(expected), `video ${10 + index}`);
          }
        }),
    ));

  it('heads: who reads the first 64 KiB of many photos causes no whole downloads where Range works', () =>
    withLibrary(
      (library) => {
        for (let index = 10; index < 40; index++) library.add({ filename: `${index}.jpg`, size: 2_000_000 });
      },
      ({ mount, emulator }) =>
        mount({ until: 'measured' }, async ({ path }) => {
          emulator.counters.reset();
          for (let index = 10; index < 40; index++) {
            const file = await open(join(path, `media/all/${index}.jpg`));
            const { bytesRead } = await file.read(Buffer.alloc(65_536), 0, 65_536, 0);
            await file.close();
            assert.equal(bytesRead, 65_536);
          }
          await until('nothing is under way', () => emulator.counters.open === 0);
          const fetched = emulator.counters.bytes({ route: MEDIA });
          // Two whole ones until the reader is known, then what the kernel reads ahead of 64 KiB.
          assert.ok(fetched <= 2 * 2_000_000 + 28 * 2 * 131_072, `${fetched} bytes`);
        }),
      { switches: { range: 'honored' } },
    ));

  it('url-expiry: addresses that died are renewed without the reader noticing', () =>
    withLibrary(
      (library) => [
        library.add({ filename: 'a.jpg' }).id,
        library.add({ filename: 'b.mp4', mimeType: 'video/mp4' }).id,
      ],
      ({ mount, library, made, emulator }) =>
        mount({ until: 'measured' }, async ({ path }) => {
          emulator.expireBaseUrls();
          assert.ok((await readFile(join(path, 'media/all/a.jpg'))).equals(await library.bytesOf(made[0] ?? '')));
          emulator.expireBaseUrls();
          assert.ok((await readFile(join(path, 'media/all/b.mp4'))).equals(await library.bytesOf(made[1] ?? '')));
        }),
    ));

  it('video-status: a video in the works answers EAGAIN, a failed one EIO, and status explains both', () =>
    withLibrary(
      (library) => {
        library.add({ filename: 'failed.mp4', mimeType: 'video/mp4', videoStatus: 'FAILED' });
        return library.add({ filename: 'soon.mp4', mimeType: 'video/mp4', videoStatus: 'PROCESSING' }).id;
      },
      ({ mount, library, made }) =>
        mount({ args: [...FRESH, '--poll-interval', '1s'] }, async ({ path, untilStatus }) => {
          const all = join(path, 'media/all');
          assert.equal(await outcome(readFile(join(all, 'soon.mp4'))), 'EAGAIN');
          assert.equal(await outcome(readFile(join(all, 'failed.mp4'))), 'EIO');
          await untilStatus('both are explained', ({ errors }) => {
            const text = JSON.stringify(errors);
            return text.includes('soon.mp4') && text.includes('failed.mp4');
          });
          library.update(made, { videoStatus: 'READY' });
          await until('it came alive', async () => (await outcome(readFile(join(all, 'soon.mp4')))) === 'ok');
          assert.ok((await readFile(join(all, 'soon.mp4'))).equals(await library.bytesOf(made)));
        }),
    ));

  it('offline: listing goes on, what is cached reads on, the rest fails with EIO, and all comes back', () =>
    withLibrary(
      (library) => [library.add({ filename: 'cached.jpg' }).id, library.add({ filename: 'other.jpg' }).id],
      ({ mount, library, made, emulator }) =>
        mount({ until: 'measured' }, async ({ path }) => {
          const all = join(path, 'media/all');
          const [cached = '', other = ''] = made;
          await readFile(join(all, 'cached.jpg'));
          const outage = emulator.faults.add({ times: Infinity, action: { type: 'reset' } });
          assert.deepEqual(await names(all), ['cached.jpg', 'other.jpg']);
          assert.ok((await readFile(join(all, 'cached.jpg'))).equals(await library.bytesOf(cached)));
          assert.equal(await outcome(readFile(join(all, 'other.jpg'))), 'EIO');
          outage.remove();
          await until('the network is back', async () => (await outcome(readFile(join(all, 'other.jpg')))) === 'ok');
          assert.ok((await readFile(join(all, 'other.jpg'))).equals(await library.bytesOf(other)));
        }),
    ));

  it('read-only: opening for writing fails and nothing is changed', () =>
    withLibrary(
      (library) => void library.add({ filename: 'a.jpg' }),
      ({ mount, emulator }) =>
        mount({ until: 'measured' }, async ({ path }) => {
          const file = join(path, 'media/all/a.jpg');
          for (const flags of ['r+', 'w', 'a']) assert.equal(await outcome(open(file, flags)), 'EROFS', flags);
          assert.equal(await outcome(open(join(path, 'album/new.jpg'), 'wx')), 'EROFS');
          assert.equal(emulator.counters.requests({ method: 'PATCH' }), 0);
        }),
    ));
});
