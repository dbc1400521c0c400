import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { openCatalogView } from '../../../src/catalog/catalog-view.js';
import { openCatalogWriter } from '../../../src/catalog/catalog-writer.js';
import type { DaemonConfig } from '../../../src/daemon/daemon-config.js';
import { StatusBoard } from '../../../src/daemon/status-board.js';
import { SyncLink } from '../../../src/daemon/sync-link.js';
import type { MediaId } from '../../../src/library/media-item.js';
import { RemoteError } from '../../../src/library/remote-error.js';
import { photo, plainNames } from '../catalog/catalog-fixture.js';
import { PROFILE_SOURCES } from '../../../src/library/source.js';
import { silentLogger } from '../../../src/support/logger.js';

/** A link to a real thread whose waits between two starts end only when they are hurried. Nobody is signed in. */
function linkOn(test: TestContext) {
  const folder = mkdtempSync(join(tmpdir(), 'sync-link-'));
  const catalogFile = join(folder, 'catalog.db');
  const waits: number[] = [];
  const waiting = new Set<() => void>();
  const clock = {
    now: () => Date.now(),
    sleep: (ms: number, signal?: AbortSignal): Promise<void> => {
      waits.push(ms);
      for (const tell of waiting) tell();
      waiting.clear();
      return new Promise((_, reject) => signal?.addEventListener('abort', () => reject(new Error('woken'))));
    },
  };
  const config = {
    paths: { catalogFile },
    pollIntervalMs: 3_600_000,
    fullSyncIntervalMs: 86_400_000,
    stretchFullPasses: false,
    quotaReserve: 0.3,
  } as DaemonConfig;
  const link = new SyncLink({
    config,
    timeZone: 'UTC',
    libraryUrl: 'http://127.0.0.1:9/',
    project: undefined,
    token: () => Promise.reject(new RemoteError('signed-out', 'Signed out.')),
    clock,
    log: silentLogger,
    board: new StatusBoard(config, PROFILE_SOURCES, 1, () => Date.now()),
    onCommitted: () => undefined,
    onListed: () => undefined,
  });
  test.after(async () => {
    await link.stop();
    rmSync(folder, { recursive: true });
  });
  return {
    link,
    catalogFile,
    waits,
    begin: () => void link.run(),
    /** Resolves once the link waits before its next try to start the thread. */
    pausing: () =>
      new Promise<void>((resolve) => {
        if (waits.length > 0) resolve();
        else waiting.add(resolve);
      }),
  };
}

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
