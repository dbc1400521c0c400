import assert from 'node:assert/strict';
import { renameSync, rmSync } from 'node:fs';
import { basename } from 'node:path';
import { describe, it } from 'node:test';
import { calendarOf } from '../../../src/library/calendar.js';
import { until } from '../../support/until.js';
import { describeLibrary, type LibraryDraft } from '../../takeout/builder/library.js';
import { writeExport, type ExportOptions } from '../../takeout/builder/write-export.js';
import { flipByte } from '../../takeout/builder/zip-surgery.js';
import { withIndexedProfile } from './indexed-export.js';

const CANON = { make: 'Canon', model: 'EOS 5D' };
const PHONE = { make: 'Google', model: 'Pixel 8' };
const IN_2019 = Date.UTC(2019, 7, 7, 12, 34, 56);
const IN_2023 = Date.UTC(2023, 1, 3, 4, 5, 6);
/** Its name says the last day of 2023, its file 2019. */
const ZERO = '20231231_120000';
const YEAR_2019 = { by: 'date', year: 2019, month: 0, day: 0 } as const;
const YEAR_2023 = { by: 'date', year: 2023, month: 0, day: 0 } as const;

const FAMILY: LibraryDraft = {
  photos: [
    { key: 'canon', title: 'canon.jpg', takenMs: IN_2023, exifMs: IN_2023, camera: CANON },
    { key: 'phone', title: 'phone.jpg', takenMs: IN_2023 + 1000, exifMs: IN_2023, camera: PHONE, moving: '.MP4' },
    // What was scanned or sent has a folder of its own year only by what Google thought of it.
    {
      ...{ key: 'found', title: 'found.jpg', takenMs: IN_2023, exifMs: IN_2019 },
      ...{ camera: CANON, sidecar: 'none', size: 300_000 },
    },
    {
      ...{ key: 'zero', title: `${ZERO}.jpg`, takenMs: IN_2023, exifMs: IN_2019 + 1000 },
      ...{ camera: CANON, sidecar: 'zero', moving: '.MOV', edited: true },
    },
    { key: 'plain', title: 'plain.png', takenMs: IN_2023 },
    { key: 'film', title: 'film.mp4', takenMs: IN_2023, exifMs: IN_2019 + 2000, sidecar: 'absent' },
  ],
  albums: [{ title: 'Rome', members: ['canon', 'plain', 'zero'] }],
};
/** Originals and the edited version; album copies and moving parts are not read. */
const FAMILY_HEADS = 7;

const WAYS: readonly [string, Partial<ExportOptions>][] = [
  ['stored entries', { compression: 'stored' }],
  ['deflated entries', { compression: 'deflated' }],
  ['entries with data descriptors in several parts', { compression: 'mixed', descriptors: true, parts: 3 }],
  ['files of an extracted export', { extracted: true }],
];

