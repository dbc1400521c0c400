import assert from 'node:assert/strict';
import { openSqlite } from '../../src/sqlite/open-sqlite.js';
import { UTC } from '../../src/library/calendar.js';
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import { CatalogDamage } from '../../src/catalog/catalog-damage.js';
import { openCatalogView } from '../../src/catalog/catalog-view.js';
import { openCatalogWriter } from '../../src/catalog/catalog-writer.js';
import { migrate, SCHEMA_VERSION } from '../../src/catalog/schema.js';
import { prepareCatalog, type Rebuilt } from '../../src/catalog/rebuild-catalog.js';
import { quotaDay } from '../../src/support/quota-day.js';
import { ExitCode } from '../../src/support/user-error.js';
import { album, photo, plainNames, setMembers } from '../unit/catalog/catalog-fixture.js';

export const NOW = Date.parse('2026-01-15T12:00:00Z');
export const ITEMS = 700;
export const PAGE = 4096;

/** Gone when the tests of the file are over. */
export const folder = mkdtempSync(join(tmpdir(), 'rebuild-catalog-'));
after(() => rmSync(folder, { recursive: true }));

export interface Row {
  readonly id: number;
  readonly name: string;
  readonly media_id: string;
  readonly size: number | null;
  readonly gone: number;
  readonly favorite: number;
  readonly description: string;
  readonly mime: string;
  readonly camera: string | null;
  readonly mtime: number | null;
  readonly ctime: number | null;
}

const ROWS = `SELECT i.id, i.name, i.media_id, i.size, i.gone, i.favorite, i.description, t.text AS mime, c.name AS camera,
  i.mtime, i.ctime FROM media_items i LEFT JOIN mime_types t ON t.id = i.mime LEFT JOIN cameras c ON c.id = i.camera
  WHERE i.media_id NOT LIKE 'lost-row-%'`;

export function rowsIn(file: string): Map<number, Row> {
  const db = openSqlite(file);
  const rows = new Map((db.prepare(ROWS).all() as Row[]).map((row) => [row.id, row]));
  db.close();
  return rows;
}

export function albumsIn(file: string): unknown[] {
  const db = openSqlite(file);
  const albums = db.prepare("SELECT id || ' ' || album_id || ' ' || name FROM albums ORDER BY id").pluck().all();
  db.close();
  return albums;
}

/** Names that entries of album folders have of their own. */
export function entriesIn(file: string): unknown[] {
  const db = openSqlite(file);
  const sql = `SELECT album || ' ' || item || ' ' || name FROM album_items WHERE name IS NOT NULL ORDER BY album, item`;
  const entries = db.prepare(sql).pluck().all();
  db.close();
  return entries;
}

/** A catalog as a sync leaves it; with `open`, the files as they are while all of it stands in the write-ahead log. */
export function makeCatalog(name: string, inLog: boolean): string {
  const work = join(folder, `${name}-made.db`);
  const writer = openCatalogWriter(work, { names: plainNames });
  for (let from = 0; from < ITEMS; from += 100)
    writer.transaction(() => {
      const items = Array.from({ length: 100 }, (_, index) => {
        const number = from + index;
        const isVideo = number % 9 === 0;
        return photo(`id-${number}`, new Date(1.6e12 + number * 7e7).toISOString().replace('.000', ''), {
          filename: `IMG_${number % 600}.JPG`,
          kind: isVideo ? 'video' : 'photo',
          mimeType: isVideo ? 'video/mp4' : number % 2 === 0 ? 'image/jpeg' : 'image/heif',
          ...(isVideo ? { videoStatus: 'READY' as const } : { cameraMake: 'Make', cameraModel: `M${number % 3}` }),
          description: number % 150 === 0 ? `long ${'text '.repeat(2000)}` : `of ${number}`,
        });
      });
      const { rowIds } = writer.items.put(items, 1);
      writer.sizes.put(
        items.slice(0, 90).map(({ id }, index) => ({ mediaId: id, size: 1000 + index, etag: `e${index}` })),
      );
      writer.items.setFlag('favorite', 1, rowIds.slice(3, 5));
      writer.items.markGone(rowIds.slice(7, 9));
    });
  // Bytes of another size, seen later: mtime and ctime move.
  writer.transaction(() => {
    writer.sizes.put([{ mediaId: photo('id-20', '').id, size: 77, etag: 'other', changedAt: NOW - 60_000 }]);
  });
  writer.transaction(() => {
    writer.albums.put([album('al-1', 'Rome', 3), album('al-2', 'Paris')], 1);
    setMembers(writer.albums, 1, [5, 6, 7]);
    writer.folderNames.give(1, 6, 'as a person called it.jpg');
    writer.state.set('full.done', 'yes');
    writer.quota.add(quotaDay(NOW), { api: 12, media: 34 });
  });
  const file = join(folder, `${name}.db`);
  if (!inLog) writer.close();
  copyFileSync(work, file);
  if (inLog) {
    copyFileSync(`${work}-wal`, `${file}-wal`);
    writer.close();
  }
  return file;
}

