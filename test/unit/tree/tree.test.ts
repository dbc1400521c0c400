import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parseDay, parseMonth, parseYear } from '../../../src/tree/date-names.js';
import { albumInode, albumParentInode, cameraInode, itemInode } from '../../../src/tree/inode.js';
import { PATH_SHAPES } from '../../../src/tree/path-shapes.js';
import { PARAMETERS } from '../../../src/tree/parameters.js';
import type { ItemSelection } from '../../../src/library/item-selection.js';
import { Tree, type Folder } from '../../../src/tree/tree.js';
import { nodeAt, PlainLibrary } from './tree-library.js';

const library = new PlainLibrary({
  days: ['2024-07-19', '2024-07-20', '2024-02-29', '0099-12-31'],
  albums: ['Rome', 'Trips\uFF0FOslo'],
  cameras: ['Google Pixel 8'],
  people: ['Anna'],
});
const tree = new Tree({ library, nestedAlbums: false });

function folder(path: string): Folder {
  const node = nodeAt(tree, path);
  assert.ok(node?.kind === 'folder', `${path} is a folder`);
  return node;
}

function names(path: string): string[] {
  return tree.children(folder(path)).map(({ name }) => name);
}

describe('the table of path shapes', () => {
  const shows: Readonly<Record<string, ItemSelection>> = {
    '/album/Rome': { by: 'album', albumRowId: 1 },
    '/feature/favorites': { by: 'favorite' },
    '/feature/archive': { by: 'shelf', shelf: 'archived' },
    '/people/Anna': { by: 'person', personRowId: 1 },
    '/media/all': { by: 'all' },
    '/media/by-year/2024': { by: 'date', year: 2024, month: 0, day: 0 },
    '/media/by-month/2024/2024-02': { by: 'date', year: 2024, month: 2, day: 0 },
    '/media/by-month/2024/2024-12': { by: 'date', year: 2024, month: 12, day: 0 },
    '/media/by-day/2024/2024-02-29': { by: 'date', year: 2024, month: 2, day: 29 },
    '/media/photos': { by: 'kind', kind: 'photo' },
    '/media/videos': { by: 'kind', kind: 'video' },
    '/media/by-camera/Google Pixel 8': { by: 'camera', cameraRowId: 1 },
    '/media/not-in-album': { by: 'not-in-album' },
  };
  for (const [path, selection] of Object.entries(shows)) {
    it(`the table of path shapes shows the items of ${path}`, () => assert.deepEqual(folder(path).items, selection));
  }

  const lists: Readonly<Record<string, string[]>> = {
    '/': ['README.txt', 'album', 'feature', 'media', 'people', '.gphotos'],
    '/album': ['Rome', 'Trips\uFF0FOslo'],
    '/feature': ['favorites', 'archive'],
    '/people': ['Anna'],
    '/media': ['all', 'by-year', 'by-month', 'by-day', 'photos', 'videos', 'by-camera', 'not-in-album'],
    '/media/by-year': ['2024', '0099'],
    '/media/by-month': ['2024', '0099'],
    '/media/by-month/2024': ['2024-07', '2024-02'],
    '/media/by-day/2024': ['2024-07-20', '2024-07-19', '2024-02-29'],
    '/media/by-camera': ['Google Pixel 8'],
    '/.gphotos': ['status.json'],
    '/media/all': [],
  };
  for (const [path, expected] of Object.entries(lists)) {
    it(`the table of path shapes lists the folders of ${path}`, () => assert.deepEqual(names(path), expected));
  }

  it('the table of path shapes finds everything that it lists, under the same inode', () => {
    const walk = (path: string): number =>
      tree.children(folder(path === '' ? '/' : path)).reduce((seen, { name, node }) => {
        const found = nodeAt(tree, `${path}/${name}`);
        assert.deepEqual({ kind: found?.kind, inode: found?.inode }, { kind: node.kind, inode: node.inode });
        return seen + 1 + (node.kind === 'folder' ? walk(`${path}/${name}`) : 0);
      }, 0);
    assert.equal(walk(''), 34);
  });

  it('the table of path shapes has the two documents', () => {
    assert.deepEqual(
      ['/README.txt', '/.gphotos/status.json'].map((path) => {
        const node = nodeAt(tree, path);
        return node?.kind === 'document' ? node.document : undefined;
      }),
      ['readme', 'status'],
    );
  });

  for (const path of [
    ...['/nothing', '/album/Paris', '/media/all/x', '/README.txt/x', '//', '/media/', '/media/../album', '/.', 'media'],
    ...['/media/by-year/24', '/media/by-year/2024 ', '/media/by-year/20x4', '/media/by-month/2024/2023-01', ''],
    ...['/media/by-month/2024/2024-13', '/media/by-month/2024/2024-00', '/media/by-day/2024/2024-02-30'],
    ...['/media/by-day/2024/2024-7-1', '/media/by-day/2023/2023-02-29', '/album/__proto__', '/__proto__', '/<album>'],
    ...[
      '/media/by-year/<year>',
      '/media/by-camera/Nokia',
      '/media/by-year/2024/2024-07',
      '/feature/trash',
      '/feature/locked',
      '/people/Otto',
    ],
  ]) {
    it(`the table of path shapes has nothing at ${JSON.stringify(path)}`, () =>
      assert.equal(nodeAt(tree, path), undefined));
  }

  it('the table of path shapes leaves it to the items whether a folder of a date, a camera, a person or of people exists, and only these', () => {
    for (const path of [
      '/media/by-year/1871',
      '/media/by-month/2024',
      '/media/by-camera/Google Pixel 8',
      '/people',
      '/people/Anna',
    ]) {
      assert.equal(folder(path).absentIfEmpty, true, path);
    }
    for (const path of ['/album/Rome', '/media/all', '/feature/favorites', '/media/by-year', '/']) {
      assert.equal(folder(path).absentIfEmpty, false, path);
    }
  });

  it('the table of path shapes has a row for every folder above a row, no number twice and no unknown parameter', () => {
    const patterns = new Set(PATH_SHAPES.map(({ pattern }) => pattern));
    for (const { pattern, items, covers, document } of PATH_SHAPES) {
      assert.ok(patterns.has(pattern.slice(0, pattern.lastIndexOf('/')) || '/'), pattern);
      assert.equal([items, covers, document].filter((role) => role !== undefined).length, 1, pattern);
      for (const name of pattern.split('/')) assert.ok(!name.startsWith('<') || Object.hasOwn(PARAMETERS, name), name);
    }
    const ids = PATH_SHAPES.map(({ id }) => id);
    assert.equal(new Set(ids).size, ids.length);
    assert.ok(Math.max(...ids) < 32);
  });
});

