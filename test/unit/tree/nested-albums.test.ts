import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { cleanTitle } from '../../../src/tree/clean-name.js';
import { chooseTitle, nameKey } from '../../../src/tree/choose-name.js';
import { Tree } from '../../../src/tree/tree.js';
import { PlainLibrary, type TreeLibraryContent } from './tree-library.js';

const S = '\uFF0F';

function nested(content: TreeLibraryContent): { tree: Tree; library: PlainLibrary } {
  const library = new PlainLibrary(content);
  return { library, tree: new Tree({ library, nestedAlbums: true }) };
}

function names(tree: Tree, path: string): string[] {
  const folder = tree.folder(path);
  assert.ok(folder, path);
  return tree.children(folder).map(({ name }) => name);
}

/** Row of the album at each path below `album/`, parents without one left out. */
function albumsOf(tree: Tree, path = '/album'): Map<number, string> {
  const found = new Map<number, string>();
  for (const name of names(tree, path)) {
    const below = `${path}/${name}`;
    const row = tree.folder(below)?.albumRowId;
    if (row !== undefined) found.set(row, below);
    for (const [deeper, place] of albumsOf(tree, below)) found.set(deeper, place);
  }
  return found;
}

describe('nested albums', () => {
  it('nested albums make a folder in a folder of a slash in a title', () => {
    const { tree } = nested({ albums: [`Trips${S}Italy${S}Rome`, `Trips${S}Oslo`, 'Home'] });
    assert.deepEqual(names(tree, '/album'), ['Trips', 'Home']);
    assert.deepEqual(names(tree, '/album/Trips'), ['Italy', 'Oslo']);
    assert.deepEqual(tree.folder('/album/Trips/Italy/Rome')?.items, { by: 'album', albumRowId: 1 });
    assert.equal(tree.folder('/album/Trips')?.items, undefined);
  });

  it('nested albums let a folder be an album and a parent', () => {
    const { tree } = nested({ albums: ['Trips', `Trips${S}Oslo`] });
    assert.deepEqual(tree.folder('/album/Trips')?.items, { by: 'album', albumRowId: 1 });
    assert.equal(tree.folder('/album/Trips')?.leaf, false);
    assert.deepEqual(names(tree, '/album/Trips'), ['Oslo']);
  });

  it('nested albums stay flat where a part would be empty, a dot or two', () => {
    const albums = [`${S}a`, `a${S}`, `a${S}${S}b`, `..${S}x`, `a${S}.${S}b`];
    assert.deepEqual(names(nested({ albums }).tree, '/album').sort(), [...albums].sort());
  });

  it('nested albums mark a subfolder that has the name of an item of its album', () => {
    const { tree, library } = nested({
      albums: ['Trips', `Trips${S}Oslo.jpg`],
      itemsOfAlbum: { Trips: ['Oslo.jpg'] },
    });
    const [only = ''] = names(tree, '/album/Trips');
    assert.match(only, /^Oslo\.jpg~[a-z2-7]{6}$/);
    assert.equal(tree.folder('/album/Trips/Oslo.jpg'), undefined);
    assert.deepEqual(tree.folder(`/album/Trips/${only}`)?.items, { by: 'album', albumRowId: 2 });
    library.become({ ...library.content, itemsOfAlbum: {} });
    assert.deepEqual(names(tree, '/album/Trips'), ['Oslo.jpg'], 'the mark goes with the item');
  });

  it('nested albums share a parent that differs by case only, so that neither is hidden where case is ignored', () => {
    const { tree } = nested({ albums: [`Trips${S}Rome`, `trips${S}Oslo`] });
    assert.deepEqual(names(tree, '/album'), ['Trips']);
    assert.deepEqual(names(tree, '/album/Trips'), ['Rome', 'Oslo']);
  });

  it('nested albums follow the catalog', () => {
    const { tree, library } = nested({ albums: [`Trips${S}Rome`] });
    assert.deepEqual(names(tree, '/album'), ['Trips']);
    library.become({ albums: ['Home'] });
    assert.deepEqual(names(tree, '/album'), ['Home']);
    assert.equal(tree.folder('/album/Trips'), undefined);
  });

  it('nested albums show each album once, in a folder no other shares, whatever the titles', () => {
    const title = fc.array(fc.constantFrom('a', 'A', '/', '.', '..', ' ', 'é', 'b~'), { maxLength: 6 });
    fc.assert(
      fc.property(fc.array(title, { maxLength: 12 }), (titles) => {
        const albums: string[] = [];
        for (const [index, parts] of titles.entries()) {
          const isTaken = (key: string): boolean => albums.some((name) => nameKey(name) === key);
          albums.push(chooseTitle(cleanTitle(parts.join('')), `album ${index}`, isTaken));
        }
        const found = albumsOf(nested({ albums }).tree);
        assert.deepEqual(
          [...found.keys()].sort((a, b) => a - b),
          albums.map((_, index) => index + 1),
        );
        assert.equal(new Set([...found.values()].map(nameKey)).size, albums.length);
      }),
    );
  });
});
