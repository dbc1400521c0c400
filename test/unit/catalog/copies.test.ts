import { openSqlite } from '../../../src/sqlite/open-sqlite.js';
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { SourceItem } from '../../../src/catalog/item-store.js';
import type { ItemRecord } from '../../../src/catalog/records.js';
import type { AlbumId } from '../../../src/library/album.js';
import type { MediaId } from '../../../src/library/media-item.js';
import type { SourceName } from '../../../src/library/source.js';
import { album, photo, withCatalog, type Fixture, setMembers } from './catalog-fixture.js';

const NOON = '2024-01-01T12:00:00Z';
const NAME = 'IMG_1.jpg';

const google = (extra: Partial<SourceItem> = {}): SourceItem => photo('google', NOON, { filename: NAME, ...extra });
const archived = (extra: Partial<SourceItem> = {}): SourceItem => ({
  ...photo('takeout:1', NOON, { filename: NAME, description: 'of the archive', productUrl: '' }),
  ...{ size: 900, etag: 'takeout:crc' },
  ...extra,
});
const picked = (extra: Partial<SourceItem> = {}): SourceItem => ({
  ...photo('picked:1', NOON, { filename: NAME, productUrl: '' }),
  ...{ size: 700, etag: 'picked' },
  ...extra,
});

interface World extends Omit<Fixture, 'put'> {
  readonly put: (source: SourceName, ...items: SourceItem[]) => readonly number[];
  readonly gone: (source: SourceName, ...rowIds: number[]) => void;
  readonly items: () => ItemRecord[];
  /** The only item. */
  readonly item: () => ItemRecord;
}

function withSources(work: (world: World) => void): void {
  withCatalog((fixture) => {
    const { writer, view } = fixture;
    const items = (): ItemRecord[] => {
      const reader = view();
      try {
        const names = reader.listItems({ by: 'all' }).map(({ name }) => name);
        return names.flatMap((name) => reader.findItem({ by: 'all' }, name) ?? []);
      } finally {
        reader.close();
      }
    };
    work({
      ...fixture,
      put: (source, ...given) => writer.transaction(() => writer.items.put(given, 0, source).rowIds),
      gone: (source, ...rowIds) => writer.transaction(() => writer.items.markGone(rowIds, source)),
      items,
      item: () => {
        const [only, ...others] = items();
        assert.ok(only !== undefined && others.length === 0, `${items().length} items`);
        return only;
      },
    });
  });
}

describe('copies of one photograph from several sources', () => {
  it('are one item with one name and inode, whichever source comes first', () => {
    for (const [first, second] of [
      [google(), archived()],
      [archived(), google()],
    ] as const) {
      withSources(({ put, item }) => {
        const [row] = put(first.id === 'google' ? 'app' : 'takeout', first);
        assert.deepEqual(put(second.id === 'google' ? 'app' : 'takeout', second), [row]);
        const { rowId, name, mediaId, size, source } = item();
        assert.deepEqual(
          { rowId, name, mediaId, size, source },
          { rowId: row, name: NAME, mediaId: 'takeout:1', size: 900, source: 'takeout' },
        );
      });
    }
  });

  it('show the best copy, and the next best when a source goes; the item goes with the last', () =>
    withSources(({ put, gone, item, items, writer }) => {
      const [row = 0] = put('app', google());
      writer.transaction(() => writer.sizes.put([{ mediaId: 'google' as MediaId, size: 500, etag: 'g' }]));
      put('picker', picked());
      put('takeout', archived());
      const shown = (): unknown[] => [item().mediaId, item().size, item().source];
      assert.deepEqual(shown(), ['takeout:1', 900, 'takeout']);
      gone('takeout', row);
      assert.deepEqual(shown(), ['picked:1', 700, 'picker']);
      gone('picker', row);
      assert.deepEqual(shown(), ['google', 500, 'app']);
      gone('app', row);
      assert.deepEqual(items(), []);
      put('takeout', archived());
      assert.deepEqual([item().rowId, item().name, ...shown()], [row, NAME, 'takeout:1', 900, 'takeout']);
    }));

  it('are described by Google where Google lists the item, else by the source that has it', () =>
    withSources(({ put, gone, view, item }) => {
      const words = (): string | undefined => {
        const reader = view();
        const details = reader.details(item().rowId);
        reader.close();
        return details && `${details.description} ${details.productUrl}`;
      };
      const [row = 0] = put('takeout', archived());
      assert.equal(words(), 'of the archive ');
      put('app', google({ description: 'of Google' }));
      assert.equal(words(), 'of Google https://photos.google.com/lr/photo/google');
      put('takeout', archived({ description: 'another export' }));
      assert.equal(words(), 'of Google https://photos.google.com/lr/photo/google');
      gone('app', row);
      put('takeout', archived({ description: 'another export' }));
      assert.match(words() ?? '', /^another export/);
    }));

  it('stay two items where it is not certain that they are one', () => {
    const doubts: [string, SourceItem[], SourceItem][] = [
      ['another second', [google()], archived({ creationTime: Date.parse(NOON) + 1000 })],
      ['another file name', [google()], archived({ filename: 'IMG_2.jpg' })],
      ['a video', [google()], archived({ kind: 'video' })],
      ['other pixels', [google()], archived({ width: 40 })],
      ['two namesakes of that second', [google(), google({ id: 'google2' as MediaId })], archived()],
    ];
    for (const [doubt, listed, other] of doubts) {
      withSources(({ put, items }) => {
        put('app', ...listed);
        put('takeout', other);
        assert.equal(items().length, listed.length + 1, doubt);
      });
    }
  });

  it('of two sources count in both, and as one item', () =>
    withSources(({ put, gone, writer }) => {
      const [row = 0] = put('app', google(), photo('other', NOON));
      put('takeout', archived());
      const { items, bytes, sources } = writer.counts();
      assert.deepEqual(
        { items, bytes, sources },
        { items: 2, bytes: 900, sources: { app: 2, upload: 0, picker: 0, takeout: 1 } },
      );
      gone('app', row);
      assert.deepEqual(writer.counts().sources, { app: 1, upload: 0, picker: 0, takeout: 1 });
      assert.equal(writer.counts().items, 2);
    }));

  it('keep their sizes apart: a measurement of one that is not shown changes what is shown later', () =>
    withSources(({ put, gone, item, writer }) => {
      const [row = 0] = put('app', google());
      put('takeout', archived());
      writer.transaction(() => writer.sizes.put([{ mediaId: 'google' as MediaId, size: 321 }]));
      assert.deepEqual([item().size, writer.sizes.worklist(10, 0)], [900, []]);
      gone('takeout', row);
      assert.equal(item().size, 321);
    }));

  it('are found by any of their ids', () =>
    withSources(({ put, view }) => {
      put('app', google());
      put('takeout', archived());
      const reader = view();
      for (const id of ['google', 'takeout:1']) assert.equal(reader.cachedItem(id as MediaId)?.mediaId, 'takeout:1');
      assert.equal(reader.cachedItem('picked:1' as MediaId), undefined);
      reader.close();
    }));
});

