import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { openCatalogView } from '../../../src/catalog/catalog-view.js';
import { openCatalogWriter } from '../../../src/catalog/catalog-writer.js';
import type { MediaId } from '../../../src/library/media-item.js';
import { openSqlite } from '../../../src/sqlite/open-sqlite.js';
import { until } from '../../support/until.js';
import { photo, plainNames } from '../catalog/catalog-fixture.js';
import { deaths, DYING_THREAD, type Death, type DyingData, type Stage } from './deaths.js';
import { linkOn } from './link-fixture.js';

const poll = { full: false, acceptRemovals: false };
const ID = 'a' as MediaId;

/** A link to a thread that dies as told. Its catalog has one item. */
function dyingLink(test: TestContext, extra: DyingData) {
  const world = linkOn(test, { entry: DYING_THREAD, limits: { maxOldGenerationSizeMb: 48 }, extra });
  const writer = openCatalogWriter(world.catalogFile, { names: plainNames });
  writer.transaction(() => writer.items.put([photo(ID, '2024-01-01T12:00:00Z')], 0));
  writer.close();
  const shownSize = (): number | undefined => {
    const view = openCatalogView(world.catalogFile, { showArchived: false });
    const size = view.findItem({ by: 'all' }, 'a.jpg')?.size;
    view.close();
    return size ?? undefined;
  };
  const measured = (size: number): void => world.link.commitSizes([{ id: ID, size, etag: 'e', changedAt: undefined }]);
  return { ...world, measured, shownSize };
}

/** Those that end the task alone, and those that take the thread with it. */
const OF_THE_TASK: readonly Death[] = ['throws in a timer', 'leaves a rejection', 'throws'];
const OF_THE_THREAD: readonly Death[] = ['ends the thread', 'uses up the memory'];

describe('a task of the writer thread that dies', () => {
  for (const how of [...OF_THE_TASK, ...OF_THE_THREAD]) {
    it(`a sync that ${how} is in status, sizes are stored meanwhile, and it comes back`, async (test) => {
      const left = deaths(1);
      const { link, board, begin, measured, shownSize, committed } = dyingLink(test, { left, task: 'sync', how });
      begin();
      await until('the failure in status', () => board.document().sync.lastError?.code === 'sync-failed');
      assert.equal(board.document().sync.phase, 'waiting');
      // Its wait lasts until it is hurried: only the other task can have come back.
      measured(7);
      await until('the size is acknowledged', () => committed.includes(ID));
      assert.equal(shownSize(), 7);
      assert.equal(board.document().sync.lastError?.code, 'sync-failed');
      assert.equal((await link.syncNow(poll))?.code, 'signed-out');
    });

    it(`a store task that ${how} keeps what it did not store, and stores it when it is back`, async (test) => {
      const left = deaths(1);
      const { link, begin, measured, shownSize, committed, wake } = dyingLink(test, { left, task: 'store', how });
      measured(7);
      begin();
      await until('the size is acknowledged', () => {
        wake();
        return committed.includes(ID);
      });
      assert.equal(shownSize(), 7);
      await until('syncing goes on', async () => (await link.syncNow(poll))?.code === 'signed-out');
    });
  }

  for (const how of OF_THE_TASK) {
    it(`a store task that ${how} is in status until it stores again, and syncing goes on`, async (test) => {
      const { link, board, begin, measured, committed, wake } = dyingLink(test, {
        left: deaths(1),
        ...{ task: 'store', how },
      });
      begin();
      const shown = await until('the failure in status', () =>
        board.document().errors.find(({ code }) => code === 'not-stored'),
      );
      assert.match(shown.message, /Storing.*injected fault/);
      assert.equal((await link.syncNow(poll))?.code, 'signed-out');
      measured(7);
      wake();
      await until('the size is acknowledged', () => committed.includes(ID));
      const after = board.document().errors.find(({ code }) => code === 'not-stored');
      assert.notEqual(after?.resolvedAt ?? null, null);
    });
  }

  it('a sync that dies of a request is asked once more when it is back, and answers', async (test) => {
    const { link, begin } = dyingLink(test, { left: deaths(1), task: 'sync', how: 'throws at a message' });
    begin();
    assert.equal((await link.syncNow(poll))?.code, 'signed-out');
  });

  it('a store task that dies of a report stores it when it is back, and those that came after it in order', async (test) => {
    const left = deaths(2);
    const world = dyingLink(test, { left, task: 'store', how: 'throws at a message' });
    world.measured(1);
    world.begin();
    for (const size of [2, 3]) world.measured(size);
    await until('all sizes are acknowledged', () => {
      world.wake();
      return world.committed.length === 3;
    });
    assert.equal(world.shownSize(), 3);
    assert.equal(new Int32Array(left)[0], 0);
  });

  it('a sync that takes the thread with it at each start waits longer and longer, and storing is back at once each time', async (test) => {
    const left = deaths(4);
    const world = dyingLink(test, { left, task: 'sync', how: 'ends the thread' });
    const { link, begin, measured, committed, waits, wake } = world;
    begin();
    for (const expected of [1000, 2000, 4000, 8000]) {
      await until(`a wait of ${expected} ms`, () => waits.at(-1) === expected);
      measured(expected);
      await until('the size is acknowledged', () => committed.length > 0);
      committed.length = 0;
      wake();
    }
    assert.equal((await link.syncNow(poll))?.code, 'signed-out');
    assert.deepEqual(waits, [1000, 2000, 4000, 8000]);
  });

  it('a writer thread that spins is told from one that answers, and the program ends all the same', async (test) => {
    const { link, begin, wake, waits } = dyingLink(test, { left: deaths(1), task: 'sync', how: 'spins' });
    begin();
    const asked = link.syncNow(poll);
    await until('the thread is stuck', async () => {
      const isWell = link.isWell(1234);
      // The deadline comes once the thread had its chance to answer.
      setTimeout(wake, 200);
      return !(await isWell);
    });
    assert.ok(waits.includes(1234));
    await link.stop();
    assert.equal((await asked)?.code, 'not-running');
  });
});

