import assert from 'node:assert/strict';
import type { CatalogWriter } from '../../src/catalog/catalog-writer.js';
import type { SourceItem } from '../../src/catalog/item-store.js';
import type { AlbumId } from '../../src/library/album.js';
import type { MediaId } from '../../src/library/media-item.js';
import type { Shelf } from '../../src/library/shelf.js';
import { openSqlite, type Database } from '../../src/sqlite/open-sqlite.js';
import { SOURCES, sourceNamed, sourceOf } from '../../src/library/source.js';
import type { EmulatedLibrary } from '../emulator/emulated-library.js';
import { setMembers } from '../unit/catalog/catalog-fixture.js';

const OTHERS = SOURCES.filter(({ name }) => name !== 'app');
const APP = sourceNamed('app').bit;

/**
 * Items, albums and copies of every source but Google's listing, in a catalog that syncs with Google: what must stay as it is,
 * whatever Google lists.
 */
export class ForeignRows {
  readonly #db: Database;
  /** Rows of items that only other sources have, by id of the copy. */
  readonly #own = new Map<string, unknown>();
  /** Copies of photographs that Google has as well. */
  readonly #copies = new Map<string, unknown>();
  readonly #albums = new Map<string, unknown>();

  constructor(file: string) {
    this.#db = openSqlite(file, { readonly: true });
  }

  /** Adds items of their own, albums of them, flags, and one item that is gone. */
  add(catalog: CatalogWriter, round: number): void {
    for (const { name, prefix } of OTHERS) {
      const items = Array.from({ length: 4 }, (_, index) =>
        described(`${prefix}own${round}-${index}`, `${name}_${index}.jpg`, Date.UTC(2021, round, index + 1)),
      );
      catalog.transaction(() => {
        const { rowIds } = catalog.items.put(items, 0, name);
        const [gone, archived, favorite] = rowIds;
        if (gone === undefined || archived === undefined || favorite === undefined) throw new Error('no rows');
        catalog.items.markGone([gone], name);
        catalog.items.setFlag('archived', 1, [archived]);
        catalog.items.setFlag('favorite', 1, [favorite]);
        const id = `${prefix}album${round}` as AlbumId;
        const album = { id, title: 'Album 1', productUrl: '', isWriteable: false, mediaItemsCount: 3 };
        catalog.albums.put([album], 0, name);
      });
      catalog.transaction(() => {
        const album = this.#album(`${prefix}album${round}`) as { id: number };
        setMembers(
          catalog.albums,
          album.id,
          items.map(({ id }) => this.#itemOf(id)),
          name,
        );
      });
      const read = name === 'takeout' ? this.#shelved(catalog, round) : [];
      for (const { id } of [...items, ...read]) this.#own.set(id, this.#item(this.#itemOf(id)));
      this.#albums.set(`${prefix}album${round}`, this.#album(`${prefix}album${round}`));
    }
  }

  /** An item on each shelf that Takeout knows, with people. */
  #shelved(catalog: CatalogWriter, round: number): SourceItem[] {
    const shelves: readonly Shelf[] = ['shown', 'archived', 'trashed', 'locked'];
    const items = shelves.map((shelf, index) => ({
      ...described(`takeout:${shelf}${round}`, `${shelf}.jpg`, Date.UTC(2021, round, index + 10)),
      ...{ shelf, favorite: index % 2 === 0, people: ['Anna', shelf] },
    }));
    catalog.transaction(() => catalog.takeout.put(items));
    return items;
  }

  /** Adds copies of photographs that Google has, before or after they are listed. */
  join(catalog: CatalogWriter, library: EmulatedLibrary, round: number): void {
    const items = [...library.items()];
    OTHERS.forEach(({ name, prefix }, index) => {
      const same = items
        .filter((_, place) => place % 9 === index + round * 3)
        .map((item) => ({
          ...described(`${prefix}copy-${item.id}`, item.filename, item.time),
          kind: item.kind,
        }));
      catalog.transaction(() => catalog.items.put(same, 0, name));
      for (const { id } of same) this.#copies.set(id, this.#copy(id));
    });
  }

  /** Whether a request about this copy may go to Google. */
  static mayAsk(id: MediaId): boolean {
    return sourceOf(id).name === 'app';
  }

  /** Google's id of an item, where Google lists it. */
  appId(rowId: number): string | undefined {
    return this.#db
      .prepare(`SELECT media_id FROM copies WHERE item = ? AND source = ${APP} AND gone = 0`)
      .pluck()
      .get(rowId) as string | undefined;
  }

  assertUnchanged(): void {
    for (const [id, row] of this.#own) assert.deepEqual(this.#item(this.#itemOf(id)), row, `the item of ${id}`);
    for (const [id, row] of this.#copies) {
      assert.deepEqual(this.#copy(id), row, `the copy ${id}`);
      const item = this.#item(this.#itemOf(id)) as { gone: number; media_id: string };
      assert.equal(item.gone, 0, `the item of ${id} is there`);
      assert.notEqual(sourceOf(item.media_id as MediaId).name, 'app', `${id} is shown, or a better one`);
    }
    for (const [id, row] of this.#albums) assert.deepEqual(this.#album(id), row, `the album ${id}`);
  }

  close(): void {
    this.#db.close();
  }

  #itemOf(id: string): number {
    return this.#db.prepare('SELECT item FROM copies WHERE media_id = ?').pluck().get(id) as number;
  }

  #item(rowId: number): unknown {
    return this.#db.prepare('SELECT * FROM media_items WHERE id = ?').get(rowId);
  }

  #copy(id: string): unknown {
    return this.#db.prepare('SELECT * FROM copies WHERE media_id = ?').get(id);
  }

  #album(id: string): unknown {
    const album = this.#db.prepare('SELECT * FROM albums WHERE album_id = ?').get(id) as { id: number } | undefined;
    const members = this.#db.prepare('SELECT * FROM album_items WHERE album = ? ORDER BY item').all(album?.id);
    return { ...album, members };
  }
}

function described(id: string, filename: string, creationTime: number): SourceItem {
  return {
    id: id as MediaId,
    kind: 'photo',
    filename,
    description: `of ${id}`,
    productUrl: '',
    mimeType: 'image/jpeg',
    creationTime,
    creationTimeText: new Date(creationTime).toISOString(),
    size: 1000 + id.length,
    etag: `etag of ${id}`,
  };
}
