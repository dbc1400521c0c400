import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { openCatalogView } from '../../../src/catalog/catalog-view.js';
import { openCatalogWriter } from '../../../src/catalog/catalog-writer.js';
import { ExitCode, UserError } from '../../../src/support/user-error.js';
import { photo, plainNames, withCatalog } from './catalog-fixture.js';

function withFolder(work: (file: string) => void): void {
  const folder = mkdtempSync(join(tmpdir(), 'catalog-file-'));
  try {
    work(join(folder, 'catalog.db'));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const refusal = (part: RegExp) => (error: unknown) => {
  assert.ok(error instanceof UserError);
  assert.equal(error.exitCode, ExitCode.catalog);
  assert.match(error.message, part);
  assert.notEqual(error.hint, '');
  return true;
};

function refusesUnchanged(file: string, part: RegExp): void {
  const before = readFileSync(file);
  assert.throws(() => openCatalogWriter(file, { names: plainNames }), refusal(part));
  assert.throws(() => openCatalogView(file, { showArchived: false }), refusal(part));
  assert.ok(before.equals(readFileSync(file)), 'the file is as it was');
}

/** A catalog closed for good, with one value of its header set. */
function catalogWithHeader(file: string, offset: number, value: number): void {
  openCatalogWriter(file, { names: plainNames }).close();
  const bytes = readFileSync(file);
  bytes.writeUInt32BE(value, offset);
  writeFileSync(file, bytes);
}

describe('the catalog file', () => {
  it('the catalog file is private to its owner, with its folder and side files', () =>
    withCatalog(({ file, folder, put }) => {
      put(photo('a', '2024-01-01T00:00:00Z'));
      assert.equal(statSync(join(folder, 'profile')).mode & 0o777, 0o700);
      for (const name of [file, `${file}-wal`, `${file}-shm`]) assert.equal(statSync(name).mode & 0o777, 0o600, name);
    }));

  it('the catalog file is refused, and left alone, where it is not SQLite', () =>
    withFolder((file) => {
      writeFileSync(file, 'These are my holiday notes. '.repeat(20));
      refusesUnchanged(file, /not a catalog/);
    }));

  it('the catalog file is refused where it is shorter than a header, and called damaged if it begins as one', () =>
    withFolder((file) => {
      writeFileSync(file, 'SQLite format 3\0');
      refusesUnchanged(file, /damaged/);
      writeFileSync(file, 'SQLite notes');
      refusesUnchanged(file, /not a catalog/);
    }));

  it('the catalog file is refused where it is another program’s database', () =>
    withFolder((file) => {
      catalogWithHeader(file, 68, 0x1234);
      refusesUnchanged(file, /not a catalog/);
    }));

  it('the catalog file is refused where a newer program wrote it', () =>
    withFolder((file) => {
      catalogWithHeader(file, 60, 999);
      refusesUnchanged(file, /newer gphotos-mount \(format 999/);
    }));

  it('the catalog file is refused where it was cut short', () =>
    withFolder((file) => {
      openCatalogWriter(file, { names: plainNames }).close();
      truncateSync(file, 8192);
      refusesUnchanged(file, /damaged/);
    }));

  it('the catalog file cannot be viewed before it exists', () =>
    withFolder((file) => {
      assert.throws(() => openCatalogView(file, { showArchived: false }), refusal(/cannot be opened/));
    }));

  it('the catalog file keeps everything across closing and opening', () =>
    withFolder((file) => {
      const first = openCatalogWriter(file, { names: plainNames });
      first.transaction(() => {
        first.items.put([photo('a', '2024-01-01T00:00:00Z')], 1);
        first.state.set('key', 'value');
        first.state.addParts(['items']);
        first.state.advancePart('items', 'token-1');
      });
      first.close();
      const second = openCatalogWriter(file, { names: plainNames });
      assert.equal(second.counts().items, 1);
      assert.equal(second.state.get('key'), 'value');
      assert.deepEqual(second.state.openParts(), [{ part: 'items', token: 'token-1', pages: 1 }]);
      second.close();
    }));
});