describe('heads of the files of an export', () => {
  for (const [what, options] of WAYS) {
    it(`cameras, sizes and dates are filled from the heads of ${what}, each head once, and names and inodes stay`, () =>
      withIndexedProfile(async ({ folder, run, look }) => {
        const written = await writeExport(describeLibrary(FAMILY), { folder, ...options });
        await run([written], async ({ readHeads }) => {
          const before = look(({ names, cameras, details, item, album }) => {
            assert.deepEqual(cameras(), {});
            assert.equal(details('canon.jpg').width, null);
            assert.deepEqual(names(YEAR_2019), []);
            assert.deepEqual(album('Rome').slice(0, 2).sort(), ['canon.jpg', 'plain.png']);
            return names().map((name) => [name, item(name).rowId, item(name).inode]);
          });
          assert.equal(await readHeads(), FAMILY_HEADS);
          look(({ names, cameras, details, item, album }) => {
            assert.deepEqual(cameras(), {
              'Canon EOS 5D': [`${ZERO}-edited.jpg`, `${ZERO}.MOV`, `${ZERO}.jpg`, 'canon.jpg', 'found.jpg'],
              'Google Pixel 8': ['phone.MP4', 'phone.jpg'],
            });
            const { camera, width, height, creationTimeText } = details('found.jpg');
            assert.deepEqual([camera, width, height], ['Canon EOS 5D', 16, 16]);
            assert.equal(creationTimeText, '2019-08-07T12:34:56.000Z');
            assert.equal(item('found.jpg').mtime, IN_2019);
            assert.deepEqual([details('plain.png').width, details('plain.png').camera], [8, null]);
            assert.ok((details('film.mp4').width ?? 0) > 0);
            // Where a sidecar tells the time it counts, whatever the file says.
            assert.equal(item('phone.jpg').creationTime, IN_2023 + 1000);
            assert.deepEqual(
              names(YEAR_2019).sort(),
              ['film.mp4', 'found.jpg', `${ZERO}-edited.jpg`, `${ZERO}.MOV`, `${ZERO}.jpg`].sort(),
            );
            assert.ok(!names(YEAR_2023).includes('found.jpg'));
            assert.deepEqual(album('Rome').slice(-2).sort(), ['canon.jpg', 'plain.png']);
            for (const [name, rowId, inode] of before)
              assert.deepEqual([item(String(name)).rowId, item(String(name)).inode], [rowId, inode]);
          });
          assert.equal(await readHeads(), 0);
        });
        await run([written], async ({ readHeads }) => assert.equal(await readHeads(), 0));
      }));
  }

  it('reads are made in the background, of 130 KiB at most, and items without a time of a sidecar come first', () =>
    withIndexedProfile(async ({ folder, run, look }) => {
      const photos = ['a', 'b', 'c', 'd', 'e', 'f'].map((key, index) => ({
        ...{ key, title: `${key}.jpg`, exifMs: IN_2019 + index * 1000, takenMs: IN_2023, size: 400_000 },
        sidecar: index % 2 === 0 ? ('own' as const) : ('none' as const),
      }));
      const written = await writeExport(describeLibrary({ photos }), { folder, compression: 'stored' });
      await run([written], async ({ readHeads, threads }) => {
        const stop = new AbortController();
        threads.onRead = () => {
          if (threads.reads.length === 2) stop.abort();
        };
        assert.equal(await readHeads(stop.signal), 3);
        assert.deepEqual(look(({ names }) => names(YEAR_2019)).sort(), ['b.jpg', 'd.jpg', 'f.jpg']);
        assert.ok(threads.reads.every(({ urgency, length }) => urgency === 'background' && length <= 130 * 1024));
        assert.equal(await readHeads(), 3);
      });
    }));

  it('a time without a zone is read in the time zone of the profile', () =>
    withIndexedProfile(async ({ folder, run, look }) => {
      // Digits of a name count less than the file.
      const photos = [{ title: '20190807_123456.png', takenMs: IN_2023, sidecar: 'none' as const }];
      const library = describeLibrary({ photos });
      const [photo] = library.photos;
      assert.ok(photo !== undefined);
      const { default: sharp } = await import('sharp');
      const bytes = await sharp({ create: { width: 6, height: 4, channels: 3, background: 'red' } })
        .withExif({ IFD2: { DateTimeOriginal: '2018:07:06 05:04:03' } })
        .png()
        .toBuffer();
      const written = await writeExport({ ...library, photos: [{ ...photo, bytes }] }, { folder });
      await run([written], async ({ readHeads }) => assert.equal(await readHeads(), 1));
      const { creationTime } = look(({ item }) => item('20190807_123456.png'));
      assert.equal(new Date(creationTime).toISOString(), '2018-07-06T03:04:03.000Z');
    }, calendarOf('Europe/Rome')));

  it('dates that no sidecar tells follow the time zone of the profile when it changes; names and inodes stay', () =>
    withIndexedProfile(async ({ folder, run, look }) => {
      const title = 'IMG_20180706_050403.png';
      const photos = [
        { title, takenMs: IN_2023, sidecar: 'none' as const },
        { title: 'told.jpg', takenMs: IN_2023 },
      ];
      const written = await writeExport(describeLibrary({ photos }), { folder });
      const shownIn = (zone: string) =>
        run([written], ({ readHeads }) => readHeads(), { calendar: calendarOf(zone) }).then(() =>
          look(({ item }) => {
            const { inode, creationTime } = item(title);
            assert.equal(item('told.jpg').creationTime, IN_2023);
            return { inode, time: new Date(creationTime).toISOString() };
          }),
        );
      const { inode, time } = await shownIn('Europe/Rome');
      assert.equal(time, '2018-07-06T03:04:03.000Z');
      assert.deepEqual(await shownIn('Asia/Tokyo'), { inode, time: '2018-07-05T20:04:03.000Z' });
    }));

  it('a run that ends anywhere is gone on with: the catalog is as after one that was not disturbed', () =>
    withIndexedProfile(async ({ folder, run, look }) => {
      const photos = Array.from({ length: 250 }, (_, index) => ({
        ...{ title: `p${index}.jpg`, camera: index % 2 === 0 ? CANON : PHONE },
        ...{ exifMs: IN_2019 + index * 1000, takenMs: IN_2023, sidecar: index % 3 === 0 ? 'none' : 'own' },
      })) as LibraryDraft['photos'];
      const written = await writeExport(describeLibrary({ photos }), { folder, parts: 2 });
      await run([written], async ({ readHeads, threads }) => {
        threads.onRead = () => {
          if (threads.reads.length === 130) throw new Error('it ends here');
        };
        await assert.rejects(readHeads(), /it ends here/);
      });
      // Heads of the second batch were read and not kept; now they are put and not kept.
      await run([written], async ({ readHeads, catalog }) => {
        catalog.takeoutHeads.set = () => {
          throw new Error('and here');
        };
        await assert.rejects(readHeads(), /and here/);
      });
      const left = await run([written], ({ readHeads }) => readHeads());
      // All but the first batch: the items without a sidecar.
      assert.equal(left, 250 - 84);
      look(({ cameras, names }) => {
        assert.deepEqual(
          Object.values(cameras()).map(({ length }) => length),
          [125, 125],
        );
        assert.equal(names(YEAR_2019).length, 84);
      });
    }));

  it('heads of a part that is away are read when it is back; those of other parts meanwhile', () =>
    withIndexedProfile(async ({ folder, run, look }) => {
      const photos = Array.from({ length: 20 }, (_, index) => ({
        ...{ title: `p${index}.jpg`, camera: CANON, exifMs: IN_2019 + index * 1000, takenMs: IN_2023 + index * 1000 },
      }));
      const written = await writeExport(describeLibrary({ photos }), { folder, parts: 2, compression: 'stored' });
      const [, second] = written.parts;
      assert.ok(second !== undefined);
      const inSecond = second.files.filter(({ role }) => role === 'original').length;
      assert.ok(inSecond > 1 && inSecond < 20);
      await run([written], async ({ indexer, readHeads, threads }) => {
        // Gone after the parts were looked at.
        renameSync(second.file, `${second.file}.away`);
        await readHeads();
        const asked = threads.reads.filter(({ path }) => basename(path) === basename(second.file)).length;
        assert.equal(asked, 1, 'a part that is away is asked once in a run');
        assert.equal(Object.values(look(({ cameras }) => cameras())).flat().length, 20 - inSecond);
        assert.equal(await readHeads(), 1);
        await indexer.update(new AbortController().signal);
        assert.equal(await readHeads(), 0, 'a part that is known to be away is not asked');
        renameSync(`${second.file}.away`, second.file);
        await indexer.update(new AbortController().signal);
        assert.equal(await readHeads(), inSecond);
        assert.equal(Object.values(look(({ cameras }) => cameras())).flat().length, 20);
      });
    }));

  it('damaged entries and files that are gone cost the heads of no others', () =>
    withIndexedProfile(async ({ folder, run, look }) => {
      const photos = Array.from({ length: 6 }, (_, index) => ({
        ...{ title: `p${index}.jpg`, camera: CANON, exifMs: IN_2019, takenMs: IN_2023 + index * 1000, size: 200_000 },
      }));
      const zipped = await writeExport(describeLibrary({ photos }), { folder, compression: 'deflated' });
      const other = { folder, extracted: true, stamp: '20250101T000000Z' };
      const named = photos.map((photo, index) => ({ ...photo, title: `x${index}.jpg` }));
      const extracted = await writeExport(describeLibrary({ photos: named, seed: 2 }), other);
      flipByte(zipped.parts[0]?.file ?? '', 'Takeout/Google Photos/Photos from 2023/p1.jpg');
      await run([zipped, extracted], async ({ readHeads }) => {
        rmSync(`${extracted.parts[0]?.file}/Takeout/Google Photos/Photos from 2023/x2.jpg`);
        assert.equal(await readHeads(), 12);
        assert.equal(await readHeads(), 0);
      });
      const known = look(({ cameras }) => cameras())['Canon EOS 5D'] ?? [];
      const others = [
        'p0.jpg',
        'p2.jpg',
        'p3.jpg',
        'p4.jpg',
        'p5.jpg',
        'x0.jpg',
        'x1.jpg',
        'x3.jpg',
        'x4.jpg',
        'x5.jpg',
      ];
      assert.deepEqual(
        others.filter((name) => !known.includes(name)),
        [],
      );
      assert.ok(!known.includes('x2.jpg'));
    }));

  it('an export that is added meanwhile is read before the heads go on', () =>
    withIndexedProfile(async ({ folder, run, look }) => {
      const photos = Array.from({ length: 150 }, (_, index) => ({
        ...{ title: `p${index}.jpg`, camera: CANON, exifMs: IN_2019, takenMs: IN_2023 + index * 1000 },
      }));
      const first = await writeExport(describeLibrary({ photos }), { folder });
      const more = { folder, stamp: '20260401T000000Z' };
      const second = await writeExport(
        describeLibrary({ photos: [{ title: 'new.jpg', camera: PHONE, exifMs: IN_2019 }], seed: 3 }),
        more,
      );
      await run([first], async ({ indexer, threads }) => {
        let readBefore = 0;
        threads.onRead = () => {
          if (threads.reads.length !== 50) return;
          const plan = { kind: 'zip', exportName: first.name, stamp: '20260301T101112Z' } as const;
          const parts = [
            { ...plan, path: first.parts[0]?.file ?? '' },
            { ...plan, path: second.parts[0]?.file ?? '', exportName: second.name, stamp: '20260401T000000Z' },
          ];
          indexer.setParts(parts, 2);
        };
        const end = new AbortController();
        const running = indexer.run(end.signal);
        try {
          await until('all heads', () => {
            if (indexer.progress().version === 2 && readBefore === 0) readBefore = threads.reads.length;
            return look(({ cameras }) => Object.values(cameras()).flat().length) === 151;
          });
        } finally {
          end.abort();
          await running;
        }
        assert.equal(threads.reads.length, 151);
        assert.ok(readBefore >= 51 && readBefore < 151, `${readBefore} heads before the new export was read`);
      });
    }));

  it('heads of items that are gone for good are dropped', () =>
    withIndexedProfile(async ({ folder, run }) => {
      const written = await writeExport(describeLibrary(FAMILY), { folder });
      await run([written], async ({ readHeads, catalog, indexer }) => {
        await readHeads();
        const [first = ''] = catalog.takeoutReadings.itemsTitled('canon.jpg', IN_2023);
        assert.match(catalog.takeoutReadings.head(first) ?? '', /EOS 5D/);
        indexer.setParts([], 2);
        await indexer.update(new AbortController().signal);
        await readHeads();
        assert.equal(catalog.takeoutReadings.head(first), undefined);
      });
    }));
});
