import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { openCatalogView } from '../../src/catalog/catalog-view.js';
import { openCatalogWriter, type CatalogWriter } from '../../src/catalog/catalog-writer.js';
import { createFileSystem } from '../../src/filesystem/create-file-system.js';
import type { Attributes, FileSystem } from '../../src/filesystem/file-system.js';
import type { AlbumId } from '../../src/library/album.js';
import type { MediaId, MediaItem } from '../../src/library/media-item.js';
import type { Shelf } from '../../src/library/shelf.js';
import { systemClock } from '../../src/support/clock.js';
import { treeNames } from '../../src/sync/tree-names.js';
import { MemoryContent } from '../behaviour/memory-world.js';
import { SEED, SEED_NOTE, share } from '../support/chance.js';
import { setMembers } from '../unit/catalog/catalog-fixture.js';
import { takeoutId, takeoutItem } from '../unit/catalog/takeout-rows.js';

const TIMES = ['1969-12-31T23:59:59Z', '2023-12-31T23:59:59Z', '2024-01-01T00:00:00Z', '2024-02-29T12:00:00Z'];
const TITLES = ['Rome', 'Trips', 'Trips/Oslo', 'Trips/Oslo/Harbour', 'Far/Away', 'i0.jpg'];
const ROOTS = [
  ...['', 'media', 'media/all', 'media/photos', 'media/by-month', 'media/by-month/2024', 'media/by-day/2023'],
  ...[
    'media/by-camera',
    'media/by-camera/ACME One',
    'media/not-in-album',
    'feature',
    'feature/favorites',
    'feature/archive',
    'feature/locked',
  ],
  ...['people', 'people/Anna', 'album'],
  ...['album/Rome', 'album/Trips', 'album/Far', 'album:a2', 'album:a4'],
];

/** What Takeout says of an item of its own. */
interface TakeoutState {
  readonly shelf: Shelf;
  readonly favorite: boolean;
  readonly people: readonly string[];
  readonly inRome: boolean;
  readonly gone: boolean;
}

interface ItemState {
  readonly time: string;
  readonly video: boolean;
  readonly camera: boolean;
  readonly archived: boolean;
  readonly favorite: boolean;
  readonly gone: boolean;
}

/** Members by index of the item; undefined: an album that is gone. */
type AlbumState = readonly number[] | undefined;

interface LibraryState {
  readonly items: readonly ItemState[];
  readonly albums: readonly AlbumState[];
  /** The second is the moving part of the first; the third joins the first item of Google where they have one date. */
  readonly takeout: readonly TakeoutState[];
}

const ITEMS = 6;

const aState: fc.Arbitrary<LibraryState> = fc.record({
  items: fc.array(
    fc.record({
      time: fc.constantFrom(...TIMES),
      video: fc.boolean(),
      camera: fc.boolean(),
      archived: fc.boolean(),
      favorite: fc.boolean(),
      gone: fc.nat(5).map((one) => one === 0),
    }),
    { minLength: ITEMS, maxLength: ITEMS },
  ),
  albums: fc.array(fc.option(fc.subarray(Array.from({ length: ITEMS }, (_, index) => index)), { nil: undefined }), {
    minLength: TITLES.length,
    maxLength: TITLES.length,
  }),
  takeout: fc.array(
    fc.record({
      shelf: fc.constantFrom<Shelf>('shown', 'archived', 'trashed', 'locked'),
      favorite: fc.boolean(),
      people: fc.subarray(['Anna', 'Otto']),
      inRome: fc.boolean(),
      gone: fc.nat(5).map((one) => one === 0),
    }),
    { minLength: 4, maxLength: 4 },
  ),
});

/** Makes the catalog hold this, through the calls that sync makes. */
function write(catalog: CatalogWriter, { items, albums, takeout }: LibraryState): void {
  catalog.transaction(() => {
    catalog.takeout.put(
      takeout.map(({ shelf, favorite, people }, index) =>
        takeoutItem(
          `t${index}`,
          {
            ...{ shelf, favorite, people },
            ...(index === 1 ? { role: 'moving', belongsTo: takeoutId('t0'), mimeType: 'video/mp4' } : {}),
            ...(index === 2 ? { filename: 'i0.jpg' } : {}),
          },
          TIMES[1],
        ),
      ),
    );
    const held = takeout.flatMap(({ inRome }, index) => (inRome ? [takeoutId(`t${index}`)] : []));
    catalog.takeout.putAlbum({ ...noAlbum, id: 'takeout:a' as AlbumId, title: 'Rome' }, held);
    catalog.takeout.remove(takeout.flatMap(({ gone }, index) => (gone ? [takeoutId(`t${index}`)] : [])));
  });
  catalog.transaction(() => {
    const rows = catalog.items.put(items.map(mediaItem), 0).rowIds;
    const rowOf = (index: number): number => rows[index] ?? 0;
    const all = items.map((state, index) => ({ ...state, row: rowOf(index) }));
    for (const flag of ['archived', 'favorite'] as const)
      for (const value of [0, 1] as const)
        catalog.items.setFlag(
          flag,
          value,
          all.filter((item) => item[flag] === (value === 1)).map(({ row }) => row),
        );
    catalog.albums.put(
      TITLES.map((title, index) => ({ ...noAlbum, id: `a${index}` as AlbumId, title })),
      0,
    );
    const albumRows = new Map(catalog.albums.all().map(({ albumId, rowId }) => [albumId as string, rowId]));
    albums.forEach((members, index) => {
      const row = albumRows.get(`a${index}`) ?? 0;
      setMembers(catalog.albums, row, (members ?? []).map(rowOf));
      if (members === undefined) catalog.albums.markGone([row]);
    });
    catalog.items.markGone(all.filter(({ gone }) => gone).map(({ row }) => row));
    catalog.sizes.put(items.map((_, index) => ({ mediaId: `m${index}` as MediaId, size: 1000 })));
  });
}

