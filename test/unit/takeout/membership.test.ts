import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { findMemberships } from '../../../src/takeout/matching/membership.js';
import { uniteAlbums } from '../../../src/takeout/matching/unite-albums.js';
import type { ExportedAlbum } from '../../../src/takeout/matching/unite-albums.js';

const OLD = 'takeout-20260101T000000Z';
const NEW = 'takeout-20260301T000000Z';

describe('sidecars of albums without media', () => {
  const items = [
    {
      id: 'one',
      sidecars: [
        { title: 'a.jpg', takenAt: 5 },
        { title: 'a.jpg', takenAt: 5 },
      ],
    },
    { id: 'two', sidecars: [{ title: 'b.jpg', takenAt: 5 }] },
    { id: 'three', sidecars: [{ title: 'b.jpg', takenAt: 5 }] },
    { id: 'four', sidecars: [{}] },
  ];

  it('a sidecar belongs to the item with its title and time if there is just one', () => {
    const sidecars = [
      { name: 'x', title: 'a.jpg', takenAt: 5 },
      { name: 'several', title: 'b.jpg', takenAt: 5 },
      { name: 'other time', title: 'a.jpg', takenAt: 6 },
      { name: 'no title', takenAt: 5 },
      { name: 'no time', title: 'a.jpg' },
    ];
    const { memberships, orphans } = findMemberships(sidecars, items);
    assert.deepEqual(memberships, [{ sidecar: sidecars[0], item: 'one' }]);
    assert.deepEqual(orphans, sidecars.slice(1));
  });
});

describe('albums of several exports', () => {
  const album = (exportName: string, folder: string, items: string[], title?: string): ExportedAlbum => ({
    exportName,
    folder,
    items,
    ...(title === undefined ? {} : { title }),
  });
  const summary = (albums: ExportedAlbum[]) => uniteAlbums(albums).map(({ title, items }) => [title, items.join()]);

  it('an album of one title in two exports is one album with the items of both', () => {
    const albums = [album(NEW, 'Rome', ['b', 'c'], 'Rome'), album(OLD, 'Rom', ['a', 'b'], 'Rome')];
    assert.deepEqual(summary(albums), [['Rome', 'a,b,c']]);
    assert.equal(uniteAlbums(albums)[0]?.id, uniteAlbums(albums.slice(1))[0]?.id);
  });

  it('two albums of one title in one export stay two, and join those of the other export by their items', () => {
    const albums = [
      album(OLD, 'Trip', ['a', 'b'], 'Trip'),
      album(OLD, 'Trip(1)', ['x', 'y'], 'Trip'),
      album(NEW, 'Trip', ['x', 'z'], 'Trip'),
      album(NEW, 'Trip(1)', ['a'], 'Trip'),
    ];
    assert.deepEqual(summary(albums), [
      ['Trip', 'a,b'],
      ['Trip', 'x,y,z'],
    ]);
    assert.equal(new Set(uniteAlbums(albums).map(({ id }) => id)).size, 2);
  });

  it('an album without a title has the name of its folder, and joins another only by its items', () => {
    const albums = [
      album(OLD, 'Untitled', ['a'], ''),
      album(OLD, 'Untitled(1)', ['b']),
      album(NEW, 'Untitled', ['b', 'c']),
      album(NEW, 'Untitled(1)', ['d']),
    ];
    assert.deepEqual(summary(albums), [
      ['Untitled', 'a'],
      ['Untitled(1)', 'b,c'],
      ['Untitled(1)', 'd'],
    ]);
    assert.equal(new Set(uniteAlbums(albums).map(({ id }) => id)).size, 3);
  });

  /** Adds albums in these steps; each remembers the ids and titles that the one before gave. */
  const inSteps = (steps: readonly (readonly ExportedAlbum[])[]) => {
    const ids = new Map<string, string>();
    const shown = new Map<string, { readonly title: string; readonly order: number }>();
    const keyOf = ({ exportName, folder }: ExportedAlbum): string => `${exportName}/${folder}`;
    let there: ExportedAlbum[] = [];
    return steps.map((more) => {
      there = [...there, ...more];
      const known = there.map((one) => {
        const knownId = ids.get(keyOf(one));
        return knownId === undefined ? one : { ...one, knownId };
      });
      const united = uniteAlbums(known, (id) => shown.get(id));
      for (const { id, title, parts } of united) {
        shown.set(id, { title, order: shown.get(id)?.order ?? shown.size });
        for (const part of parts) ids.set(keyOf(part), id);
      }
      return united.map(({ id, title, items }) => ({ id, title, items: [...items].sort().join() }));
    });
  };

  it('an album without a title keeps id and name when an older export with another folder for it comes', () => {
    const [before, after] = inSteps([[album(NEW, 'Unbenannt', ['b', 'c'])], [album(OLD, 'Untitled', ['a', 'b'])]]);
    assert.deepEqual(after, [{ ...before?.[0], items: 'a,b,c' }]);
    assert.equal(after[0]?.title, 'Unbenannt');
  });

  it('two albums without a title that an export shows to be one are the one that was shown first', () => {
    const last = 'takeout-20260801T000000Z';
    const steps = inSteps([
      [album(NEW, 'Unbenannt', ['b'])],
      [album(OLD, 'Untitled', ['a'])],
      [album(last, 'Sans titre', ['a', 'b'])],
      [album('takeout-20250101T000000Z', 'Zonder titel', ['a', 'b'])],
    ]);
    assert.deepEqual(
      steps.map((united) => united.length),
      [1, 2, 3, 1],
    );
    assert.deepEqual(steps[3], [{ ...steps[0]?.[0], items: 'a,b' }]);
  });

  it('albums of one title keep their ids when an older export with others of that title comes', () => {
    const [before, after] = inSteps([
      [album(NEW, 'Trip', ['x'], 'Trip'), album(NEW, 'Trip(1)', ['a'], 'Trip')],
      [album(OLD, 'Trip', ['n'], 'Trip'), album(OLD, 'Trip(1)', ['a', 'b'], 'Trip')],
    ]);
    const idOf = (items: string) => after?.find((one) => one.items === items)?.id;
    assert.deepEqual(
      before?.map(({ id }) => id),
      [idOf('x'), idOf('a,b')],
    );
    assert.equal(new Set(after?.map(({ id }) => id)).size, 3);
  });

  it('an album without items is an album', () => {
    assert.deepEqual(summary([album(OLD, 'Empty', [], 'Empty')]), [['Empty', '']]);
  });
});
