import assert from 'node:assert/strict';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { until } from '../../support/until.js';
import { itemNumbers } from '../../support/picking.js';
import { withPicks } from './pick-rig.js';
import { assertStored, filesIn, ONE, pick, store } from './stored-picks.js';

describe('picking that meets trouble', () => {
  it('a sign-in that ends while Done is waited for pauses the session without a further question, and a new sign-in goes on', () =>
    withPicks({ longestSleep: 60_000 }, async (rig) => {
      const { emulator, keeper, untilSession, clock } = rig;
      const { id } = await keeper.create(ONE);
      await until('it was asked', () => emulator.counters.requests({ route: 'picker.sessions.get' }) > 2);
      emulator.oauth.grant.revoked = true;
      emulator.oauth.expireAccessTokens();
      const paused = await untilSession('it is paused', ({ state }) => state === 'paused');
      assert.deepEqual([paused.reason, paused.exitCode], ['sign-in', 77]);
      const asked = emulator.counters.requests({ route: /^picker/ });
      const refused = emulator.counters.requests({ route: 'oauth.token' });
      clock.release();
      await until('it waits again', () => clock.held > 0);
      assert.equal(emulator.counters.requests({ route: /^picker/ }), asked);
      assert.equal(emulator.counters.requests({ route: 'oauth.token' }), refused);
      emulator.oauth.grant.revoked = false;
      emulator.picking.done(id, itemNumbers(emulator).slice(0, 2));
      await rig.signIn();
      keeper.environmentChanged({ signIn: true });
      await untilSession('all is stored', ({ state }) => state === 'done');
    }));

  it('a daily quota that ends between two pages pauses the session, keeps what is stored, and it goes on where it was', () =>
    withPicks({ seed: { items: 250, albums: 0, videosEvery: 0 }, longestSleep: 20_000 }, async (rig) => {
      const { emulator, clock, untilSession } = rig;
      emulator.faults.add({
        ...{ match: { route: 'picker.mediaItems.list' }, after: 1, times: 1 },
        action: { type: 'api-error', error: 'daily-quota' },
      });
      const numbers = itemNumbers(emulator);
      await pick(rig, numbers);
      const paused = await untilSession('it is paused', ({ state }) => state === 'paused');
      assert.deepEqual([paused.reason, paused.exitCode, paused.stored, paused.totalKnown], ['quota', 76, 100, false]);
      await until('it waits', () => clock.held > 0);
      emulator.clock.advance(25 * 3_600_000);
      clock.release();
      await untilSession('all is stored', ({ state }) => state === 'done');
      assert.equal(emulator.counters.requests({ route: 'media.picked' }), 250);
      await assertStored(rig, numbers);
    }));

  it('without the permission for picking a session is refused with words that name the box and the command, and nothing is asked after that', () =>
    withPicks({}, async ({ emulator, keeper }) => {
      emulator.oauth.grant.scopes = emulator.oauth.grant.scopes.filter((scope) => !scope.includes('photospicker'));
      await assert.rejects(keeper.create(ONE), (error: Error & { hint?: string }) => {
        assert.match(
          `${error.message} ${error.hint ?? ''}`,
          /may not read photos that you pick.*gphotos-mount login.*tick the box/,
        );
        return true;
      });
      assert.equal(emulator.counters.requests({ route: /^picker/ }), 1);
      assert.deepEqual(keeper.status().sessions, []);
    }));

  it('too many open sessions: those that are over here are ended at Google first; then the refusal says what to do', () =>
    withPicks({ switches: { mostPickSessions: 1 }, longestSleep: 1600 }, async (rig) => {
      const { emulator, keeper, ledger, untilSession } = rig;
      emulator.faults.add({
        ...{ match: { route: 'picker.sessions.delete' }, times: 2 },
        action: { type: 'api-error', error: 'unavailable' },
      });
      const id = await pick(rig, itemNumbers(emulator).slice(0, 2));
      await untilSession('it cannot be ended', ({ state, reason }) => state === 'done' && reason === 'google', id);
      const { id: second } = await keeper.create(ONE);
      assert.equal(ledger.picks.session(second)?.state, 'open');
      await assert.rejects(keeper.create(ONE), /opens no more picking sessions/);
    }));

  it('a store that is not there is told, nothing is written in its place, and it goes on when it is back', () =>
    withPicks({ longestSleep: 4000 }, async (rig) => {
      const { emulator, untilSession, problems, clock, keeper } = rig;
      const numbers = itemNumbers(emulator);
      keeper.run();
      await pick(rig, numbers.slice(0, 3));
      await untilSession('the first is stored', ({ state }) => state === 'done');
      const marker = join(store(rig), '.gphotos-mount-picked');
      const text = readFileSync(marker);
      rmSync(marker);
      const second = await pick(rig, numbers.slice(0, 6));
      const paused = await untilSession('it is paused', ({ state }) => state === 'paused', second);
      assert.deepEqual([paused.reason, paused.exitCode], ['disk', 2]);
      assert.match(paused.message ?? '', /The folder of picked files, .*, is not there\./);
      assert.equal(filesIn(rig).length, 3);
      writeFileSync(marker, text);
      await until('it goes on', () => {
        clock.release();
        return keeper.look(second)?.state === 'done';
      });
      await assertStored(rig, numbers.slice(0, 6));
      assert.ok(problems.length > 0);
    }));

  it('the access token goes to a media host of Google or to this machine only: an item with another base URL, or one that leads elsewhere, is not fetched', () =>
    withPicks({}, async (rig) => {
      const { emulator } = rig;
      const [first = -1, second = -1, third = -1] = itemNumbers(emulator);
      // A host that is not one of Google's, as a hostile network would name it.
      emulator.faults.add({
        ...{ match: { route: 'picker.mediaItems.list' }, times: Infinity },
        action: {
          type: 'edit',
          edit: (page) => {
            const [item] = page['mediaItems'] as { mediaFile: { baseUrl: string } }[];
            if (item !== undefined) item.mediaFile.baseUrl = 'https://photos.evil.example/ppa/1';
            return page;
          },
        },
      });
      const location = 'https://lh3.googleusercontent.com.evil.example/';
      emulator.faults.add({
        match: { route: 'media.picked', mediaId: emulator.library.idOf(second) },
        ...{ times: Infinity, action: { type: 'answer', status: 302, headers: { Location: location } } },
      });
      await pick(rig, [first, second, third]);
      const { missing } = await rig.untilSession(
        'two are named',
        ({ missing, stored }) => missing.length === 2 && stored === 1,
      );
      for (const { error } of missing) assert.match(error ?? '', /not one of Google’s/);
      await assertStored(rig, [third]);
    }));
});
