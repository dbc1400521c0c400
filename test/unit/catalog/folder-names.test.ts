import { openSqlite } from '../../../src/sqlite/open-sqlite.js';
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { openCatalogWriter } from '../../../src/catalog/catalog-writer.js';
import { openCatalogView } from '../../../src/catalog/catalog-view.js';
import { OWN_NAMED, selectionSql } from '../../../src/catalog/selection-sql.js';
import type { CatalogView } from '../../../src/catalog/records.js';
import { Listing } from '../../../src/library/listing.js';
import type { MediaId } from '../../../src/library/media-item.js';
import type { SourceName } from '../../../src/library/source.js';
import { treeNames } from '../../../src/sync/tree-names.js';
import { fileSystemOver, MemoryContent } from '../../behaviour/memory-world.js';
import { album, photo, withCatalog, type Fixture, setMembers } from './catalog-fixture.js';

const NOON = '2024-01-01T12:00:00Z';
const MARKED = /^a~[a-z2-7]{6}\.jpg$/;

interface World extends Fixture {
  /** Row ids of a.jpg, b.jpg and c.jpg. */
  readonly rows: readonly [number, number, number];
  readonly rome: number;
  readonly members: (items: readonly number[], source?: SourceName) => void;
  readonly give: (item: number, name: string) => boolean;
  /** Names in the album, in its order. */
  readonly listed: () => string[];
  readonly see: <T>(look: (view: CatalogView) => T) => T;
}

/** An album Rome with a.jpg and b.jpg; c.jpg is in no album. */
function withRome(work: (world: World) => void): void {
  withCatalog((fixture) => {
    const writer = openCatalogWriter(fixture.file, { names: treeNames });
    const [a = 0, b = 0, c = 0] = writer.transaction(
      () => writer.items.put([photo('a', NOON), photo('b', NOON), photo('c', NOON)], 0).rowIds,
    );
    writer.transaction(() => writer.albums.put([album('A', 'Rome', 2)], 1));
    const rome = writer.albums.all()[0]?.rowId ?? 0;
    const members = (items: readonly number[], source?: SourceName): void => {
      writer.transaction(() => setMembers(writer.albums, rome, items, source));
    };
    members([a, b]);
    const see = <T>(look: (view: CatalogView) => T): T => {
      const view = openCatalogView(fixture.file, { showArchived: false });
      try {
        return look(view);
      } finally {
        view.close();
      }
    };
    try {
      work({
        ...{ ...fixture, writer, rows: [a, b, c], rome, members, see },
        give: (item, name) => writer.transaction(() => writer.folderNames.give(rome, item, name)),
        listed: () => see((view) => view.listItems({ by: 'album', albumRowId: rome }).map(({ name }) => name)),
      });
    } finally {
      writer.close();
    }
  });
}

