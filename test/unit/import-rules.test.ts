import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '../../..');
const source = join(root, 'src');

/**
 * Which rooms each room may import, besides itself: the table of rooms in ARCHITECTURE.md. A room with a `/` is a folder
 * in a room; `remote` in the last column stands for all folders of `remote`.
 */
const MAY_IMPORT = roomsOfArchitecture(readFileSync(join(root, 'ARCHITECTURE.md'), 'utf8'));

/** Packages that one room alone may import. */
const OWNED: Readonly<Record<string, string>> = {
  'fuse-native': 'mount',
  'better-sqlite3': 'sqlite',
  'google-auth-library': 'auth',
  yargs: 'cli',
  yauzl: 'takeout/archives',
  exifreader: 'takeout/indexing',
  '@napi-rs': 'auth',
};

function roomsOfArchitecture(text: string): Readonly<Record<string, readonly string[]>> {
  const rows = [...text.matchAll(/^\| `([a-z]+(?:\/[a-z]+)?)` +\|[^|]*\|([^|]*)\|$/gm)];
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
  /** It is the file of a thread or process to start. */
  readonly isStart: boolean;
}

function sourceFiles(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return sourceFiles(path);
    return entry.name.endsWith('.ts') ? [path] : [];
  });
}

function roomOf(file: string): string {
  const [first = '', second = ''] = relative(source, file).split('/');
  if (first === 'main.ts') return 'main';
  const folder = `${first}/${second}`;
  return folder in MAY_IMPORT ? folder : first;
}

function mayImport(room: string, target: string): boolean {
  const allowed = MAY_IMPORT[room] ?? [];
  return target === room || allowed.includes(target) || allowed.includes(target.split('/')[0] ?? '');
}

function importsOf(file: string): Import[] {
  const text = readFileSync(file, 'utf8');
  const pattern = /(?:\bfrom\s+|\bimport\s+|\bimport\(\s*|\brequire\(\s*|new URL\(\s*)'([^']+)'/g;
  return [...text.matchAll(pattern)].map((match) => ({
    file: relative(root, file),
    room: roomOf(file),
    specifier: match[1] ?? '',
    isStart: match[0].startsWith('new URL'),
  }));
}

const imports = sourceFiles(source).flatMap(importsOf);

/** Which files each file imports, types included, by their paths below `src`. */
function importGraph(): Map<string, readonly string[]> {
  return new Map(
    sourceFiles(source).map((file) => {
      const own = importsOf(file).filter(({ specifier, isStart }) => specifier.startsWith('.') && !isStart);
      const targets = own.map(({ specifier }) => resolve(dirname(file), specifier.replace(/\.js$/, '.ts')));
      return [relative(source, file), targets.map((target) => relative(source, target))];
    }),
  );
}

/** The files that reach themselves by their imports. */
function filesInCircles(graph: ReadonlyMap<string, readonly string[]>): string[] {
  return [...graph.keys()].filter((file) => reachedFrom(file, graph).has(file)).sort();
}

function reachedFrom(file: string, graph: ReadonlyMap<string, readonly string[]>): Set<string> {
  const reached = new Set(graph.get(file));
  // What is added while the set is walked is walked as well.
  for (const next of reached) for (const target of graph.get(next) ?? []) reached.add(target);
  return reached;
}

describe('the rooms of src', () => {
  it('the rooms of src stand in a table of ARCHITECTURE that can be read', () => {
    assert.ok(Object.keys(MAY_IMPORT).length > 10);
    assert.deepEqual(MAY_IMPORT['sync'], ['support', 'library', 'tree', 'catalog', 'remote']);
  });

  it('the table of rooms has a rule for every folder and a folder for every rule', () => {
    const folders = readdirSync(source, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .flatMap(({ name }) => {
        const isDivided = Object.keys(MAY_IMPORT).some((room) => room.startsWith(`${name}/`));
        // A room in folders has no files beside them.
        return isDivided ? readdirSync(join(source, name)).map((entry) => `${name}/${entry}`) : [name];
      });
    assert.deepEqual(folders.sort(), Object.keys(MAY_IMPORT).sort());
  });

  it('the rooms of src import each other one way only', () => {
    assert.ok(imports.length > 50, 'the scan found the import lines');
    const wrong = imports
      .filter(({ specifier, room }) => specifier.startsWith('.') && room !== 'main')
      .filter(({ file, room, specifier }) => {
        return !mayImport(room, roomOf(resolve(root, dirname(file), specifier)));
      });
    assert.deepEqual(wrong, []);
  });

  it('the transport of remote may import neither Google’s API nor the media client', () => {
    assert.equal(mayImport('remote/media', 'remote/http'), true);
    assert.equal(mayImport('remote/http', 'remote/library'), false);
    assert.equal(mayImport('remote/http', 'remote/media'), false);
    assert.equal(mayImport('content', 'remote/media'), false);
  });

  it('no files of src import each other in a circle, types included', () => {
    const example = { a: ['b'], b: ['c'], c: ['b', 'd'], d: ['e'], e: [] };
    assert.deepEqual(filesInCircles(new Map(Object.entries(example))), ['b', 'c']);
    assert.deepEqual(filesInCircles(importGraph()), []);
  });

  it('no two files of src have the same name', () => {
    const names = sourceFiles(source).map((file) => basename(file));
    assert.deepEqual(
      names.filter((name, index) => names.indexOf(name) !== index),
      [],
    );
  });

  it('the rooms of src keep each outside package in the one room that owns it', () => {
    const wrong = imports.filter(({ specifier, room }) => {
      const owner = OWNED[specifier.split('/')[0] ?? ''];
      return owner !== undefined && owner !== room;
    });
    assert.deepEqual(wrong, []);
  });

  it('tests open databases as the product does, which under some versions of Node is what keeps the process alive', () => {
    const tests = sourceFiles(join(root, 'test')).flatMap(importsOf);
    assert.ok(tests.length > 500, 'the scan found the import lines');
    assert.deepEqual(
      tests.filter(({ specifier }) => specifier === 'better-sqlite3'),
      [],
    );
  });

  it('the rooms of src know no threads but for writer, takeout for its archives, and daemon for the migration', () => {
    const rooms = imports.filter(({ specifier }) => specifier === 'node:worker_threads').map(({ room }) => room);
    // `support` starts them for the others.
    assert.deepEqual([...new Set(rooms)].sort(), ['daemon', 'support', 'takeout/archives', 'writer']);
  });

  it('the rooms of src start threads in one way, which keeps the settings of V8', () => {
    const starters = sourceFiles(source).filter((file) => readFileSync(file, 'utf8').includes('new Worker('));
    assert.deepEqual(
      starters.map((file) => relative(source, file)),
      ['support/start-thread.ts'],
    );
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
