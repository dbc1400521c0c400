import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { describe, it } from 'node:test';
import { pickedFile } from '../../../src/picker/picked-store.js';
import type { PickedFault } from '../../emulator/picking-sessions.js';
import { until } from '../../support/until.js';
import { itemNumbers } from '../../support/picking.js';
import { withPicks } from './pick-rig.js';
import { assertStored, filesIn, idOf, ONE, pick, store } from './stored-picks.js';

describe('picking', () => {
  it('a session is in the ledger before its address is known; of 250 items three pages are listed, each after the bytes of the one before, all bytes are right, and it is ended once', () =>
    withPicks({ seed: { items: 250, albums: 0 } }, async (rig) => {
      const { emulator, keeper, ledger, untilSession } = rig;
      const begun = await keeper.create(ONE);
      assert.equal(ledger.picks.session(begun.id)?.uri, begun.uri);
      const numbers = itemNumbers(emulator);
      emulator.picking.done(begun.id, numbers);
      const done = await untilSession('all is stored', ({ state }) => state === 'done');
      assert.deepEqual([done.total, done.totalKnown, done.stored, done.failed], [250, true, 250, 0]);
      await assertStored(rig, numbers);
      await until('it is ended', () => emulator.picking.last.deleted);
      assert.equal(emulator.counters.requests({ route: 'picker.sessions.delete' }), 1);
      assert.deepEqual([...new Set(rig.shown)].length, 250);
      const order = emulator.counters
        .journal({ route: /^(?:picker\.mediaItems\.list|media\.picked)$/ })
        .map(({ route }) => (route === 'media.picked' ? 'b' : 'L'))
        .join('');
      // A request is counted when it is answered, so the bytes of a page end before the next list does.
      assert.match(order, /^Lb{100}Lb{100}Lb{50}$/);
      assert.ok(emulator.counters.journal({ route: 'media.picked' }).every(({ authorized }) => authorized));
    }));

  it('Google is never asked more often than it says; when its time for asking is over it is asked each 5 minutes, then each hour, and a late Done is collected', () =>
    withPicks({ switches: { pickPollIntervalMs: 5000, pickPollingMs: 60_000 } }, async (rig) => {
      const { emulator, clock, keeper, untilSession } = rig;
      const { id } = await keeper.create(ONE);
      await until('a day has passed', () => clock.sleeps.reduce((sum, ms) => sum + ms, 0) > 24 * 3_600_000);
      emulator.picking.done(id, itemNumbers(emulator).slice(0, 3));
      await untilSession('all is stored', ({ state }) => state === 'done');
      const waits = clock.sleeps.filter((ms) => ms !== 60_000);
      const quick = waits.filter((ms) => ms < 10_000);
      assert.ok(quick.length >= 10 && quick.length <= 13, `${quick.length} questions in the first minute`);
      assert.ok(
        quick.every((ms) => ms >= 5000 && ms <= 5500),
        quick.join(),
      );
      assert.equal(waits.filter((ms) => ms === 300_000).length, 12);
      assert.ok(waits.filter((ms) => ms === 3_600_000).length >= 20);
    }));

  it('whoever asks to resume again and again: Google is not asked more often than it says', () =>
    withPicks({ switches: { pickPollIntervalMs: 5000 }, longestSleep: 100 }, async (rig) => {
      const { emulator, keeper, clock } = rig;
      await keeper.create(ONE);
      await until('it was asked, and waits', () => clock.held > 0);
      for (let times = 0; times < 20; times += 1) {
        const before = clock.sleeps.length;
        void keeper.resume();
        await until('it waits again', () => clock.sleeps.length > before);
      }
      assert.equal(emulator.counters.requests({ route: 'picker.sessions.get' }), 1);
      emulator.clock.advance(5000);
      await keeper.resume();
      assert.equal(emulator.counters.requests({ route: 'picker.sessions.get' }), 2);
    }));

  it('a whole file that a crash left without a row is taken over, and not fetched', () =>
    withPicks({}, async (rig) => {
      const { emulator } = rig;
      const [number = -1, other = -1] = itemNumbers(emulator);
      const path = pickedFile(store(rig), idOf(number));
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, await emulator.library.bytesOf(emulator.library.idOf(number)));
      await pick(rig, [number, other]);
      await rig.untilSession('all is stored', ({ state }) => state === 'done');
      await assertStored(rig, [number, other]);
      assert.equal(emulator.counters.requests({ route: 'media.picked' }), 1);
    }));

  it('base URLs that end in the middle of a page are had by listing the page again, and each item is fetched once', () =>
    withPicks({ seed: { items: 40, albums: 0 } }, async (rig) => {
      const { emulator, untilSession } = rig;
      const numbers = itemNumbers(emulator);
      emulator.faults.add({
        match: { route: 'media.picked' },
        after: 20,
        times: 1,
        action: { type: 'slow', delayMs: 50 },
      });
      const id = await pick(rig, numbers);
      await until(
        'half of it is there',
        () => emulator.counters.requests({ route: 'media.picked', status: 200 }) >= 15,
      );
      emulator.expireBaseUrls();
      await untilSession('all is stored', ({ state }) => state === 'done', id);
      await assertStored(rig, numbers);
      assert.ok(emulator.counters.requests({ route: 'picker.mediaItems.list' }) >= 2);
      assert.equal(emulator.counters.requests({ route: 'media.picked', status: 200 }), 40);
    }));

  const FAULTS: readonly (readonly [string, PickedFault])[] = [
    ['is refused once with 403', { type: 'status', status: 403, times: 1 }],
    ['answers 500 three times', { type: 'status', status: 500, times: 3 }],
    ['breaks off twice', { type: 'cut', afterBytes: 500, times: 2 }],
    ['announces more bytes than it has', { type: 'length', by: 100, times: 1 }],
    ['is a page with status 200', { type: 'page', contentType: 'text/html', times: 1 }],
    ['is a page that calls itself a picture', { type: 'page', contentType: 'image/jpeg', times: 1 }],
    ['is 404 at first', { type: 'status', status: 404, times: 4 }],
  ];
  for (const [what, fault] of FAULTS)
    it(`an item that ${what} is stored right all the same, and its session ends`, () =>
      withPicks({}, async (rig) => {
        const numbers = itemNumbers(rig.emulator).slice(0, 5);
        rig.emulator.picking.faults.set(numbers[2] ?? -1, fault);
        await pick(rig, numbers);
        await rig.untilSession('all is stored', ({ state }) => state === 'done');
        await assertStored(rig, numbers);
        assert.ok(filesIn(rig).every((name) => !name.endsWith('.part')));
      }));

  it('an item that is 404 for ever is tried again until the session ends, and then named; the session is never ended because of it', () =>
    withPicks({}, async (rig) => {
      const { emulator, untilSession, keeper } = rig;
      const numbers = itemNumbers(emulator).slice(0, 5);
      emulator.picking.faults.set(numbers[1] ?? -1, { type: 'status', status: 404, times: Infinity });
      const id = await pick(rig, numbers);
      const retrying = await untilSession('it is partial', ({ state }) => state === 'partial');
      assert.deepEqual([retrying.total, retrying.stored, retrying.failed], [5, 4, 1]);
      const { filename } = emulator.library.itemAt(numbers[1] ?? -1) ?? {};
      assert.deepEqual(
        keeper.look(id)?.missing.map(({ name }) => name),
        [filename],
      );
      assert.match(keeper.look(id)?.missing[0]?.error ?? '', /does not know this item/);
      assert.equal(emulator.counters.requests({ route: 'picker.sessions.delete' }), 0);
      // Half a minute, doubled to an hour, for seven days.
      const lists = emulator.counters.requests({ route: 'picker.mediaItems.list' });
      assert.ok(lists > 150 && lists < 400, `${lists} lists in seven days`);
    }));

  it('a video that is processed is stored when it is ready; one that Google could not process is named, and the session is not ended because of it', () =>
    withPicks({ seed: { items: 6, albums: 0, videosEvery: 2 } }, async (rig) => {
      const { emulator, untilSession } = rig;
      const numbers = itemNumbers(emulator);
      const [ready = -1, failed = -1] = numbers.filter((number) => emulator.library.itemAt(number)?.kind === 'video');
      emulator.picking.processing.set(ready, 3).set(failed, Infinity);
      await pick(rig, numbers);
      const partial = await untilSession('it is over', ({ state }) => state === 'partial');
      assert.deepEqual([partial.stored, partial.failed], [5, 1]);
      assert.deepEqual(partial.missing, [
        { name: emulator.library.itemAt(failed)?.filename ?? '', error: 'Google could not process this video.' },
      ]);
      await assertStored(rig, [ready]);
      assert.ok(emulator.counters.journal({ route: 'media.picked' }).some(({ path }) => path.endsWith('=dv')));
      assert.equal(emulator.counters.requests({ route: 'picker.sessions.delete' }), 0);
    }));

  it('a session that expires after 60 of 200 items keeps the 60, is called expired, and nothing is asked about it any more', () =>
    withPicks({ seed: { items: 200, albums: 0 }, switches: { pageCap: 60 } }, async (rig) => {
      const { emulator, untilSession, keeper } = rig;
      const numbers = itemNumbers(emulator);
      emulator.faults.add({
        match: { route: 'picker.mediaItems.list' },
        after: 1,
        times: 1,
        action: { type: 'slow', delayMs: 300 },
      });
      await pick(rig, numbers);
      await untilSession('the first page is stored', ({ stored }) => stored === 60);
      emulator.clock.advance(8 * 24 * 3_600_000);
      const { total, totalKnown, stored } = await untilSession('it is expired', ({ state }) => state === 'expired');
      assert.deepEqual([total, totalKnown, stored], [60, false, 60]);
      const asked = emulator.counters.requests({ route: /^picker/ });
      await keeper.resume();
      assert.equal(emulator.counters.requests({ route: /^picker/ }), asked);
      await assertStored(rig, numbers.slice(0, 60));
    }));

  it('a clock that jumps over the end of a session does not end it: Google is asked, and says that it lives', () =>
    withPicks({ longestSleep: 60_000 }, async (rig) => {
      const { emulator, clock, ledger, untilSession, keeper } = rig;
      const { id } = await keeper.create(ONE);
      ledger.picks.change(id, { expires: clock.now() - 1000 });
      emulator.picking.done(id, itemNumbers(emulator).slice(0, 3));
      await keeper.resume();
      await untilSession('all is stored', ({ state }) => state === 'done');
    }));

  it('Done with nothing ticked ends the session with nothing stored', () =>
    withPicks({}, async (rig) => {
      await pick(rig, []);
      const { total, totalKnown } = await rig.untilSession('it is done', ({ state }) => state === 'done');
      assert.deepEqual([total, totalKnown], [0, true]);
      await until('it is ended', () => rig.emulator.picking.last.deleted);
    }));

  it('a listing with empty pages, repeated items, a refused token or an endless one ends, and each item is fetched once', async () => {
    for (const switches of [
      { emptyPages: 3 },
      { lastPageEmpty: true },
      { repeatAcrossPages: true },
      { endlessToken: true },
      { endlessRepeat: true },
    ])
      await withPicks({ switches: { pageCap: 7, ...switches } }, async (rig) => {
        const numbers = itemNumbers(rig.emulator);
        await pick(rig, numbers);
        await rig.untilSession(JSON.stringify(switches), ({ state }) => state === 'done');
        await assertStored(rig, numbers);
        assert.equal(rig.emulator.counters.requests({ route: 'media.picked' }), numbers.length);
      });
    await withPicks({ switches: { pageCap: 7 } }, async (rig) => {
      const { emulator } = rig;
      const numbers = itemNumbers(emulator);
      emulator.faults.add({
        ...{ match: { route: 'picker.mediaItems.list' }, after: 2, times: 1 },
        action: { type: 'api-error', error: 'bad-page-token' },
      });
      await pick(rig, numbers);
      await rig.untilSession('the list is begun again', ({ state }) => state === 'done');
      await assertStored(rig, numbers);
      assert.equal(emulator.counters.requests({ route: 'media.picked' }), numbers.length);
    });
  });

  it('an item that is picked twice is one: 100 of 150 again bring 50 new files, and nothing of the 100 is fetched again', () =>
    withPicks({ seed: { items: 200, albums: 0 } }, async (rig) => {
      const { emulator, untilSession } = rig;
      const numbers = itemNumbers(emulator);
      await pick(rig, numbers.slice(0, 150));
      await untilSession('the first is stored', ({ state }) => state === 'done');
      const second = await pick(rig, numbers.slice(50, 200));
      await untilSession('the second is stored', ({ state }) => state === 'done', second);
      assert.equal(filesIn(rig).length, 200);
      assert.equal(emulator.counters.requests({ route: 'media.picked' }), 200);
      assert.equal(rig.keeper.status().items, 200);
    }));

  it('two sessions with the same items at the same time: each item is fetched once and whole, and both sessions end', () =>
    withPicks({ seed: { items: 40, albums: 0, videosEvery: 0 }, switches: { latencyMs: 20 } }, async (rig) => {
      const { emulator, untilSession } = rig;
      const numbers = itemNumbers(emulator);
      const ids = [await pick(rig, numbers), await pick(rig, [...numbers].reverse())];
      for (const id of ids) await untilSession('all is stored', ({ state }) => state === 'done', id);
      assert.equal(emulator.counters.requests({ route: 'media.picked' }), 40);
      await assertStored(rig, numbers);
      assert.equal(filesIn(rig).length, 40);
    }));

  it('an item whose bytes change at Google under the same id keeps those that were stored, until it is forgotten', () =>
    withPicks({}, async (rig) => {
      const { emulator, untilSession, keeper } = rig;
      const [number = -1] = itemNumbers(emulator);
      await pick(rig, [number]);
      await untilSession('the first is stored', ({ state }) => state === 'done');
      const before = readFileSync(pickedFile(store(rig), idOf(number)));
      emulator.library.replaceBytes(emulator.library.idOf(number), { size: before.length + 10 });
      const second = await pick(rig, [number]);
      await untilSession('the second is done', ({ state }) => state === 'done', second);
      assert.ok(readFileSync(pickedFile(store(rig), idOf(number))).equals(before));
      assert.equal(await keeper.forget({ items: [idOf(number)] }), 1);
      assert.ok(!existsSync(pickedFile(store(rig), idOf(number))));
      const third = await pick(rig, [number]);
      await untilSession('the third is done', ({ state }) => state === 'done', third);
      await assertStored(rig, [number]);
    }));

  it('several sessions at once are each stored, 10,000 items in five of them', { timeout: 180_000 }, () =>
    withPicks({ seed: { items: 10_000, albums: 0, photoPadding: 0, videosEvery: 0 } }, async (rig) => {
      const { emulator, keeper } = rig;
      const numbers = itemNumbers(emulator);
      for (let from = 0; from < 10_000; from += 2000) await pick(rig, numbers.slice(from, from + 2000));
      await until('all are done', () => keeper.status().sessions.every(({ state }) => state === 'done'), 150_000);
      assert.equal(keeper.status().items, 10_000);
      assert.equal(emulator.counters.requests({ route: 'media.picked' }), 10_000);
      await until('all are ended', () => emulator.picking.all().every(({ deleted }) => deleted));
    }),
  );

  it('a cancelled session is ended at Google, and what is stored of it stays', () =>
    withPicks({ seed: { items: 100, albums: 0 } }, async (rig) => {
      const { emulator, keeper, untilSession } = rig;
      emulator.faults.add({
        match: { route: 'media.picked' },
        after: 20,
        times: Infinity,
        action: { type: 'slow', delayMs: 100 },
      });
      const id = await pick(rig, itemNumbers(emulator));
      await untilSession('some is stored', ({ stored }) => stored > 5, id);
      await keeper.cancel(id.slice(0, 8));
      await until('it is ended', () => emulator.picking.last.deleted);
      const { state, stored } = keeper.look(id) ?? assert.fail();
      assert.equal(state, 'cancelled');
      assert.ok(stored >= 5 && stored < 100, `${stored} stored`);
      assert.equal(filesIn(rig).filter((name) => !name.endsWith('.part')).length >= stored, true);
      await assert.rejects(keeper.cancel(id), /is over: cancelled/);
      await assert.rejects(keeper.cancel('nothing'), /There is no picking session nothing/);
    }));

  it('a start after a stop goes on where it stopped: half files are gone, whole files without a row are taken over, and no item is fetched twice', () =>
    withPicks({ seed: { items: 60, albums: 0 } }, async (rig) => {
      const { emulator, untilSession, again } = rig;
      const numbers = itemNumbers(emulator);
      emulator.faults.add({
        match: { route: 'media.picked' },
        after: 30,
        times: 8,
        action: { type: 'slow', delayMs: 400 },
      });
      await pick(rig, numbers);
      await untilSession('half is stored', ({ stored }) => stored >= 20);
      const next = await again();
      next.keeper.run();
      await next.untilSession('all is stored', ({ state }) => state === 'done');
      await assertStored(next, numbers);
      assert.ok(filesIn(next).every((name) => !name.endsWith('.part')));
      assert.ok(emulator.counters.requests({ route: 'media.picked', status: 200 }) <= 60 + 8);
    }));
});