describe('an album that several sources list', () => {
  it('keeps the members of each, and goes with the last', () =>
    withSources(({ put, writer, view }) => {
      const [one = 0, two = 0] = put('app', photo('one', NOON), photo('two', NOON));
      const [three = 0] = put('takeout', { ...photo('takeout:3', NOON), size: 3 });
      const rome = album('A', 'Rome', 2);
      writer.transaction(() => {
        writer.albums.put([rome], 1);
        writer.albums.put([rome], 0, 'takeout');
      });
      const names = (): string[] => {
        const reader = view();
        const found = reader.albumById('A' as AlbumId);
        const members =
          found === undefined
            ? ['no album']
            : reader.listItems({ by: 'album', albumRowId: found.rowId }).map(({ name }) => name);
        reader.close();
        return members;
      };
      const row = writer.albums.all()[0]?.rowId ?? 0;
      writer.transaction(() => {
        setMembers(writer.albums, row, [one, two]);
        setMembers(writer.albums, row, [two, three], 'takeout');
      });
      assert.deepEqual(names().sort(), ['one.jpg', 'takeout:3.jpg', 'two.jpg']);
      writer.transaction(() => setMembers(writer.albums, row, [one]));
      assert.deepEqual(names().sort(), ['one.jpg', 'takeout:3.jpg', 'two.jpg'], 'the archive still lists the second');
      assert.deepEqual(writer.albums.members(row), [one]);
      writer.transaction(() => writer.albums.markGone([row]));
      assert.deepEqual(names().sort(), ['takeout:3.jpg', 'two.jpg']);
      assert.deepEqual([writer.albums.all(), writer.albums.unseen(7), writer.counts().appAlbums], [[], [], 0]);
      writer.transaction(() => writer.albums.markGone([row], 'takeout'));
      assert.deepEqual(names(), ['no album']);
    }));
});

describe('an item with an inode of its own', () => {
  it('an item with an inode of its own keeps it when another source joins, whichever copy is shown, and when it goes and returns', () =>
    withSources(({ file, put, gone, item }) => {
      const [row = 0] = put('upload', { ...google(), id: 'upload:1' as MediaId, size: 5 });
      const db = openSqlite(file);
      db.exec('UPDATE media_items SET inode = 4711');
      db.close();
      const inodes: (number | null)[] = [];
      const step = (change: () => unknown): void => {
        change();
        inodes.push(item().inode);
      };
      step(() => put('app', google()));
      step(() => put('takeout', archived()));
      step(() => put('app', google({ description: 'anew', width: 40 })));
      step(() => gone('upload', row));
      step(() => gone('takeout', row));
      gone('app', row);
      step(() => put('app', google()));
      assert.deepEqual(inodes, [4711, 4711, 4711, 4711, 4711, 4711]);
    }));

  it('has it in listings and look-ups; others have none there', () =>
    withSources(({ file, put, items, view }) => {
      put('app', photo('one', NOON), photo('two', NOON));
      const db = openSqlite(file);
      db.exec("UPDATE media_items SET inode = 4711 WHERE name = 'one.jpg'");
      db.close();
      const reader = view();
      const listed = reader.listItems({ by: 'all' }).map(({ name, inode }) => [name, inode]);
      reader.close();
      assert.deepEqual(listed.sort(), [
        ['one.jpg', 4711],
        ['two.jpg', undefined],
      ]);
      assert.deepEqual(
        items()
          .map(({ inode }) => inode)
          .sort(),
        [4711, null],
      );
    }));
});
