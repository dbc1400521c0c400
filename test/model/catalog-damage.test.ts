import { openSqlite } from '../../src/sqlite/open-sqlite.js';
import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { openCatalogWriter } from '../../src/catalog/catalog-writer.js';
import { ExitCode, UserError } from '../../src/support/user-error.js';
import { picked, SEED_NOTE } from '../support/chance.js';
import { photo, plainNames, setMembers } from '../unit/catalog/catalog-fixture.js';
import {
  albumsIn,
  assertSurvived,
  catalogsOfAllVersions,
  checkSound,
  damagedCopy,
  entriesIn,
  ITEMS,
  makeCatalog,
  PAGE,
  prepared,
  rowsIn,
  startUntilSound,
} from './damaged-catalog.js';

describe('a damaged catalog', () => {
  const VERSIONS = catalogsOfAllVersions();
  const [{ original: whole, before }] = VERSIONS;
  const bytes = readFileSync(whole);
  const pages = bytes.length / PAGE;

  it('a sound catalog is used as it is', () => {
    const file = damagedCopy(whole, 'sound', (all) => all);
    assert.equal(startUntilSound(file), undefined);
    assert.ok(!existsSync(`${file}.damaged`));
  });

  for (const { version, original, before } of VERSIONS)
    it(`a damaged catalog of version ${version} keeps every row outside of the page that is damaged, whichever page it is and whatever stands there (${SEED_NOTE})`, () => {
      const bytes = readFileSync(original);
      const pages = bytes.length / PAGE;
      const kinds = new Map<string, number>();
      const startOf = (number: number): number => (number - 1) * PAGE + (number === 1 ? 100 : 0);
      const typeOf = (number: number): number => bytes[startOf(number)] ?? 0;
      const numbers = Array.from({ length: pages }, (_, index) => index + 1);
      // Some of each type, and all of those that are few: the pages that lead to others.
      const played = [...new Set(numbers.map(typeOf))].flatMap((type) => {
        const all = numbers.filter((number) => typeOf(number) === type);
        return type === 2 || type === 5 ? all : picked(all);
      });
      let rebuilds = 0;
      for (const number of played) {
        const start = startOf(number);
        const type = typeOf(number);
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
      assert.ok(rebuilds > played.length / 2, `${rebuilds} of ${played.length} damages were met`);
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

  it('a damaged catalog keeps the names that a person gave in a folder, whatever page is damaged but theirs, also when the album is read again', () => {
    const ENTRY = '1 6 as a person called it.jpg';
    const holds = (number: number): boolean =>
      bytes.subarray((number - 1) * PAGE, number * PAGE).includes('as a person called it.jpg');
    const numbers = Array.from({ length: pages }, (_, index) => index + 1);
    assert.ok(numbers.some(holds));
    let kept = 0;
    for (const number of picked(numbers.filter((one) => !holds(one)))) {
      const file = damagedCopy(whole, 'entry', (all) => all.fill(0xa5, (number - 1) * PAGE, number * PAGE));
      if (startUntilSound(file) === undefined || !rowsIn(file).has(6) || albumsIn(file).length < 2) continue;
      kept += 1;
      assert.deepEqual(entriesIn(file), [ENTRY], `page ${number}`);
      checkSound(file);
    }
    assert.ok(kept > 0);
    const file = damagedCopy(whole, 'entry', (all) => all.fill(0, 0, 100));
    assert.ok(prepared(file) !== undefined);
    const writer = openCatalogWriter(file, { names: plainNames });
    writer.transaction(() => setMembers(writer.albums, 1, [7, 6, 5]));
    writer.close();
    assert.deepEqual(entriesIn(file), [ENTRY]);
    const db = openSqlite(file);
    const counts = db.prepare('SELECT album_count FROM media_items WHERE id IN (5, 6, 7)').pluck().all();
    db.close();
    assert.deepEqual(counts, [1, 1, 1]);
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
});
