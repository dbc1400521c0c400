import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { noteDamage } from '../../../src/catalog/catalog-damage.js';
import { openCatalogView } from '../../../src/catalog/catalog-view.js';
import { prepareCatalog } from '../../../src/catalog/rebuild-catalog.js';
import { selectionSql, type SelectionBy } from '../../../src/catalog/selection-sql.js';
import { UTC } from '../../../src/library/calendar.js';
import type { ItemSelection } from '../../../src/library/item-selection.js';
import { ItemGroups } from '../../../src/pins/item-groups.js';
import { openSqlite } from '../../../src/sqlite/open-sqlite.js';
import { album, plainNames, withCatalog } from './catalog-fixture.js';
import { takeoutId, takeoutItem } from './takeout-rows.js';

describe('queries for items of Takeout', () => {
  it('a listing of any selection is a walk of one index in its order, without sorting, with archived items and without', () =>
    withCatalog(({ file }) => {
      const db = openSqlite(file, { readonly: true });
      const indexes: Readonly<Partial<Record<SelectionBy, string>>> = {
        all: 'SCAN i USING INDEX items_created',
        created: 'SEARCH i USING INDEX items_created (creation_time>? AND creation_time<?)',
        kind: 'SEARCH i USING INDEX items_kind (kind=?)',
        camera: 'SEARCH i USING INDEX items_camera (camera=?)',
        favorite: 'SCAN i USING INDEX items_favorite',
        'not-in-album': 'SCAN i USING INDEX items_loose',
        shelf: 'SEARCH i USING INDEX items_shelved (archived=?)',
        'in-people': 'SCAN i USING INDEX items_in_people',
        person: 'SEARCH p USING COVERING INDEX item_people_order (person=?)',
        album: 'SEARCH m USING COVERING INDEX album_items_order (album=?)',
      };
      for (const [by, index] of Object.entries(indexes)) {
        for (const showArchived of [false, true]) {
          const { from, where, order, name } = selectionSql(by as SelectionBy, showArchived);
          const sql = `SELECT i.id, ${name} FROM ${from} WHERE ${where} ORDER BY ${order}`;
          const values = Array.from(sql.matchAll(/\?/g), () => 0);
          const plan = db.prepare(`EXPLAIN QUERY PLAN ${sql}`).all(values) as { detail: string }[];
          const steps = plan.map(({ detail }) => detail);
          assert.equal(steps[0], index, by);
          const joined = by === 'person' || by === 'album' ? ['SEARCH i USING INTEGER PRIMARY KEY (rowid=?)'] : [];
          assert.deepEqual(steps.slice(1), joined, by);
        }
      }
      db.close();
    }));

  it('what follows an item in a person’s folder or on a shelf is found by name and in the order of the listing', () =>
    withCatalog(({ writer, view }) => {
      writer.transaction(() =>
        writer.takeout.put(
          ['c', 'a', 'b', 'd'].flatMap((key, index) => [
            takeoutItem(key, { people: ['Anna'] }, `202${4 - index}-01-01T00:00:00Z`),
            takeoutItem(`x${key}`, { shelf: 'trashed', people: ['Anna'] }, `202${4 - index}-01-01T00:00:00Z`),
          ]),
        ),
      );
      const reader = view();
      const after = (selection: ItemSelection, id: string, order: 'name' | 'listing'): string[] =>
        reader.following(selection, takeoutId(id), order, 9).map(({ name }) => name);
      const person: ItemSelection = { by: 'person', personRowId: 1 };
      assert.deepEqual(after(person, 'a', 'name'), ['b.jpg', 'c.jpg', 'd.jpg']);
      assert.deepEqual(after(person, 'a', 'listing'), ['b.jpg', 'd.jpg']);
      const trash: ItemSelection = { by: 'shelf', shelf: 'trashed' };
      assert.deepEqual(after(trash, 'xa', 'name'), ['xb.jpg', 'xc.jpg', 'xd.jpg']);
      assert.deepEqual(after(trash, 'xa', 'listing'), ['xb.jpg', 'xd.jpg']);
    }));

  it('a pin of a person, of people/, of a shelf, of feature/ or of everything keeps what stands there, and nothing hidden', () =>
    withCatalog(({ writer, file }) => {
      writer.transaction(() =>
        writer.takeout.put([
          takeoutItem('anna', { people: ['Anna'] }),
          takeoutItem('otto', { people: ['Otto'], favorite: true }),
          takeoutItem('old', { shelf: 'archived', people: ['Otto'] }),
          takeoutItem('trash', { shelf: 'trashed', people: ['Otto'] }),
          takeoutItem('locked', { shelf: 'locked', people: ['Otto'] }),
        ]),
      );
      for (const showLocked of [false, true]) {
        const catalog = openCatalogView(file, { showArchived: false, showLocked });
        const groups = new ItemGroups({ catalog, root: '', nestedAlbums: false });
        const kept = (path: string): string[] | undefined => {
          const group = groups.find(path);
          return (
            group &&
            groups
              .items([group])
              .map(({ name }) => name.replace('.jpg', ''))
              .sort()
          );
        };
        const locked = showLocked ? ['locked'] : [];
        assert.deepEqual(kept('/people/Anna'), ['anna']);
        assert.deepEqual(kept('/people'), ['anna', 'otto']);
        assert.deepEqual(kept('/feature/archive'), ['old']);
        assert.deepEqual(kept('/feature'), [...locked, 'old', 'otto']);
        assert.deepEqual(kept('/'), ['anna', ...locked, 'old', 'otto']);
        assert.deepEqual(kept('/media'), ['anna', 'otto']);
        assert.deepEqual(kept('/feature/trash'), undefined);
        assert.deepEqual(kept('/feature/locked'), showLocked ? ['locked'] : undefined);
        catalog.close();
      }
    }));

  it('a damaged catalog is replaced by one in which locked items are locked, parts are no items, and people keep their inodes', () =>
    withCatalog(({ writer, file }) => {
      const items = [
        takeoutItem('open', { people: ['Otto', 'Anna'] }),
        takeoutItem('locked', { shelf: 'locked', people: ['Secret'] }),
        takeoutItem('edited', { role: 'edited', belongsTo: takeoutId('open') }),
      ];
      writer.transaction(() => {
        writer.takeout.put(items);
        writer.takeout.putAlbum(album('takeout:A', 'Hidden'), [takeoutId('locked')]);
      });
      writer.close();
      noteDamage(file);
      const rebuilt = prepareCatalog(file, { names: plainNames, calendar: UTC, reserve: 0.3, now: () => 1 });
      assert.ok(rebuilt !== undefined);
      const view = openCatalogView(file, { showArchived: false });
      const names = view.listItems({ by: 'all' }).map(({ name }) => name);
      assert.deepEqual([names.sort(), view.albums(), view.counts().items], [['edited.jpg', 'open.jpg'], [], 1]);
      view.close();
      const db = openSqlite(file);
      assert.deepEqual(db.prepare('SELECT id, name FROM people ORDER BY id').raw().all(), [
        [1, 'Otto'],
        [2, 'Anna'],
        [3, 'Secret'],
      ]);
      assert.deepEqual(db.prepare('SELECT archived FROM media_items WHERE name = ?').pluck().get('locked.jpg'), 3);
      db.close();
    }));
});
