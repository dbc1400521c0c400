import assert from 'node:assert/strict';
import { rmSync, writeFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { openCatalogView } from '../../../src/catalog/catalog-view.js';
import { openCatalogWriter } from '../../../src/catalog/catalog-writer.js';
import type { MediaId } from '../../../src/library/media-item.js';
import { photo, plainNames } from '../catalog/catalog-fixture.js';
import { linkOn } from './link-fixture.js';

const poll = { full: false, acceptRemovals: false };

describe('a look that is asked for while no syncing thread runs', () => {
  it('a look that is asked for while no syncing thread runs waits for the first start, and is answered by what the thread says', async (test) => {
    const { link, begin } = linkOn(test);
    const asked = link.syncNow(poll);
    begin();
    assert.equal((await asked)?.code, 'signed-out');
  });

  it('a look that is asked for while no syncing thread runs starts the thread at once, and says why where that fails too', async (test) => {
    const { link, begin, catalogFile, pausing, waits } = linkOn(test);
    writeFileSync(catalogFile, 'holiday notes');
    begin();
    await pausing();
    const trouble = await link.syncNow(poll);
    assert.equal(trouble?.code, 'sync-failed');
    assert.match(trouble.message, /not a catalog/);
    assert.ok(waits.length >= 1);
  });

  it('a look that is asked for while no syncing thread runs is done by the thread that the hurried start brings', async (test) => {
    const { link, begin, catalogFile, pausing } = linkOn(test);
    writeFileSync(catalogFile, 'holiday notes');
    begin();
    await pausing();
    rmSync(catalogFile);
    assert.equal((await link.syncNow({ full: true, acceptRemovals: false }))?.code, 'signed-out');
  });

  it('a look that is asked for while no syncing thread runs is answered as not done if the program ends first', async (test) => {
    const { link } = linkOn(test);
    const asked = link.syncNow(poll);
    await link.stop();
    assert.equal((await asked)?.code, 'not-running');
  });
});

describe('a size that is learnt while no syncing thread runs', () => {
  it('a size that is learnt while no syncing thread runs is in the catalog after the end of the program', async (test) => {
    const { link, catalogFile } = linkOn(test);
    const writer = openCatalogWriter(catalogFile, { names: plainNames });
    writer.transaction(() => writer.items.put([photo('a', '2024-01-01T12:00:00Z')], 0));
    writer.close();
    link.commitSizes([{ id: 'a' as MediaId, size: 7, etag: 'e', changedAt: undefined }]);
    await link.stop();
    const view = openCatalogView(catalogFile, { showArchived: false });
    assert.equal(view.findItem({ by: 'all' }, 'a.jpg')?.size, 7);
    view.close();
  });
});
