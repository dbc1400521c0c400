import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { FuseRequest } from '../../../src/mount/fuse-binding.js';
import { LATE_MS, WaitingRequests } from '../../../src/mount/waiting-requests.js';
import { ManualClock } from '../content/manual-clock.js';

function waiting() {
  const clock = new ManualClock();
  const told: number[] = [];
  const waits = new WaitingRequests({
    clock,
    processOf: () => undefined,
    hasFatalSignal: () => false,
    onLate: () => told.push(clock.now()),
  });
  const add = () => waits.add(Buffer.alloc(0) as FuseRequest, () => false);
  return { clock, told, add };
}

describe('a request that waits for its answer', () => {
  it('a request that has waited 45 seconds is reported once, and goes on waiting', async () => {
    const { clock, told, add } = waiting();
    const began = clock.now();
    const wait = add();
    await clock.advance(10 * LATE_MS);
    assert.equal(told.length, 1);
    assert.ok((told[0] ?? 0) - began > LATE_MS && (told[0] ?? Infinity) - began < 50_000);
    assert.equal(wait.end(), true);
  });

  it('a request answered in time is not reported, nor for the time that others waited before it', async () => {
    const { clock, told, add } = waiting();
    for (let turn = 0; turn < 5; turn++) {
      const wait = add();
      await clock.advance(LATE_MS - 1_000);
      wait.end();
    }
    assert.deepEqual(told, []);
  });
});