describe('an inode', () => {
  it('an inode differs between folders of one date in different views', () => {
    const paths = ['/media/by-year/2024', '/media/by-month/2024', '/media/by-day/2024', '/media/by-month/2024/2024-07'];
    assert.equal(new Set(paths.map((path) => folder(path).inode)).size, paths.length);
  });

  it('an inode of a folder, document or item never has the tag that is reserved for what is made here, and only a person’s has that of people', () => {
    const inodes = [itemInode(1), albumInode(1), cameraInode(1), albumParentInode('Trips')];
    for (const path of ['/', '/media', '/README.txt', '/media/by-day/2024/2024-07-19'])
      inodes.push(nodeAt(tree, path)?.inode ?? 6);
    for (const inode of inodes) assert.ok(inode % 8 < 6, String(inode));
    assert.equal(nodeAt(tree, '/people/Anna')?.inode, 8 + 6);
  });

  it('an inode fits 32 bits for the greatest row and date', () => {
    const greatest = [itemInode(2 ** 29 - 1), albumInode(2 ** 29 - 1), folder('/media/by-day/9999/9999-12-31').inode];
    for (const inode of greatest) assert.ok(Number.isInteger(inode) && inode > 0 && inode < 2 ** 32, String(inode));
  });

  it('an inode is not 0, for the root neither, and no two folders or documents of the tree share one', () => {
    const inodesBelow = (path: string): number[] =>
      tree
        .children(folder(path === '' ? '/' : path))
        .flatMap(({ name, node }) => [node.inode, ...(node.kind === 'folder' ? inodesBelow(`${path}/${name}`) : [])]);
    const inodes = [folder('/').inode, ...inodesBelow('')];
    assert.equal(new Set(inodes).size, inodes.length);
    assert.ok(inodes.every((inode) => inode > 0));
  });

  it('an item and an album of the same row have different inodes', () => assert.notEqual(itemInode(7), albumInode(7)));
});

describe('a calendar folder', () => {
  it('a date folder has one spelling only', () => {
    assert.equal(parseYear('2024'), 2024);
    assert.equal(parseYear('+024'), undefined);
    assert.equal(parseMonth('2024-07', 2024), 7);
    assert.equal(parseMonth('2024_07', 2024), undefined);
    assert.deepEqual(parseDay('2024-12-31', 2024), { month: 12, day: 31 });
    assert.equal(parseDay('2024-04-31', 2024), undefined);
    assert.equal(parseDay('2024-04-00', 2024), undefined);
  });
});
