import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { openCatalogWriter } from '../../../src/catalog/catalog-writer.js';
import { treeNames } from '../../../src/sync/tree-names.js';
import { album, photo, withCatalog } from './catalog-fixture.js';

const camera = { cameraMake: 'Can\u200Bon', cameraModel: 'R5' };

describe('a name that was given when characters without width were still kept', () => {
  it('an item, album or camera named by an earlier version keeps its zero-width characters; new names have none', () => {
    withCatalog(({ file, writer, view }) => {
      const old = photo('old', '2024-01-01T00:00:00Z', { filename: 'a\u200B.jpg', ...camera });
      writer.transaction(() => {
        writer.items.put([old], 0);
        writer.albums.put([album('one', 'Ro\u2060me')], 0);
      });
      const later = openCatalogWriter(file, { names: treeNames });
      later.transaction(() => {
        later.items.put([{ ...old, description: 'changed' }], 0);
        later.items.put([photo('new', '2024-01-02T00:00:00Z', { filename: 'b\u200B.jpg' })], 0);
        later.albums.put([album('one', 'Ro\u2060me', 7), album('two', 'Os\u2060lo')], 0);
      });
      later.close();
      const seen = view();
      assert.deepEqual(
        seen.listItems({ by: 'all' }).map(({ name }) => name),
        ['b.jpg', 'a\u200B.jpg'],
      );
      assert.deepEqual(
        seen.albums().map(({ name }) => name),
        ['Oslo', 'Ro\u2060me'],
      );
      assert.deepEqual(
        seen.cameras().map(({ name }) => name),
        ['Can\u200Bon R5'],
      );
    });
  });
});
