import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { takeoutItemId } from '../../../src/takeout/matching/item-id.js';
import { partitionTwins } from '../../../src/takeout/matching/partition-twins.js';
import type { TwinFile } from '../../../src/takeout/matching/twin-groups.js';
import { SEED, share } from '../../support/chance.js';

const OLD = 'takeout-20260101T000000Z';
const NEW = 'takeout-20260301T000000Z';

function file(folder: string, name: string, more: Partial<TwinFile> = {}): TwinFile {
  return { exportName: OLD, folder, isYearFolder: /^\d/.test(folder), name, size: 10, crc: 7, ...more };
}

const saying = (title: string, takenAt: number) => ({ sidecar: { title, takenAt } });

/** The files of each item by folder and name, sorted. */
function groups(files: readonly TwinFile[]): string[] {
  return partitionTwins(files)
    .map((item) => item.files.map(({ folder, name }) => `${folder}/${name}`).join(' '))
    .sort();
}

describe('one item for one photograph', () => {
  it('a photo in a year folder, two albums and two exports is one item with the year folder of the oldest export first', () => {
    const files = [
      file('Rome', 'a.jpg', { exportName: NEW, ...saying('a.jpg', 5) }),
      file('Rome', 'a.jpg', saying('a.jpg', 5)),
      file('2020', 'a(1).jpg', { exportName: NEW, ...saying('a.jpg', 5) }),
      file('2020', 'a(1).jpg', saying('a.jpg', 5)),
      file('Best', 'a.jpg', saying('a.jpg', 5)),
    ];
    const [item, ...others] = partitionTwins(files);
    assert.deepEqual(others, []);
    assert.equal(item?.id, takeoutItemId({ size: 10, crc: 7, name: 'other', ordinal: 0 }));
    assert.deepEqual([item.files[0].exportName, item.files[0].folder, item.files.length], [OLD, '2020', 5]);
  });

  it('two names in one folder are two items, though bytes, title and time are equal', () => {
    const twins = [file('2020', 'a.jpg', saying('a.jpg', 5)), file('2020', 'a(1).jpg', saying('a.jpg', 5))];
    const album = [file('Rome', 'a.jpg', saying('a.jpg', 5)), file('Rome', 'a(1).jpg', saying('a.jpg', 5))];
    assert.deepEqual(groups([...twins, ...album]), ['2020/a(1).jpg Rome/a(1).jpg', '2020/a.jpg Rome/a.jpg']);
    assert.deepEqual(groups(twins.map(({ sidecar, ...mute }) => (assert.ok(sidecar), mute))), [
      '2020/a(1).jpg',
      '2020/a.jpg',
    ]);
  });

  it('the same bytes under another title or time in one export are two items, other bytes of one title as well', () => {
    assert.equal(
      groups([file('2020', 'a.jpg', saying('a.jpg', 5)), file('Rome', 'b.jpg', saying('b.jpg', 5))]).length,
      2,
    );
    assert.equal(
      groups([file('2020', 'a.jpg', saying('a.jpg', 5)), file('2021', 'a.jpg', saying('a.jpg', 6))]).length,
      2,
    );
    assert.equal(
      groups([file('2020', 'a.jpg', saying('a.jpg', 5)), file('Rome', 'a.jpg', { crc: 8, ...saying('a.jpg', 5) })])
        .length,
      2,
    );
  });

  it('a file without a sidecar joins the only candidate, and stays alone where two are there', () => {
    const known = file('2020', 'a.jpg', saying('a.jpg', 5));
    const mute = file('Rome', 'a.jpg');
    assert.equal(groups([known, mute]).length, 1);
    assert.equal(groups([file('2020', 'a.jpg'), mute]).length, 1);
    assert.deepEqual(groups([known, file('2020', 'b.jpg', saying('b.jpg', 5)), mute]).length, 3);
    assert.deepEqual(groups([file('2020', 'a.jpg'), file('2020', 'b.jpg'), mute]).length, 3);
  });

  it('equal files of one folder without sidecars stay two items when a second export brings both again', () => {
    const twins = [file('2020', 'a.jpg'), file('2020', 'b.jpg')];
    const again = twins.map((one) => ({ ...one, exportName: NEW }));
    assert.deepEqual(groups([...again, ...twins]), ['2020/a.jpg 2020/a.jpg', '2020/b.jpg 2020/b.jpg']);
  });

  it('a time that was corrected between two exports leaves one item', () => {
    const before = file('2020', 'a.jpg', saying('a.jpg', 5));
    const after = file('2019', 'a.jpg', { exportName: NEW, ...saying('a.jpg', 3) });
    assert.deepEqual(groups([before, after]), ['2020/a.jpg 2019/a.jpg']);
  });

  it('files of extracted folders join by size, title and time, and never by the size alone', () => {
    const extracted = ({ crc, ...rest }: TwinFile): TwinFile => (assert.ok(crc), { ...rest, exportName: NEW });
    const known = file('2020', 'a.jpg', saying('a.jpg', 5));
    assert.equal(groups([known, extracted(known)]).length, 1);
    assert.equal(groups([extracted(known), extracted(file('Rome', 'a.jpg', saying('a.jpg', 5)))]).length, 1);
    assert.equal(groups([known, extracted(file('2020', 'a.jpg'))]).length, 2);
    assert.equal(groups([extracted(file('2020', 'a.jpg')), extracted(file('2021', 'a.jpg'))]).length, 2);
    const otherBytes = file('2020', 'a(1).jpg', { crc: 8, ...saying('a.jpg', 5) });
    assert.equal(groups([known, otherBytes, extracted(file('Rome', 'a.jpg', saying('a.jpg', 5)))]).length, 3);
  });

  it('a sidecar that comes later and another export change no id', () => {
    const mute = [file('2020', 'a.jpg'), file('Rome', 'a.jpg')];
    const [before] = partitionTwins(mute);
    const later = [file('2020', 'a.jpg', saying('a.jpg', 5)), file('Rome', 'a.jpg', saying('a.jpg', 5))];
    const [after] = partitionTwins([...later, ...later.map((one) => ({ ...one, exportName: NEW }))]);
    assert.ok(before);
    assert.equal(after?.id, before.id);
  });

  it('an id that was given before is kept, though a twin comes that would be first', () => {
    const late = file('2020', 'a(1).jpg', saying('a.jpg', 5));
    const [alone] = partitionTwins([late]);
    const twin = file('2020', 'a.jpg', saying('a.jpg', 5));
    const both = partitionTwins([twin, late], (one) => (one === late ? alone?.id : undefined));
    assert.equal(both.find(({ files }) => files[0] === late)?.id, alone?.id);
    assert.equal(new Set(both.map(({ id }) => id)).size, 2);
  });

  it('an item of an extracted folder keeps its id when an archive with it comes, and the other way round', () => {
    const archived = file('2020', 'a.jpg', saying('a.jpg', 5));
    const extracted = {
      exportName: NEW,
      folder: '2020',
      isYearFolder: true,
      name: 'a.jpg',
      size: 10,
      ...saying('a.jpg', 5),
    };
    for (const [first, second] of [
      [archived, extracted],
      [extracted, archived],
    ] as const) {
      const [alone] = partitionTwins<TwinFile>([first]);
      const both = partitionTwins<TwinFile>([first, second], (one) => (one === first ? alone?.id : undefined));
      assert.deepEqual(
        both.map(({ id }) => id),
        [alone?.id],
      );
    }
  });

  it('ids of files without CRC are made of size, name without counter and ordinal', () => {
    const id = (name: string, ordinal = 0) => takeoutItemId({ size: 1, name, ordinal });
    assert.match(id('a.jpg'), /^takeout:[\w-]{43}$/);
    assert.equal(id('a.jpg'), id('a(3).jpg'));
    assert.notEqual(id('a.jpg'), id('b.jpg'));
    assert.notEqual(id('a.jpg'), id('a.jpg', 1));
    assert.notEqual(id('a.jpg'), takeoutItemId({ size: 1, crc: 0, name: 'a.jpg', ordinal: 0 }));
  });

  it('any files in any order give the same items and ids, each file once and each id once', () => {
    const any = fc.record(
      {
        exportName: fc.constantFrom(OLD, NEW),
        folder: fc.constantFrom('2019', '2020', 'Rome', 'Best'),
        name: fc.constantFrom('a.jpg', 'a(1).jpg', 'a(2).jpg', 'b.jpg'),
        size: fc.constantFrom(1, 2),
        crc: fc.constantFrom(undefined, 7, 8),
        sidecar: fc.option(fc.record({ title: fc.constantFrom('a.jpg', 'b.jpg'), takenAt: fc.constantFrom(5, 6) }), {
          nil: undefined,
        }),
      },
      { noNullPrototype: true },
    );
    const files = fc.uniqueArray(any, {
      selector: ({ exportName, folder, name }) => `${exportName}/${folder}/${name}`,
      maxLength: 24,
    });
    const withOrder = files.chain((list) =>
      fc.tuple(fc.constant(list), fc.shuffledSubarray(list, { minLength: list.length })),
    );
    const summary = (list: readonly TwinFile[]) =>
      partitionTwins(list).map((item) => [
        item.id,
        item.files.map((one) => `${one.exportName}/${one.folder}/${one.name}`),
      ]);
    fc.assert(
      fc.property(withOrder, ([list, shuffled]) => {
        const clean = (one: (typeof list)[number]): TwinFile => {
          const { crc, sidecar, ...rest } = one;
          const given = { ...rest, isYearFolder: rest.folder.startsWith('20') };
          return { ...given, ...(crc === undefined ? {} : { crc }), ...(sidecar === undefined ? {} : { sidecar }) };
        };
        const items = partitionTwins(list.map(clean));
        assert.deepEqual(summary(list.map(clean)), summary(shuffled.map(clean)));
        assert.equal(items.flatMap((item) => item.files).length, list.length);
        assert.equal(new Set(items.map(({ id }) => id)).size, items.length);
        for (const item of items) {
          const places = item.files.map(({ exportName, folder }) => `${exportName}/${folder}`);
          assert.equal(new Set(places).size, places.length, 'two names of one folder are one item');
          assert.equal(new Set(item.files.map(({ size }) => size)).size, 1);
          assert.ok(new Set(item.files.flatMap(({ crc }) => crc ?? [])).size <= 1);
        }
      }),
      { seed: SEED, numRuns: share(3000) },
    );
  });

  it('10,000 files with the same bytes are taken apart within seconds', () => {
    const files = Array.from({ length: 10_000 }, (_, index) =>
      file(`20${10 + (index % 10)}`, `x${index}.jpg`, index % 3 === 0 ? {} : saying(`x${index}.jpg`, index)),
    );
    const started = performance.now();
    assert.equal(partitionTwins(files).length, 10_000);
    assert.ok(performance.now() - started < 20_000);
  });
});
