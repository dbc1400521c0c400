import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { FileSystem } from '../../../src/filesystem/file-system.js';
import type { Change } from '../../../src/library/change.js';
import { PATH_SHAPES } from '../../../src/tree/path-shapes.js';
import { mountInMemory } from '../../behaviour/memory-world.js';
import type { LibrarySpec } from '../../behaviour/world.js';

const LIBRARY: LibrarySpec = {
  items: [
    {
      key: 'a',
      filename: 'a.jpg',
      created: '2024-07-19T12:00:00Z',
      camera: { make: 'ACME', model: 'One' },
      favorite: true,
    },
  ],
  albums: [
    { key: 'rome', title: 'Rome', items: ['a'] },
    { key: 'oslo', title: 'Trips/Oslo', items: ['a'] },
  ],
};
const CHANGES: readonly Change[] = ['create', 'mkdir', 'symlink', 'rename', 'modify'];

function mounted(readOnly: boolean, nestedAlbums = false): FileSystem {
  return mountInMemory(LIBRARY, { nestedAlbums }, { readOnly }).fileSystem;
}

function permissionsOf(files: FileSystem, path: string): string {
  const attributes = files.getattr(path);
  assert.ok(!(attributes instanceof Promise));
  return attributes.permissions.toString(8);
}

const answers = (files: FileSystem, path: string): (string | undefined)[] =>
  CHANGES.map((change) => files.refusal(change, path));
const READ_ONLY = CHANGES.map(() => 'EROFS');

/** A path of each row of the table, the names in it. */
const EXAMPLES: Readonly<Record<string, string>> = {
  '<album>': 'Rome',
  '<camera>': 'ACME One',
  '<year>': '2024',
  '<month>': '2024-07',
  '<day>': '2024-07-19',
};
// What Google's listing brings: no people, no trash, nothing locked.
const folders = PATH_SHAPES.filter(
  ({ document, onlyWith, pattern }) =>
    document === undefined && onlyWith === undefined && !pattern.startsWith('/people'),
).map(({ pattern }) => pattern.replace(/<[a-z]+>/g, (name) => EXAMPLES[name] ?? name));

describe('what may be changed in a mount', () => {
  it('in a read-only mount every change of every path is refused with EROFS, and no permission bit says otherwise', () => {
    const files = mounted(true);
    for (const path of ['/', '/README.txt', '/nowhere/at all', '/album/Rome/a.jpg', ...folders])
      assert.deepEqual(answers(files, path), READ_ONLY, path);
    for (const path of folders) assert.equal(permissionsOf(files, path), '555', path);
    for (const path of ['/README.txt', '/album/Rome/a.jpg', '/media/all/a.jpg'])
      assert.equal(permissionsOf(files, path), '444', path);
  });

  it('in a mount for writing an album takes files, the folder of albums takes albums, and every other folder nothing', () => {
    const files = mounted(false);
    const allowed = undefined;
    const expected: Readonly<Record<string, (string | undefined)[]>> = {
      '/album': ['EPERM', allowed, 'EPERM', allowed, allowed],
      '/album/Rome': [allowed, 'EPERM', 'EPERM', allowed, allowed],
    };
    for (const folder of folders) {
      const name = folder === '/' ? '/new' : `${folder}/new`;
      assert.deepEqual(answers(files, name), expected[folder] ?? READ_ONLY, name);
      assert.equal(permissionsOf(files, folder), folder in expected ? '755' : '555', folder);
    }
    assert.equal(permissionsOf(files, '/album/Rome/a.jpg'), '644');
    assert.equal(permissionsOf(files, '/media/all/a.jpg'), '444');
    assert.equal(permissionsOf(files, '/README.txt'), '444');
    assert.deepEqual(answers(files, '/'), READ_ONLY);
  });

  it('in a mount for writing where albums nest an album takes albums as well, and the parent of albums nothing else', () => {
    const files = mounted(false, true);
    assert.equal(files.refusal('mkdir', '/album/Rome/new'), undefined);
    assert.equal(files.refusal('create', '/album/Rome/new.jpg'), undefined);
    assert.equal(files.refusal('mkdir', '/album/Trips/new'), undefined);
    assert.equal(files.refusal('create', '/album/Trips/new.jpg'), 'EPERM');
    assert.equal(files.refusal('create', '/album/Trips/Oslo/new.jpg'), undefined);
  });
});
