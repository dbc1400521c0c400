import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it, mock } from 'node:test';
import type { MediaId } from '../../../src/library/media-item.js';
import { systemClock } from '../../../src/support/clock.js';
import { silentLogger } from '../../../src/support/logger.js';
import { quotaDay } from '../../../src/support/quota-day.js';
import { ExitCode, UserError } from '../../../src/support/user-error.js';
import { Writer } from '../../../src/writer/writer.js';
import { catalogMatches } from '../sync/catalog-matches.js';
import { withWriter } from './writer-fixture.js';

const SEED = { items: 250, albums: 4 };

describe('the writer thread against an emulated library', () => {
  it('the writer thread against an emulated library fills the catalog with all there is, sizes included', () =>
    withWriter({ seed: SEED }, async ({ emulator, until, view, sync }) => {
      await until('first sync and sizes', (status) => status.firstSyncDone && status.unmeasured === 0);
      catalogMatches(view(), emulator.library);
      const item = [...emulator.library.items()].find(({ archived }) => !archived);
      const shown = view().findItem({ by: 'all' }, view().listItems({ by: 'all' })[0]?.name ?? '');
      assert.equal(shown?.mediaId, item?.id);
      assert.equal(shown?.size, emulator.library.sizeOf(item?.id ?? ''));
      const { api, media } = sync.status().quotaUsed;
      assert.equal(media, emulator.quotas.used.media);
      assert.equal(api, emulator.quotas.used.api);
    }));

  it('the writer thread against an emulated library measures many sizes side by side without a warning of Node', async () => {
    // What a thread writes to its standard error comes out by way of this one.
    const written = mock.method(process.stderr, 'write', () => true);
    try {
      await withWriter({ seed: SEED, switches: { latencyMs: 20 } }, ({ until }) =>
        until('first sync and sizes', (status) => status.firstSyncDone && status.unmeasured === 0),
      );
      const words = written.mock.calls.map(({ arguments: [text] }) => String(text)).join('');
      assert.equal(words, '');
    } finally {
      written.mock.restore();
    }
  });

  for (const [what, switches] of [
    ['archived items outside the list', { listShowsArchived: false }],
    ['empty pages with a token', { emptyPages: 3 }],
    ['an empty last page', { lastPageEmpty: true }],
    ['items repeated across pages', { repeatAcrossPages: true }],
    ['short pages', { pageCap: 7 }],
  ] as const) {
    it(`the writer thread against an emulated library leaves a catalog that equals the library after ${what}`, () =>
      withWriter(
        { seed: SEED, switches },
        async ({ emulator, until, view, sync }) => {
          await until('first sync', (status) => status.firstSyncDone);
          const { lastFullPass } = sync.status();
          void sync.syncNow({ full: true, acceptRemovals: false });
          await until('a second pass', (status) => status.lastFullPass !== lastFullPass && status.phase === 'idle');
          catalogMatches(view(), emulator.library);
        },
        { measureInBackground: false },
      ));
  }

  it('the writer thread against an emulated library stores additions, edits, removals and album changes after a requested sync', () =>
    withWriter(
      { seed: SEED },
      async ({ emulator, until, view, sync }) => {
        await until('first sync', (status) => status.firstSyncDone && status.phase === 'idle');
        const { library } = emulator;
        const [first, second, third] = [...library.items()];
        const added = library.add({ filename: 'fresh.jpg', description: 'new' });
        library.update(first?.id ?? '', { description: 'edited' });
        library.remove(third?.id ?? '');
        library.addToAlbum(library.albums()[0]?.id ?? '', [added.id]);
        library.setFavorite(second?.id ?? '', true);
        const { lastFullPass } = sync.status();
        void sync.syncNow({ full: true, acceptRemovals: false });
        await until('the full pass', (status) => status.lastFullPass !== lastFullPass && status.phase === 'idle');
        catalogMatches(view(), library);
      },
      { measureInBackground: false },
    ));

  it('the writer thread against an emulated library shows what is there while an API fault lasts, says so, and goes on after it', () =>
    withWriter(
      { seed: SEED },
      async ({ emulator, until, view, sync, troubles }) => {
        await until('first sync', (status) => status.firstSyncDone && status.phase === 'idle');
        emulator.faults.add({
          match: { route: 'mediaItems.list' },
          times: Infinity,
          action: { type: 'html', status: 502 },
        });
        void sync.syncNow({ full: false, acceptRemovals: false });
        await until('the failure in status', (status) => status.lastError !== undefined && status.phase === 'waiting');
        assert.equal(troubles.at(-1), 'server');
        catalogMatches(view(), emulator.library);
        emulator.faults.clear();
        void sync.syncNow({ full: false, acceptRemovals: false });
        await until('recovery', (status) => status.lastError === undefined);
      },
      { measureInBackground: false },
    ));

  it('the writer thread against an emulated library asks for fifty base URLs at once when it measures items that were listed long ago', () => {
    const overrides = { measureInBackground: false };
    return withWriter(
      { seed: { items: 450, albums: 1 } },
      async ({ emulator, until, restart }) => {
        await until('first sync', (status) => status.firstSyncDone && status.phase === 'idle');
        // The addresses of the listing go with the thread; the next one learns only those of its first page.
        overrides.measureInBackground = true;
        await restart();
        await until('all sizes', (status) => status.unmeasured === 0);
        const asked = emulator.counters.requests({ route: 'mediaItems.batchGet' });
        assert.ok(asked >= 7 && asked <= 10, `${asked} requests for the addresses of 350 items`);
      },
      overrides,
    );
  });

  it('the writer thread against an emulated library commits sizes and request counts that another thread hands over', () =>
    withWriter(
      { seed: SEED },
      async ({ until, view, sync, writer }) => {
        await until('first sync', (status) => status.firstSyncDone && status.phase === 'idle');
        const item = view().findItem({ by: 'all' }, view().listItems({ by: 'all' })[0]?.name ?? '');
        const mediaId = item?.mediaId ?? ('' as MediaId);
        const acknowledged = new Promise((resolve) =>
          writer.on('told', ({ task, message }) => {
            if (task === 'store' && message.acknowledged === 2) resolve(message.quotaUsed.media);
          }),
        );
        const before = sync.status().quotaUsed.media;
        const counts = { api: 0, media: 3 };
        const reports = [
          { type: 'sizes', sizes: [{ mediaId, size: 4711 }] },
          { type: 'counts', day: quotaDay(Date.now()), counts },
        ] as const;
        for (const [index, report] of reports.entries())
          writer.tell({ task: 'store', message: { number: index + 1, report } });
        assert.equal(await acknowledged, before + 3);
        assert.equal(view().findItem({ by: 'all' }, item?.name ?? '')?.size, 4711);
        await until('the counts', (status) => status.quotaUsed.media === before + 3);
      },
      { measureInBackground: false },
    ));

  it('the writer thread against an emulated library goes on with the catalog it had after a restart', () =>
    withWriter(
      { seed: SEED },
      async ({ emulator, until, view, restart, sync }) => {
        await until('first sync', (status) => status.firstSyncDone && status.phase === 'idle');
        const { quotaUsed } = sync.status();
        await restart();
        await until('a look', (status) => status.phase === 'idle');
        catalogMatches(view(), emulator.library);
        assert.ok(emulator.quotas.used.api - quotaUsed.api < 20, 'a restart costs a poll, not a full one');
      },
      { measureInBackground: false },
    ));

  it('the writer thread against an emulated library refuses a catalog that is not one, and leaves it alone', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'sync-refused-'));
    const catalogFile = join(folder, 'catalog.db');
    writeFileSync(catalogFile, 'holiday notes');
    const settings = {
      ...{ pollIntervalMs: 1000, idleIntervalMs: undefined, fullSyncIntervalMs: 1000 },
      ...{ stretchFullPasses: false, reserve: 0.3 },
    };
    const writer = new Writer({
      data: () => ({ catalogFile, mount: 'test', timeZone: 'UTC', libraryUrl: undefined, settings }),
      token: () => Promise.reject(new Error('no token is asked for')),
      ...{ clock: systemClock, log: silentLogger },
    });
    writer.start('sync');
    const failed = once(writer, 'failed') as Promise<[string, unknown]>;
    const ended = writer.run();
    const [, error] = await failed;
    assert.ok(error instanceof UserError && error.exitCode === ExitCode.catalog);
    await writer.stop();
    await ended;
    assert.equal(readFileSync(catalogFile, 'utf8'), 'holiday notes');
    rmSync(folder, { recursive: true });
  });
});