/** The same catalog as an earlier version of the format wrote it. */
function inVersion(original: string, version: number): string {
  const file = join(folder, `version-${version}.db`);
  const db = openSqlite(file);
  db.pragma('journal_mode = WAL');
  migrate(db, 0, version);
  db.pragma('foreign_keys = OFF');
  db.prepare('ATTACH ? AS later').run(original);
  const tables = db.prepare("SELECT name FROM main.sqlite_schema WHERE type = 'table'").pluck().all() as string[];
  const columns = (schema: string, table: string): string[] =>
    (db.pragma(`${schema}.table_info(${table})`) as { name: string }[]).map(({ name }) => name);
  for (const table of tables.filter((name) => name !== 'totals')) {
    const later = columns('later', table);
    const both = columns('main', table)
      .filter((name) => later.includes(name))
      .join(', ');
    db.exec(`INSERT OR REPLACE INTO main.${table} (${both}) SELECT ${both} FROM later.${table}`);
  }
  db.exec('DETACH later');
  db.close();
  return file;
}

export function prepared(file: string): Rebuilt | undefined {
  return prepareCatalog(file, { names: plainNames, calendar: UTC, reserve: 0.3, now: () => NOW });
}

/** What the running program does to every row and index. Throws CatalogDamage where it meets damage. */
function readEverything(file: string): void {
  const view = openCatalogView(file, { showArchived: true });
  try {
    for (const selection of [{ by: 'all' }, { by: 'favorite' }, { by: 'not-in-album' }] as const)
      for (const { rowId, name } of view.listItems(selection)) {
        view.details(rowId);
        view.findItem(selection, name);
      }
    view.albums();
    view.cameras();
  } finally {
    view.close();
  }
  const writer = openCatalogWriter(file, { names: plainNames });
  try {
    // Those that are gone would come back.
    const listed = Array.from({ length: ITEMS }, (_, number) => number).filter(
      (number) => ![7, 8].includes(number % 100),
    );
    const items = listed.map((number) => photo(`id-${number}`, '2024-01-01T00:00:00Z', { description: 'new' }));
    writer.transaction(() => writer.items.put(items, 2));
  } finally {
    writer.close();
  }
}

/** A start, and where the damage is met only while running, another one. */
export function startUntilSound(file: string): Rebuilt | undefined {
  const first = prepared(file);
  if (first !== undefined) return first;
  try {
    readEverything(file);
    return undefined;
  } catch (error) {
    assert.ok(error instanceof CatalogDamage, String(error));
    assert.equal(error.exitCode, ExitCode.catalog);
    return prepared(file) ?? assert.fail('damage that was met makes the next start rebuild');
  }
}

export function damagedCopy(original: string, name: string, damage: (bytes: Buffer) => Buffer): string {
  const file = join(folder, name, 'catalog.db');
  rmSync(join(folder, name), { recursive: true, force: true });
  mkdirSync(join(folder, name));
  writeFileSync(file, damage(readFileSync(original)));
  if (existsSync(`${original}-wal`)) copyFileSync(`${original}-wal`, `${file}-wal`);
  return file;
}

/** Rows that are there are exactly as they were, and no more than `most` are lost. */
export function assertSurvived(file: string, before: Map<number, Row>, most: number, what: string): void {
  const now = rowsIn(file);
  for (const [id, row] of now) assert.deepEqual(row, before.get(id), what);
  assert.ok(before.size - now.size <= most, `${what}: ${before.size - now.size} rows are lost, at most ${most} may be`);
}

export function checkSound(file: string): void {
  const db = openSqlite(file);
  assert.deepEqual(db.pragma('integrity_check'), [{ integrity_check: 'ok' }]);
  assert.deepEqual(db.pragma('foreign_key_check'), []);
  const [items] = db.prepare('SELECT count(*) FROM media_items WHERE gone = 0').pluck().all();
  assert.deepEqual(db.prepare('SELECT items FROM totals').pluck().all(), [items]);
  db.close();
}

/** A whole catalog in the format of one version, with its rows. */
export interface Original {
  readonly version: number;
  readonly original: string;
  readonly before: Map<number, Row>;
}

/** One catalog in every version of the format, the newest first. */
export function catalogsOfAllVersions(): readonly [Original, ...Original[]] {
  const whole = makeCatalog('whole', false);
  const earlier = Array.from({ length: SCHEMA_VERSION - 1 }, (_, index): Original => {
    const version = SCHEMA_VERSION - 1 - index;
    const old = inVersion(whole, version);
    const upgraded = damagedCopy(old, `upgraded-${version}`, (all) => all);
    assert.equal(prepared(upgraded), undefined);
    return { version, original: old, before: rowsIn(upgraded) };
  });
  return [{ version: SCHEMA_VERSION, original: whole, before: rowsIn(whole) }, ...earlier];
}
