import type { Database } from '../../../src/sqlite/open-sqlite.js';
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { openCatalogView } from '../../../src/catalog/catalog-view.js';
import { openCatalogWriter, type CatalogWriter } from '../../../src/catalog/catalog-writer.js';
import { treeNames } from '../../../src/sync/tree-names.js';
import { fileSystemOver, MemoryContent } from '../../behaviour/memory-world.js';
import { photo } from './catalog-fixture.js';
import { oldCatalog } from './old-catalog.js';

const UPGRADE = Date.parse('2026-03-01T00:00:00Z');
const LATER = UPGRADE + 60_000;
const at = (text: string): number => Date.parse(text);

function withOldCatalog(work: (file: string, db: Database) => void): void {
  const folder = mkdtempSync(join(tmpdir(), 'migration-'));
  try {
    const file = join(folder, 'catalog.db');
    const db = oldCatalog(file);
    work(file, db);
    db.close();
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const open = (file: string, now: number): CatalogWriter =>
  openCatalogWriter(file, { names: treeNames, now: () => now });

/** Times of paths as a mount shows them. */
function timesOf(file: string, mount: { showArchived: boolean; nestedAlbums?: boolean }, paths: readonly string[]) {
  const view = openCatalogView(file, mount);
  const files = fileSystemOver(view, new MemoryContent({}), [], mount);
  try {
    return paths.map((path) => {
      const attributes = files.getattr(path);
      assert.ok(!(attributes instanceof Promise));
      assert.equal(attributes.mtime, attributes.ctime, path);
      return attributes.mtime;
    });
  } finally {
    view.close();
  }
}

const FAR = at('+012024-01-01T00:00:00Z');
/** Folders with the time of their newest item: in views without archived items, and with them. */
const SHOWN: readonly [path: string, withoutArchived: number, withArchived: number][] = [
  ['/', FAR, FAR],
  ['/media/all', FAR, FAR],
  ['/media/by-day', FAR, FAR],
  ['/album', FAR, FAR],
  ['/media/photos', at('2024-07-19T12:00:00Z'), at('2024-07-20T12:00:00Z')],
  ['/media/videos', FAR, FAR],
  ['/media/by-year/2024', at('2024-07-19T12:00:00Z'), at('2024-07-20T12:00:00Z')],
  ['/media/by-month/2024', at('2024-07-19T12:00:00Z'), at('2024-07-20T12:00:00Z')],
  ['/media/by-month/2024/2024-07', at('2024-07-19T12:00:00Z'), at('2024-07-20T12:00:00Z')],
  ['/media/by-day/2024/2024-07-18', at('2024-07-18T12:00:00Z'), at('2024-07-18T12:00:00Z')],
  ['/media/by-day/1969/1969-12-31', -1, -1],
  ['/media/by-camera/ACME One', -1, -1],
  ['/media/not-in-album', FAR, FAR],
  ['/feature/favorites', -1, at('2024-07-20T12:00:00Z')],
  // What was not there before: the folder of archived items, and so an entry of its parent.
  ['/feature', UPGRADE, UPGRADE],
  ['/feature/archive', UPGRADE, UPGRADE],
  ['/album/Full', at('2024-07-20T12:00:00Z'), at('2024-07-20T12:00:00Z')],
  ['/album/Empty', UPGRADE, UPGRADE],
];
const PATHS = SHOWN.map(([path]) => path);

describe('a catalog of version 1', () => {
  it('a catalog of version 1 keeps the times of its folders and files through the upgrade, and later openings', () =>
    withOldCatalog((file) => {
      for (const now of [UPGRADE, LATER]) {
        open(file, now).close();
        assert.deepEqual(
          timesOf(file, { showArchived: false }, PATHS),
          SHOWN.map(([, without]) => without),
        );
        assert.deepEqual(
          timesOf(file, { showArchived: true }, PATHS),
          SHOWN.map(([, , withArchived]) => withArchived),
        );
        assert.deepEqual(timesOf(file, { showArchived: false, nestedAlbums: true }, ['/album/Trips', '/album/Full']), [
          FAR,
          at('2024-07-20T12:00:00Z'),
        ]);
        assert.deepEqual(timesOf(file, { showArchived: false }, ['/media/all/plain.jpg']), [
          at('2024-07-19T12:00:00Z'),
        ]);
      }
    }));

  it('a catalog of version 1 moves the time of a folder with the first change of what it lists, and of no other', () =>
    withOldCatalog((file) => {
      open(file, UPGRADE).close();
      const writer = open(file, LATER);
      const old = photo('new', '2024-07-18T09:00:00Z');
      writer.transaction(() => writer.items.put([old], 0));
      writer.transaction(() => writer.items.put([{ ...old, description: 'seen again' }], 0));
      writer.close();
      const moved = ['/media/all', '/media/photos', '/media/not-in-album'].concat([
        '/media/by-year/2024',
        '/media/by-month/2024/2024-07',
        '/media/by-day/2024/2024-07-18',
      ]);
      assert.deepEqual(
        timesOf(file, { showArchived: false }, PATHS),
        SHOWN.map(([path, without]) => (moved.includes(path) ? LATER : without)),
      );
    }));

  it('a catalog of version 1 is unchanged after a migration that broke off, and the next migration succeeds', () =>
    withOldCatalog((file, db) => {
      // The last step of the migration stumbles over it.
      db.exec('CREATE INDEX in_the_way ON albums (newest)');
      assert.throws(() => open(file, UPGRADE));
      assert.equal(db.pragma('user_version', { simple: true }), 1);
      assert.equal(db.prepare("SELECT count(*) FROM sqlite_schema WHERE name = 'folder_times'").pluck().get(), 0);
      db.exec('DROP INDEX in_the_way');
      open(file, LATER).close();
      assert.deepEqual(timesOf(file, { showArchived: false }, ['/media/all', '/album/Empty']), [FAR, LATER]);
    }));
});