function requestsCounted(file: string): number {
  const db = openSqlite(file, { readonly: true });
  const used = db.prepare("SELECT sum(used) FROM quota_used WHERE kind = 'media'").pluck().get() as number | null;
  db.close();
  return used ?? 0;
}

describe('what the main thread reports while the writer thread dies', () => {
  const stages: readonly Stage[] = ['at receipt', 'before the commit', 'before the acknowledgement'];
  for (const stage of stages) {
    it(`sizes are stored in order by a thread that dies ${stage}, again and again`, async (test) => {
      const left = deaths(7);
      const { link, measured, shownSize, committed, wake } = dyingLink(test, { left, stage, place: 2 });
      link.run();
      for (let size = 1; size <= 10; size++) measured(size);
      await until('all is stored', () => {
        wake();
        return committed.length === 10;
      });
      assert.equal(new Int32Array(left)[0], 0, 'it died as often as asked');
      assert.equal(shownSize(), 10);
    });

    it(`requests are counted once by a thread that dies ${stage}, again and again`, async (test) => {
      const left = deaths(3);
      const { link, board, catalogFile, wake } = dyingLink(test, { left, stage, place: 1 });
      link.run();
      for (let request = 1; request <= 10; request++) link.countRequest('media');
      await until('it died as often as asked', () => {
        wake();
        // Whatever the catalog has so far, the sum is right.
        assert.ok(board.document().quota.media.used >= 10);
        return new Int32Array(left)[0] === 0;
      });
      await until('the requests are counted', () => {
        wake();
        return requestsCounted(catalogFile) > 0 && board.document().quota.media.used === 10;
      });
      await link.stop();
      assert.equal(requestsCounted(catalogFile), 10);
    });

    it(`sizes and counts that a thread did not acknowledge as it died ${stage} are in the catalog after the end`, async (test) => {
      const { link, measured, shownSize, catalogFile, waits } = dyingLink(test, { left: deaths(1), stage, place: 1 });
      link.run();
      measured(7);
      link.countRequest('media');
      await until('it waits for its next start', () => waits.length > 0);
      await link.stop();
      assert.equal(shownSize(), 7);
      assert.equal(requestsCounted(catalogFile), 1);
    });
  }
});