const noAlbum = { productUrl: '', mediaItemsCount: 0, isWriteable: false };

function mediaItem({ time, video, camera }: ItemState, index: number): MediaItem {
  return {
    id: `m${index}` as MediaId,
    kind: video ? 'video' : 'photo',
    filename: `i${index}.jpg`,
    description: '',
    productUrl: '',
    mimeType: video ? 'video/mp4' : 'image/jpeg',
    creationTime: Date.parse(time),
    creationTimeText: time,
    ...(video ? { videoStatus: 'READY' as const } : {}),
    ...(camera ? { cameraMake: 'ACME', cameraModel: 'One' } : {}),
  };
}

/** Attributes of every file below the root of the mount, by path. */
async function filesBelow(fs: FileSystem, folder: string): Promise<Map<string, Attributes>> {
  const found = new Map<string, Attributes>();
  for (const { name, kind, inode } of await fs.readdir(folder === '' ? '/' : folder)) {
    const path = `${folder}/${name}`;
    const attributes = await fs.getattr(path);
    assert.equal(attributes.inode, inode, path);
    assert.notEqual(inode, 0, path);
    if (kind === 'file') found.set(path, attributes);
    else for (const [below, file] of await filesBelow(fs, path)) found.set(below, file);
  }
  return found;
}

/** What is wrong with the link counts: one line a file. */
async function wrongLinks(fs: FileSystem): Promise<string[]> {
  const files = await filesBelow(fs, '');
  const names = new Map<number, number>();
  for (const { inode } of files.values()) names.set(inode, (names.get(inode) ?? 0) + 1);
  return [...files]
    .filter(([, { inode, links }]) => names.get(inode) !== links)
    .map(([path, { inode, links }]) => `${path}: ${links} links, ${names.get(inode)} names`);
}

/** Everything is there, so that every root is. */
const FULL: LibraryState = {
  items: Array.from({ length: ITEMS }, (_, index) => ({
    time: TIMES[index % TIMES.length] ?? '',
    video: index === 1,
    camera: index > 1,
    archived: false,
    favorite: index === 2,
    gone: false,
  })),
  albums: TITLES.map((_, index) => [...new Set([2, index % 5])]),
  takeout: (['shown', 'shown', 'archived', 'locked'] as const).map((shelf) => ({
    ...{ shelf, favorite: false, people: ['Anna'], inRome: true, gone: false },
  })),
};

/** Libraries for each root. */
const RUNS = share(100);

describe('the link count of a file', () => {
  for (const root of ROOTS) {
    it(`the link count of a file is the number of its names below ${root || 'the whole tree'}, in any library, before and after any change (${RUNS} libraries, ${SEED_NOTE})`, async () => {
      const anOption = fc.record({
        showArchived: fc.boolean(),
        nestedAlbums: root === 'album/Far' ? fc.constant(true) : fc.boolean(),
        showTrashed: fc.boolean(),
        showLocked: root === 'feature/locked' ? fc.constant(true) : fc.boolean(),
      });
      let most = 0;
      await withCatalogFile(async (file, catalog) => {
        await fc.assert(
          fc.asyncProperty(aState, fc.array(aState, { maxLength: 3 }), anOption, async (first, later, options) => {
            write(catalog, first);
            const view = openCatalogView(file, options);
            try {
              const fs = mountedOr(() => write(catalog, FULL), view, { ...options, root });
              for (const state of [undefined, ...later, FULL]) {
                if (state !== undefined) write(catalog, state);
                assert.deepEqual(await wrongLinks(fs), []);
              }
              for (const { links } of (await filesBelow(fs, '')).values()) most = Math.max(most, links);
            } finally {
              view.close();
            }
          }),
          { seed: SEED, numRuns: RUNS, includeErrorInReport: true },
        );
      });
      assert.ok(most >= (root === '' ? 9 : 1), `no file had more than ${most} names`);
    });
  }
});

/** Mounts the root; where the library does not have it, after `fill` has put it there. */
function mountedOr(
  fill: () => void,
  view: ReturnType<typeof openCatalogView>,
  options: { readonly root: string; readonly nestedAlbums: boolean },
): FileSystem {
  try {
    return overCatalog(view, options);
  } catch {
    fill();
    return overCatalog(view, options);
  }
}

async function withCatalogFile(use: (file: string, catalog: CatalogWriter) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'gphotos-mount-links-'));
  const file = join(folder, 'catalog.db');
  const catalog = openCatalogWriter(file, { names: treeNames });
  try {
    await use(file, catalog);
  } finally {
    catalog.close();
    rmSync(folder, { recursive: true });
  }
}

function overCatalog(
  catalog: ReturnType<typeof openCatalogView>,
  { root, nestedAlbums }: { readonly root: string; readonly nestedAlbums: boolean },
): FileSystem {
  const content = new MemoryContent({});
  return createFileSystem({
    catalog,
    sizes: content,
    content,
    documents: { readme: () => 'read me', status: () => '{}' },
    ownership: { uid: 0, gid: 0, umask: 0 },
    root,
    nestedAlbums,
    attrTimeoutMs: 1000,
    readOnly: true,
    clock: systemClock,
    report: () => undefined,
  });
}