describe('an entry of an album folder that has a name of its own', () => {
  it('an entry with a name of its own is listed and found under it in that album, and under the item’s name elsewhere', () =>
    withRome(({ rows: [a], rome, give, listed, see }) => {
      assert.equal(give(a, 'Evening.jpg'), true);
      assert.deepEqual(listed(), ['Evening.jpg', 'b.jpg']);
      see((view) => {
        const inRome = { by: 'album', albumRowId: rome } as const;
        const found = view.findItem(inRome, 'Evening.jpg');
        assert.deepEqual([found?.rowId, found?.name], [a, 'Evening.jpg']);
        assert.equal(view.findItem(inRome, 'a.jpg'), undefined);
        assert.equal(view.findItem(inRome, 'evening.jpg'), undefined, 'names are exact');
        assert.equal(view.findItem({ by: 'all' }, 'a.jpg')?.rowId, a);
        assert.equal(view.findItem({ by: 'all' }, 'Evening.jpg'), undefined);
        assert.deepEqual(
          view
            .listItems({ by: 'all' })
            .map(({ name }) => name)
            .sort(),
          ['a.jpg', 'b.jpg', 'c.jpg'],
        );
      });
    }));

  it('an entry with a name of its own has on a mount the inode, link count and bytes of the item, under both names', () =>
    withRome(({ rows: [a], writer, give, see }) => {
      writer.transaction(() => writer.sizes.put([{ mediaId: 'a' as MediaId, size: 3 }]));
      const links = (path: string): unknown[] =>
        see((view) => {
          const files = fileSystemOver(view, new MemoryContent({}), [], { showArchived: false });
          const attributes = files.getattr(path);
          assert.ok(!(attributes instanceof Promise));
          return [attributes.inode, attributes.links, attributes.size];
        });
      const before = links('/album/Rome/a.jpg');
      give(a, 'Evening.jpg');
      assert.deepEqual(links('/album/Rome/Evening.jpg'), before);
      assert.deepEqual(links('/media/all/a.jpg'), before);
      assert.throws(() => links('/album/Rome/a.jpg'), /does not exist/);
    }));

  it('an entry with a name of its own keeps it while Google lists the item, moves it in the album and describes it anew', () =>
    withRome(({ writer, rows: [a, b, c], members, give, listed }) => {
      writer.transaction(() => writer.albums.put([album('A', 'Rome', 2)], 0, 'upload'));
      members([c], 'upload');
      assert.equal(give(c, 'what I called it.jpg'), true);
      members([a, b, c]);
      members([c, b, a]);
      writer.transaction(() => writer.items.put([photo('c', NOON, { filename: 'other.jpg', description: 'new' })], 0));
      assert.deepEqual(listed(), ['what I called it.jpg', 'b.jpg', 'a.jpg']);
      members([], 'upload');
      assert.deepEqual(listed(), ['what I called it.jpg', 'b.jpg', 'a.jpg']);
      members([b, a]);
      assert.deepEqual(listed(), ['b.jpg', 'a.jpg'], 'the entry is gone with its name');
    }));

  it('an entry does not get a name that another entry of the folder has, be it the item’s or its own, and only the spelling counts', () =>
    withRome(({ rows: [a, b, c], give, listed }) => {
      assert.equal(give(a, 'b.jpg'), false);
      assert.equal(give(a, 'x.jpg'), true);
      assert.equal(give(b, 'x.jpg'), false);
      assert.equal(give(b, 'X.jpg'), true);
      assert.equal(give(a, 'c.jpg'), true, 'an item that is not in the album takes no name there');
      assert.equal(give(c, 'y.jpg'), false, 'no entry, no name');
      assert.deepEqual(listed(), ['c.jpg', 'X.jpg']);
    }));

  it('an entry gets the item’s name back, and then has none of its own, unless another entry took that name', () =>
    withRome(({ file, rows: [a, b], give, listed }) => {
      give(a, 'x.jpg');
      assert.equal(give(b, 'a.jpg'), true);
      assert.equal(give(a, 'a.jpg'), false);
      assert.equal(give(b, 'b.jpg'), true);
      assert.equal(give(a, 'a.jpg'), true);
      assert.deepEqual(listed(), ['a.jpg', 'b.jpg']);
      const db = openSqlite(file, { readonly: true });
      assert.equal(db.prepare('SELECT count(*) FROM album_items WHERE name IS NOT NULL').pluck().get(), 0);
      db.close();
    }));

  it('an item that comes to an album where its name was given to another entry gets a mark there, and keeps it', () =>
    withRome(({ writer, rows: [a, b, c], members, give, listed, see }) => {
      give(b, 'c.jpg');
      members([a, b, c]);
      const [, , marked = ''] = listed();
      assert.match(marked, /^c~[a-z2-7]{6}\.jpg$/);
      assert.equal(
        see((view) => view.findItem({ by: 'all' }, 'c.jpg')?.rowId),
        c,
      );
      assert.equal(give(b, 'b.jpg'), true);
      writer.transaction(() => writer.items.put([photo('c', NOON, { description: 'new' })], 0));
      assert.deepEqual(listed(), ['a.jpg', 'b.jpg', marked]);
    }));

  it('an item that returns to the library gets a mark in the album where its name was given away meanwhile', () =>
    withRome(({ writer, rows: [a, b], give, listed }) => {
      writer.transaction(() => {
        writer.items.markGone([a]);
      });
      assert.equal(give(b, 'a.jpg'), true, 'what nobody sees takes no name');
      writer.transaction(() => writer.items.put([photo('a', NOON)], 0));
      const [first = '', second] = listed();
      assert.match(first, MARKED);
      assert.equal(second, 'a.jpg');
    }));

  it('an item that returns to the library gets a mark in the album where the name that it had of its own was given away meanwhile', () =>
    withRome(({ writer, rows: [a, b], give, listed }) => {
      give(a, 'x.jpg');
      writer.transaction(() => {
        writer.items.markGone([a]);
      });
      assert.equal(give(b, 'x.jpg'), true);
      writer.transaction(() => writer.items.put([photo('a', NOON)], 0));
      const [first = '', second] = listed();
      assert.match(first, /^x~[a-z2-7]{6}\.jpg$/);
      assert.equal(second, 'x.jpg');
    }));

  it('an entry that gets another name moves the time of that album, and of no other folder', () =>
    withRome(({ file, rows: [a], rome, give }) => {
      const times = (): Map<string, number> => {
        const db = openSqlite(file, { readonly: true });
        const rows = db.prepare('SELECT listing, with_archived FROM folder_times').raw().all() as [string, number][];
        db.close();
        return new Map(rows);
      };
      const before = times();
      const moved = (): string[] => [...times()].filter(([key, time]) => before.get(key) !== time).map(([key]) => key);
      give(a, 'a.jpg');
      assert.deepEqual(moved(), []);
      give(a, 'x.jpg');
      assert.deepEqual(moved(), [Listing.album(rome)]);
    }));

  it('what follows an entry in name order goes by the names in that folder', () =>
    withRome(({ rows: [a, b, c], rome, members, give, see }) => {
      members([a, b, c]);
      give(a, 'x.jpg');
      const after = (id: string): string[] =>
        see((view) =>
          view.following({ by: 'album', albumRowId: rome }, id as MediaId, 'name', 9).map(({ name }) => name),
        );
      assert.deepEqual(after('b'), ['c.jpg', 'x.jpg']);
      assert.deepEqual(after('a'), []);
      give(c, 'A.jpg');
      assert.deepEqual(after('c'), ['b.jpg', 'x.jpg']);
    }));

  it('a listing of an album is one search of one index, and a look-up of a name two searches', () =>
    withRome(({ file }) => {
      const db = openSqlite(file, { readonly: true });
      const plan = (sql: string): string[] =>
        (
          db.prepare(`EXPLAIN QUERY PLAN ${sql}`).all(Array.from(sql.matchAll(/\?/g), () => 0)) as { detail: string }[]
        ).map(({ detail }) => detail);
      const { from, where, order, name } = selectionSql('album', false);
      assert.deepEqual(plan(`SELECT i.id, ${name} FROM ${from} WHERE ${where} ORDER BY ${order}`), [
        'SEARCH m USING COVERING INDEX album_items_order (album=?)',
        'SEARCH i USING INTEGER PRIMARY KEY (rowid=?)',
      ]);
      assert.deepEqual(plan(`SELECT i.id FROM ${OWN_NAMED} AND m.name = ?`), [
        'SEARCH m USING COVERING INDEX album_items_name (album=? AND name=?)',
        'SEARCH i USING INTEGER PRIMARY KEY (rowid=?)',
      ]);
      db.close();
    }));
});

describe('the mark that keeps namesakes apart', () => {
  it('the mark of an item that has no id of Google stays when Google lists the item later', () =>
    withCatalog(({ file }) => {
      const catalog = openCatalogWriter(file, { names: treeNames });
      const put = (source: SourceName, id: string, time: string): number | undefined =>
        catalog.transaction(() => catalog.items.put([photo(id, time, { filename: 'a.jpg' })], 0, source).rowIds[0]);
      const names = (): string[] => {
        const view = openCatalogView(file, { showArchived: false });
        const found = view.listItems({ by: 'all' }).map(({ name }) => name);
        view.close();
        return found;
      };
      try {
        put('app', 'first', NOON);
        const row = put('upload', 'upload:1', '2024-01-02T12:00:00Z');
        const before = names();
        assert.match(before[0] ?? '', MARKED);
        assert.equal(put('app', 'an id of Google', '2024-01-02T12:00:00Z'), row, 'it is that item');
        assert.deepEqual(names(), before);
        catalog.transaction(() => {
          catalog.items.markGone([row ?? 0], 'upload');
        });
        assert.deepEqual(names(), before);
      } finally {
        catalog.close();
      }
    }));
});
