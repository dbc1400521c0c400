import assert from 'node:assert/strict';
import Database from 'better-sqlite3';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { CatalogDamage } from '../../src/catalog/catalog-damage.js';
import { UTC } from '../../src/library/calendar.js';
import { openCatalogView } from '../../src/catalog/catalog-view.js';
import { openCatalogWriter } from '../../src/catalog/catalog-writer.js';
import { migrate } from '../../src/catalog/schema.js';
import { Listing } from '../../src/library/listing.js';
import { prepareCatalog, type Rebuilt } from '../../src/catalog/rebuild-catalog.js';
import { quotaDay } from '../../src/support/quota-day.js';
import { ExitCode, UserError } from '../../src/support/user-error.js';
import { album, photo, plainNames } from '../unit/catalog/catalog-fixture.js';

const NOW = Date.parse('2026-01-15T12:00:00Z');
const ITEMS = 700;
const PAGE = 4096;

const folder = mkdtempSync(join(tmpdir(), 'rebuild-catalog-'));
after(() => rmSync(folder, { recursive: true }));

interface Row {
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

function rowsIn(file: string): Map<number, Row> {
  const db = new Database(file);
  const rows = new Map((db.prepare(ROWS).all() as Row[]).map((row) => [row.id, row]));
  db.close();
  return rows;
}

function albumsIn(file: string): unknown[] {
  const db = new Database(file);
  const albums = db.prepare("SELECT id || ' ' || album_id || ' ' || name FROM albums ORDER BY id").pluck().all();
  db.close();
  return albums;
}

/** A catalog as a sync leaves it; with `open`, the files as they are while all of it stands in the write-ahead log. */
function makeCatalog(name: string, inLog: boolean): string {
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
    writer.albums.setMembers(1, [5, 6, 7]);
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

/** The same catalog as version 1 of the format wrote it. */
function inVersion1(original: string): string {
  const file = join(folder, 'version-1.db');
  const db = new Database(file);
  db.pragma('journal_mode = WAL');
  migrate(db, 0, 1);
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
    db.exec(`INSERT INTO main.${table} (${both}) SELECT ${both} FROM later.${table}`);
  }
  db.exec('DETACH later');
  db.close();
  return file;
}

function prepared(file: string): Rebuilt | undefined {
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
function startUntilSound(file: string): Rebuilt | undefined {
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

function damagedCopy(original: string, name: string, damage: (bytes: Buffer) => Buffer): string {
  const file = join(folder, name, 'catalog.db');
  rmSync(join(folder, name), { recursive: true, force: true });
  mkdirSync(join(folder, name));
  writeFileSync(file, damage(readFileSync(original)));
  if (existsSync(`${original}-wal`)) copyFileSync(`${original}-wal`, `${file}-wal`);
  return file;
}

/** Rows that are there are exactly as they were, and no more than `most` are lost. */
function assertSurvived(file: string, before: Map<number, Row>, most: number, what: string): void {
  const now = rowsIn(file);
  for (const [id, row] of now) assert.deepEqual(row, before.get(id), what);
  assert.ok(before.size - now.size <= most, `${what}: ${before.size - now.size} rows are lost, at most ${most} may be`);
}

const checkSound = (file: string): void => {
  const db = new Database(file);
  assert.deepEqual(db.pragma('integrity_check'), [{ integrity_check: 'ok' }]);
  assert.deepEqual(db.pragma('foreign_key_check'), []);
  const [items] = db.prepare('SELECT count(*) FROM media_items WHERE gone = 0').pluck().all();
  assert.deepEqual(db.prepare('SELECT items FROM totals').pluck().all(), [items]);
  db.close();
};

describe('a damaged catalog', () => {
  const whole = makeCatalog('whole', false);
  const before = rowsIn(whole);
  const bytes = readFileSync(whole);
  const pages = bytes.length / PAGE;
  const old = inVersion1(whole);
  const upgraded = damagedCopy(old, 'upgraded', (all) => all);
  assert.equal(prepared(upgraded), undefined);
  const VERSIONS = [
    { version: 2, original: whole, before },
    { version: 1, original: old, before: rowsIn(upgraded) },
  ];

  it('a sound catalog is used as it is', () => {
    const file = damagedCopy(whole, 'sound', (all) => all);
    assert.equal(startUntilSound(file), undefined);
    assert.ok(!existsSync(`${file}.damaged`));
  });

  for (const { version, original, before } of VERSIONS)
    it(`a damaged catalog of version ${version} keeps every row outside of the page that is damaged, whichever page it is and whatever stands there`, () => {
      const bytes = readFileSync(original);
      const pages = bytes.length / PAGE;
      const kinds = new Map<string, number>();
      let rebuilds = 0;
      for (let number = 1; number <= pages; number += 1) {
        const start = (number - 1) * PAGE + (number === 1 ? 100 : 0);
        const type = bytes[start] ?? 0;
        const cells = bytes.readUInt16BE(start + 3);
        {
          const [fill, value] = number % 2 === 0 ? ['zeros', 0] : ['noise', 0xa5];
          const file = damagedCopy(original, 'page', (all) => all.fill(value, (number - 1) * PAGE, number * PAGE));
          const what = `page ${number} of type ${type} is ${fill}`;
          if (startUntilSound(file) === undefined) continue;
          rebuilds += 1;
          kinds.set(String(type), (kinds.get(String(type)) ?? 0) + 1);
          // Cameras and types of rows elsewhere are not among the rows.
          const now = rowsIn(file);
          const lost = [...before.keys()].filter((id) => !now.has(id));
          assert.ok(lost.length <= (type === 13 ? cells : type === 0 ? 1 : 0), `${what}: lost are ${lost.join(' ')}`);
          for (const [id, row] of now) {
            const { description, mime, camera } = row;
            assert.deepEqual(row, { ...before.get(id), description, mime, camera }, what);
          }
          const isAlbums = type === 13 && bytes.subarray(start, number * PAGE).includes('al-1');
          if (!isAlbums) assert.deepEqual(albumsIn(file), ['1 al-1 Rome', '2 al-2 Paris'], what);
          checkSound(file);
        }
      }
      assert.ok(rebuilds > pages / 2, `${rebuilds} of ${pages} damages were met`);
      for (const type of ['2', '5', '10', '13'])
        assert.ok((kinds.get(type) ?? 0) > 0, `pages of type ${type} were damaged`);
    });

  for (const { version, original, before } of VERSIONS)
    it(`a damaged catalog of version ${version} loses nothing where only its header is damaged, and starts or is refused where a byte of it changes`, () => {
      let rebuilt = 0;
      for (let at = 0; at < 100; at += at < 30 ? 1 : 4) {
        const file = damagedCopy(original, 'header', (all) => {
          all[at] = (all[at] ?? 0) ^ 0xff;
          return all;
        });
        // The application id and the version of the format tell another program's file, or a newer one.
        if ((at >= 68 && at < 72) || (at >= 60 && at < 64)) {
          assert.throws(
            () => prepared(file),
            (error: unknown) => error instanceof UserError && error.exitCode === ExitCode.catalog,
          );
          continue;
        }
        if (startUntilSound(file) === undefined) continue;
        rebuilt += 1;
        assertSurvived(file, before, 0, `byte ${at} of the header is another`);
      }
      assert.ok(rebuilt > 12);
      for (const value of [0, 0xa5]) {
        const file = damagedCopy(original, 'header', (all) => all.fill(value, 0, 100));
        assert.ok(prepared(file) !== undefined);
        assertSurvived(file, before, 0, 'the header is gone');
      }
    });

  it('a damaged catalog dates every folder to the time at which it was replaced, so that programs look at all of them again', () => {
    for (const { version, original } of VERSIONS) {
      const file = damagedCopy(original, 'dated', (all) => all.fill(0xa5, 0, 100));
      prepared(file);
      const view = openCatalogView(file, { showArchived: false });
      const day = Listing.day({ year: 2020, month: 9, day: 13 });
      assert.equal(view.listedAt(Listing.fixed), NOW, `version ${version}`);
      // Folders without a time of their own have that of the fixed ones.
      for (const listing of [Listing.all, day, Listing.album(1)])
        assert.equal(view.listedAt(listing) ?? NOW, NOW, `version ${version}, ${listing}`);
      view.close();
    }
  });

  it('a damaged catalog keeps what stands in the write-ahead log only', () => {
    const original = makeCatalog('logged', true);
    for (const length of [0, 100, PAGE, 3 * PAGE]) {
      const file = damagedCopy(original, 'log', (all) => all.fill(0xa5, 0, Math.min(length, all.length)));
      const start = prepared(file);
      if (length > 0 && readFileSync(original).length > 0)
        assert.ok(start !== undefined, `${length} bytes are damaged`);
      assertSurvived(file, before, 0, `${length} bytes of the file before the log are damaged`);
    }
  });

  it('a damaged catalog starts whatever byte of its write-ahead log is damaged, with what was committed before that', () => {
    const original = makeCatalog('torn', true);
    const log = readFileSync(`${original}-wal`);
    for (let at = 5; at < log.length; at += Math.ceil(log.length / 40)) {
      const file = damagedCopy(original, 'torn', (all) => all);
      const torn = Buffer.from(log);
      torn[at] = (torn[at] ?? 0) ^ 0xff;
      writeFileSync(`${file}-wal`, torn);
      startUntilSound(file);
      for (const id of rowsIn(file).keys()) assert.ok(before.has(id));
    }
  });

  it('a damaged catalog of zeros alone, or cut off, is replaced', () => {
    for (const make of [
      (all: Buffer) => all.fill(0),
      (all: Buffer) => all.subarray(0, 50),
      (all: Buffer) => all.subarray(0, 8192),
      (all: Buffer) => all.subarray(0, Math.floor(pages / 2) * PAGE + 77),
    ]) {
      const file = damagedCopy(whole, 'cut', make);
      assert.ok(startUntilSound(file) !== undefined);
      checkSound(file);
    }
  });

  it('a damaged catalog takes the requests of the day as spent up to the reserve, and forgets how far syncing was', () => {
    const file = damagedCopy(whole, 'spent', (all) => all.fill(0, 0, 100));
    prepared(file);
    const writer = openCatalogWriter(file, { names: plainNames });
    assert.deepEqual(writer.quota.used(quotaDay(NOW)), { api: 7000, media: 52_500 });
    assert.equal(writer.state.get('full.done'), undefined);
    assert.deepEqual(
      writer.albums.changed().map(({ title }) => title),
      ['Rome', 'Paris'],
    );
    writer.close();
  });

  it('a damaged catalog never gives a row id again, even where the rows that had the greatest are lost', () => {
    const last = (number: number): boolean => {
      const page = bytes.subarray((number - 1) * PAGE, number * PAGE);
      return page[0] === 13 && page.includes(`id-${ITEMS - 1}`);
    };
    const number = Array.from({ length: pages }, (_, index) => index + 1).find(last) ?? 0;
    assert.ok(number > 1);
    const file = damagedCopy(whole, 'last', (all) => all.fill(0xa5, (number - 1) * PAGE, number * PAGE));
    assert.ok(startUntilSound(file) !== undefined);
    assert.ok(Math.max(...rowsIn(file).keys()) < ITEMS);
    const writer = openCatalogWriter(file, { names: plainNames });
    const [rowId = 0] = writer.transaction(() => writer.items.put([photo('fresh', '2026-01-01T00:00:00Z')], 0)).rowIds;
    assert.equal(rowId, ITEMS + 1);
    writer.close();
  });

  it('a damaged catalog is kept beside the new one, once, byte for byte', () => {
    const damage = (all: Buffer): Buffer => all.fill(0, 0, 100);
    const file = damagedCopy(whole, 'kept', damage);
    const rebuilt = prepared(file);
    assert.equal(rebuilt?.keptAs, `${file}.damaged`);
    assert.equal(rebuilt.items, [...before.values()].filter(({ gone }) => gone === 0).length);
    assert.equal(rebuilt.albums, 2);
    assert.ok(readFileSync(`${file}.damaged`).equals(damage(readFileSync(whole))));
    writeFileSync(file, readFileSync(file).fill(0xa5, 0, 100));
    const second = readFileSync(file);
    prepared(file);
    assert.ok(readFileSync(`${file}.damaged`).equals(second));
    assert.deepEqual(readdirSync(join(folder, 'kept')).sort(), ['catalog.db', 'catalog.db.damaged']);
  });

  it('a damaged catalog is replaced whole or not at all wherever the program is killed while it does so', () => {
    const make = (): string => damagedCopy(makeCatalog('killed', true), 'killed', (all) => all.fill(0xa5, 0, 100));
    const finished = make();
    prepared(finished);
    const fresh = readFileSync(finished);
    const KILLED: Readonly<Record<string, (file: string) => void>> = {
      'while the new file is filled': (file) => writeFileSync(`${file}.rebuilding`, fresh.subarray(0, 5000)),
      'before the first rename': (file) => writeFileSync(`${file}.rebuilt`, fresh),
      'after the log was moved': (file) => {
        writeFileSync(`${file}.rebuilt`, fresh);
        renameSync(`${file}-wal`, `${file}.damaged-wal`);
      },
      'after the old file was moved': (file) => {
        writeFileSync(`${file}.rebuilt`, fresh);
        renameSync(`${file}-wal`, `${file}.damaged-wal`);
        renameSync(file, `${file}.damaged`);
      },
    };
    for (const [when, kill] of Object.entries(KILLED)) {
      const file = make();
      kill(file);
      prepared(file);
      assertSurvived(file, before, 0, when);
      checkSound(file);
      assert.deepEqual(
        readdirSync(join(folder, 'killed')).sort(),
        ['catalog.db', 'catalog.db.damaged', 'catalog.db.damaged-wal'],
        when,
      );
    }
  });

  it('a file that is no damaged catalog is refused and left alone: notes, another program’s database, a newer catalog', () => {
    const refused: Readonly<Record<string, (file: string) => void>> = {
      notes: (file) => writeFileSync(file, 'These are my holiday notes. '.repeat(900)),
      'another program': (file) => {
        rmSync(file);
        const db = new Database(file);
        db.exec('CREATE TABLE notes (id INTEGER PRIMARY KEY, text TEXT)');
        db.close();
      },
      'a newer one': (file) => {
        const db = new Database(file);
        db.pragma('user_version = 999');
        db.close();
      },
    };
    for (const [what, make] of Object.entries(refused)) {
      const file = damagedCopy(whole, 'refused', (all) => all);
      make(file);
      const files = readFileSync(file);
      assert.throws(
        () => prepared(file),
        (error: unknown) => error instanceof UserError && error.exitCode === ExitCode.catalog,
        what,
      );
      assert.ok(readFileSync(file).equals(files), what);
      assert.deepEqual(readdirSync(join(folder, 'refused')), ['catalog.db'], what);
    }
  });
});
