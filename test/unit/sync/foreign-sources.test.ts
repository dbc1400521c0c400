import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { CatalogWriter } from '../../../src/catalog/catalog-writer.js';
import type { MediaId } from '../../../src/library/media-item.js';
import { SOURCES, sourceOf } from '../../../src/library/source.js';
import { album, photo } from '../catalog/catalog-fixture.js';
import { withEngine, type EngineFixture } from './engine-fixture.js';
import { libraryOf } from './fake-library.js';

const HOUR = 3_600_000;
const OTHERS = SOURCES.filter(({ name }) => name !== 'app');
/** More than any limit by which syncing calls a library small. */
const OF_EACH = 2000;

function addForeign(catalog: CatalogWriter): void {
  for (const { name, prefix } of OTHERS) {
    catalog.transaction(() => {
      const items = Array.from({ length: OF_EACH }, (_, index) =>
        photo(`${prefix}${index}`, new Date(Date.UTC(2020, 0, 1) + index * HOUR).toISOString()),
      );
      const { rowIds } = catalog.items.put(items, 0, name);
      catalog.items.setFlag('favorite', 1, rowIds.slice(0, 20));
      const albums = Array.from({ length: 60 }, (_, index) => album(`${prefix}al${index}`, `${name} ${index}`, 1));
      catalog.albums.put(albums, 0, name);
    });
  }
}

/** Each request with what the engine says of its work then, and after each step the items of Google that are shown. */
async function played(hasForeign: boolean): Promise<unknown[]> {
  const library = libraryOf(40);
  library.albums = Array.from({ length: 6 }, (_, index) => album(`A${index}`, `Album ${index}`, 2));
  for (const { id } of library.albums) library.members.set(id, ['p1', 'p2']);
  for (const id of ['p3', 'p30']) library.favorites.add(id);
  for (const id of ['p4', 'p31']) library.archived.add(id);
  const seen: unknown[] = [];
  const play = async ({ engine, catalog, view, clock, rested, syncNow }: EngineFixture): Promise<void> => {
    library.intercept = ({ listing, page }) => {
      seen.push([listing, page, engine.passShare, engine.remainingWork()]);
      return undefined;
    };
    if (hasForeign) addForeign(catalog);
    const shown = (): void => {
      const names = view.listItems({ by: 'all' }).map(({ name }) => name);
      const items = names.flatMap((name) => view.findItem({ by: 'all' }, name) ?? []);
      const ofGoogle = items.filter(({ mediaId }) => sourceOf(mediaId).name === 'app').map(({ name }) => name);
      seen.push([ofGoogle, view.albums().filter(({ albumId }) => sourceOf(albumId).name === 'app').length]);
      seen.push(catalog.items.favorites().length, engine.lastError?.code);
    };
    await rested();
    shown();
    // A quarter is too much to be believed at once; a full pass soon after confirms it.
    library.items = library.items.slice(10);
    library.albums = library.albums.slice(2);
    await syncNow(true);
    shown();
    await clock.advance(3 * HOUR);
    shown();
    for (const id of ['p12', 'p13', 'p14', 'p15', 'p16', 'p17'] as MediaId[]) library.archived.add(id);
    await syncNow(true);
    shown();
    for (let day = 0; day < 3; day += 1) await clock.advance(24 * HOUR);
    shown();
  };
  await withEngine(library, play, { stretchFullPasses: true, parallel: 2 });
  return seen;
}

describe('syncing a catalog with items of other sources', () => {
  it('syncing makes the same requests, and says the same of its progress, with thousands of items of other sources as without', async () => {
    const without = await played(false);
    assert.ok(without.length > 200, `${without.length} requests and steps`);
    assert.deepEqual(await played(true), without);
  });
});
