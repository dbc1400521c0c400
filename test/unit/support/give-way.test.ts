import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { GiveWay } from '../../../src/support/give-way.js';
import { InstantClock } from '../remote/instant-clock.js';

describe('work in the background that lets readers go first', () => {
  it('has its turn at once while nobody reads', () => {
    assert.equal(new GiveWay(new InstantClock()).turn(), undefined);
  });

  it('has its turn 30 ms after the last reader got its answer', async () => {
    const clock = new InstantClock();
    const giveWay = new GiveWay(clock);
    giveWay.enter()();
    const began = clock.now();
    await giveWay.turn();
    assert.equal(clock.now() - began, 30);
    assert.equal(giveWay.turn(), undefined);
  });

  it('has its turn after 240 ms, all of it at once, where a reader waits longer', async () => {
    const clock = new InstantClock();
    const giveWay = new GiveWay(clock);
    giveWay.enter();
    const began = clock.now();
    await Promise.all([giveWay.turn(), giveWay.turn()]);
    assert.equal(clock.now() - began, 240);
    assert.ok(giveWay.turn() instanceof Promise, 'the next step waits again');
  });

  it('waits for every reader that waits', () => {
    const clock = new InstantClock();
    const giveWay = new GiveWay(clock);
    const [first] = [giveWay.enter(), giveWay.enter()];
    first();
    clock.advance(1000);
    assert.ok(giveWay.turn() instanceof Promise);
  });
});
