import assert from 'node:assert/strict';
import { openSqlite } from '../../src/sqlite/open-sqlite.js';
import { readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { openCatalogView } from '../../src/catalog/catalog-view.js';
import { openCatalogWriter } from '../../src/catalog/catalog-writer.js';
import { Listing } from '../../src/library/listing.js';
import { quotaDay } from '../../src/support/quota-day.js';
import { ExitCode, UserError } from '../../src/support/user-error.js';
import { plainNames } from '../unit/catalog/catalog-fixture.js';
import {
  assertSurvived,
  catalogsOfAllVersions,
  checkSound,
  damagedCopy,
  folder,
  makeCatalog,
  NOW,
  prepared,
} from './damaged-catalog.js';

describe('the replacement of a damaged catalog', () => {
  const VERSIONS = catalogsOfAllVersions();
  const [{ original: whole, before }] = VERSIONS;

  it('the replacement of a damaged catalog dates every folder to the time at which it was replaced, so that programs look at all of them again', () => {
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

  it('the replacement of a damaged catalog takes the requests of the day as spent up to the reserve, and forgets how far syncing was', () => {
    const file = damagedCopy(whole, 'spent', (all) => all.fill(0, 0, 100));
    prepared(file);
    const writer = openCatalogWriter(file, { names: plainNames });
    assert.deepEqual(writer.quota.used(quotaDay(NOW)), { api: 7000, media: 52_500 });
    assert.equal(writer.state.get('full.done'), undefined);
    assert.deepEqual(
      writer.albums.changed().map(({ albumId }) => albumId),
      ['al-1', 'al-2'],
    );
    writer.close();
  });

  it('the replacement of a damaged catalog keeps the damaged file beside the new one, once, byte for byte', () => {
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

  it('the replacement of a damaged catalog is whole or not there at all wherever the program was killed meanwhile', () => {
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

  it('the replacement of a damaged catalog is refused for what is no damage, which is left alone: notes, another program’s database, a newer one', () => {
    const refused: Readonly<Record<string, (file: string) => void>> = {
      notes: (file) => writeFileSync(file, 'These are my holiday notes. '.repeat(900)),
      'another program': (file) => {
        rmSync(file);
        const db = openSqlite(file);
        db.exec('CREATE TABLE notes (id INTEGER PRIMARY KEY, text TEXT)');
        db.close();
      },
      'a newer one': (file) => {
        const db = openSqlite(file);
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
