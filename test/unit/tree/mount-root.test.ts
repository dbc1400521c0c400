import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ExitCode, UserError } from '../../../src/support/user-error.js';
import { mountedTree } from '../../../src/tree/mount-root.js';
import type { Tree } from '../../../src/tree/tree.js';
import { nodeAt, PlainLibrary } from './tree-library.js';

const S = '\uFF0F';
const content = {
  days: ['2024-07-19'],
  albums: ['Trip to Rome', `Trips${S}Oslo`, 'Trip to Paris', 'Zoo'],
  itemsOfAlbum: { Zoo: ['Lion.jpg'] },
};

function mounted(root: string, nestedAlbums = false): { tree: Tree; library: PlainLibrary } {
  const library = new PlainLibrary(content);
  return { library, tree: mountedTree({ library, nestedAlbums, root }) };
}

function refusal(root: string, library = new PlainLibrary(content)): UserError {
  try {
    mountedTree({ library, nestedAlbums: false, root });
  } catch (error) {
    assert.ok(error instanceof UserError);
    assert.equal(error.exitCode, ExitCode.usage);
    return error;
  }
  assert.fail(`${root} was accepted`);
}

describe('a mounted subtree', () => {
  it('a mounted subtree has the folder as its top, with or without slashes around', () => {
    for (const root of ['media', '/media', 'media/', '//media//']) {
      assert.equal(mounted(root).tree.folder('/all')?.items?.by, 'all', root);
    }
    assert.equal(nodeAt(mounted('media').tree, '/README.txt'), undefined);
  });

  it('a mounted subtree is the whole tree for nothing and for a slash', () => {
    for (const root of ['', '/']) assert.equal(nodeAt(mounted(root).tree, '/README.txt')?.kind, 'document');
  });

  it('a mounted subtree may be an album by name or by id, and stays it when the album is renamed', () => {
    for (const root of ['album/Trip to Rome', 'album:id-1']) {
      const { tree, library } = mounted(root);
      library.become({ albums: ['Holiday'] });
      assert.deepEqual(nodeAt(tree, '/')?.kind === 'folder' && tree.folder('')?.items, {
        by: 'album',
        albumRowId: 1,
      });
    }
  });

  it('the root may be a parent of nested albums, which it then shows', () => {
    assert.deepEqual(mounted('album/Trips', true).tree.folder('/Oslo')?.items, { by: 'album', albumRowId: 2 });
    assert.deepEqual(mounted('album:id-2', true).tree.folder('')?.items, { by: 'album', albumRowId: 2 });
  });

  it('a mounted subtree as an album follows the albums that come to lie inside it, and a parent that becomes an album', () => {
    const library = new PlainLibrary({ albums: ['Trips'] });
    const tree = mountedTree({ library, nestedAlbums: true, root: 'album/Trips' });
    assert.equal(tree.folder('')?.leaf, true);
    library.become({ albums: ['Trips', `Trips${S}Oslo`] });
    assert.equal(tree.folder('')?.leaf, false, 'a look-up does not stop at the items');
    const parent = new PlainLibrary({ albums: [`Far${S}Away`] });
    const below = mountedTree({ library: parent, nestedAlbums: true, root: 'album/Far' });
    assert.equal(below.folder('')?.items, undefined);
    parent.become({ albums: [`Far${S}Away`, 'Far'] });
    assert.deepEqual(below.folder('')?.items, { by: 'album', albumRowId: 2 });
  });

  it('a mounted subtree is found under a decomposed spelling', () => {
    const library = new PlainLibrary({ albums: ['Zürich'] });
    const tree = mountedTree({ library, nestedAlbums: false, root: 'album/Zu\u0308rich' });
    assert.equal(tree.folder('')?.albumRowId, 1);
  });

  it('a mounted subtree is refused with near names where there is no such folder', () => {
    assert.match(refusal('album/trip to rome!').hint, /^Did you mean album\/Trip to Rome,/);
    assert.match(refusal('media/al').hint, /media\/all/);
    assert.match(refusal('medai/all').message, /no folder medai\./);
    assert.match(refusal('media/by-year/1871').hint, /media\/by-year\/2024/);
    assert.match(refusal('album:nope').hint, /user\.gphotos\.id/);
  });

  it('a mounted subtree is refused with the way out where the library is still empty', () => {
    assert.match(refusal('album/Rome', new PlainLibrary()).hint, /once without --root/);
  });

  it('a mounted subtree is refused where the path is a file or goes through one', () => {
    assert.match(refusal('README.txt').message, /is a file/);
    assert.match(refusal('album/Zoo/Lion.jpg').message, /album\/Zoo\/Lion\.jpg is a file/);
    assert.match(refusal('README.txt/x').message, /README\.txt is a file/);
  });

  it('a mounted subtree never climbs out by a path with dots', () => {
    for (const root of ['..', 'media/..', 'media/./all', 'album:../x']) refusal(root);
  });
});
