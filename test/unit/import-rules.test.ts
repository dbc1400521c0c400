import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '../../..');
const source = join(root, 'src');

/** Which rooms each room may import, besides itself: the table of rooms in ARCHITECTURE.md. */
const MAY_IMPORT = roomsOfArchitecture(readFileSync(join(root, 'ARCHITECTURE.md'), 'utf8'));

/** Packages that one room alone may import. */
const OWNED: Readonly<Record<string, string>> = {
  'fuse-native': 'mount',
  'better-sqlite3': 'sqlite',
  'google-auth-library': 'auth',
  yargs: 'cli',
  '@napi-rs': 'auth',
};

function roomsOfArchitecture(text: string): Readonly<Record<string, readonly string[]>> {
  const rows = [...text.matchAll(/^\| `([a-z]+)` +\|[^|]*\|([^|]*)\|$/gm)];
  const rooms: Record<string, string[]> = {};
  for (const [, room = '', allowed = ''] of rows) {
    const above = Object.keys(rooms);
    rooms[room] = allowed.trim() === 'all above' ? above : allowed.split(',').map((name) => name.trim());
  }
  return rooms;
}

interface Import {
  readonly file: string;
  readonly room: string;
  readonly specifier: string;
}

function sourceFiles(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return sourceFiles(path);
    return entry.name.endsWith('.ts') ? [path] : [];
  });
}

function roomOf(file: string): string {
  const [first = ''] = relative(source, file).split('/');
  return first === 'main.ts' ? 'main' : first;
}

function importsOf(file: string): Import[] {
  const text = readFileSync(file, 'utf8');
  const pattern = /(?:\bfrom\s+|\bimport\s+|\bimport\(\s*|\brequire\(\s*|new URL\(\s*)'([^']+)'/g;
  return [...text.matchAll(pattern)].map((match) => ({
    file: relative(root, file),
    room: roomOf(file),
    specifier: match[1] ?? '',
  }));
}

const imports = sourceFiles(source).flatMap(importsOf);

describe('the rooms of src', () => {
  it('the rooms of src stand in a table of ARCHITECTURE that can be read', () => {
    assert.ok(Object.keys(MAY_IMPORT).length > 10);
    assert.deepEqual(MAY_IMPORT['sync'], ['support', 'library', 'tree', 'catalog', 'remote']);
  });

  it('the table of rooms has a rule for every folder and a folder for every rule', () => {
    const folders = readdirSync(source, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map((entry) => entry.name);
    assert.deepEqual(folders.sort(), Object.keys(MAY_IMPORT).sort());
  });

  it('the rooms of src import each other one way only', () => {
    assert.ok(imports.length > 50, 'the scan found the import lines');
    const wrong = imports
      .filter(({ specifier, room }) => specifier.startsWith('.') && room !== 'main')
      .filter(({ file, room, specifier }) => {
        const target = roomOf(resolve(root, dirname(file), specifier));
        return target !== room && !(MAY_IMPORT[room] ?? []).includes(target);
      });
    assert.deepEqual(wrong, []);
  });

  it('the rooms of src keep each outside package in the one room that owns it', () => {
    const wrong = imports.filter(({ specifier, room }) => {
      const owner = OWNED[specifier.split('/')[0] ?? ''];
      return owner !== undefined && owner !== room;
    });
    assert.deepEqual(wrong, []);
  });

  it('the rooms of src know no threads but for writer, and daemon for the migration', () => {
    const rooms = imports.filter(({ specifier }) => specifier === 'node:worker_threads').map(({ room }) => room);
    assert.deepEqual([...new Set(rooms)].sort(), ['daemon', 'writer']);
  });

  it('the rooms of src never reach into the tests', () => {
    assert.deepEqual(
      imports.filter(({ specifier }) => specifier.includes('/test/')),
      [],
    );
  });

  it('the rooms of src have no barrel files and no file over 400 lines', () => {
    const files = sourceFiles(source);
    assert.deepEqual(
      files.filter((file) => file.endsWith('/index.ts')),
      [],
    );
    assert.deepEqual(
      files.filter((file) => readFileSync(file, 'utf8').split('\n').length > 400).map((file) => relative(root, file)),
      [],
    );
  });
});
