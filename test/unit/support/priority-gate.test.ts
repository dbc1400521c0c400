import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { PriorityGate } from '../../../src/support/priority-gate.js';

/** Enters and notes the name when let in. */
function enterAs(gate: PriorityGate, name: string, rank: number, order: string[], signal?: AbortSignal) {
  return gate.enter(rank, { signal }).then((leave) => {
    order.push(name);
    return leave;
  });
}

const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('PriorityGate', () => {
  it('PriorityGate lets in as many as its limit and the next when one leaves', async () => {
    const gate = new PriorityGate([2]);
    const order: string[] = [];
    const first = await enterAs(gate, 'a', 0, order);
    await enterAs(gate, 'b', 0, order);
    void enterAs(gate, 'c', 0, order);
    await settle();
    assert.deepEqual(order, ['a', 'b']);
    first();
    await settle();
    assert.deepEqual(order, ['a', 'b', 'c']);
  });

  it('PriorityGate lets the urgent in before those who came earlier, and equals in order of arrival', async () => {
    const gate = new PriorityGate([1, 1, 1]);
    const order: string[] = [];
    const leaveFirst = await enterAs(gate, 'first', 2, order);
    const rest = [
      enterAs(gate, 'background 1', 2, order),
      enterAs(gate, 'background 2', 2, order),
      enterAs(gate, 'ahead', 1, order),
      enterAs(gate, 'person', 0, order),
    ];
    leaveFirst();
    for (const entering of [rest[3], rest[2], rest[0], rest[1]]) (await entering)?.();
    assert.deepEqual(order, ['first', 'person', 'ahead', 'background 1', 'background 2']);
  });

  it('PriorityGate keeps slots free for the urgent however much background work waits', async () => {
    const gate = new PriorityGate([3, 2, 1]);
    const order: string[] = [];
    for (const name of ['b1', 'b2', 'b3']) void enterAs(gate, name, 2, order);
    await settle();
    assert.deepEqual(order, ['b1']);
    await enterAs(gate, 'person 1', 0, order);
    await enterAs(gate, 'person 2', 0, order);
    assert.deepEqual(order, ['b1', 'person 1', 'person 2']);
  });

  it('PriorityGate forgets a waiter whose signal aborts, and rejects with its reason', async () => {
    const gate = new PriorityGate([1]);
    const order: string[] = [];
    const leave = await enterAs(gate, 'a', 0, order);
    const abort = new AbortController();
    const waiting = enterAs(gate, 'gone', 0, order, abort.signal);
    void enterAs(gate, 'b', 0, order);
    abort.abort(new Error('the reader is gone'));
    await assert.rejects(waiting, /the reader is gone/);
    leave();
    await settle();
    assert.deepEqual(order, ['a', 'b']);
  });

  it('PriorityGate counts a slot once when it is given back twice', async () => {
    const gate = new PriorityGate([1]);
    const order: string[] = [];
    const leave = await enterAs(gate, 'a', 0, order);
    leave();
    leave();
    await enterAs(gate, 'b', 0, order);
    void enterAs(gate, 'c', 0, order);
    await settle();
    assert.deepEqual(order, ['a', 'b']);
  });

  it('PriorityGate refuses limits that rise or are zero', () => {
    assert.throws(() => new PriorityGate([1, 2]), RangeError);
    assert.throws(() => new PriorityGate([0]), RangeError);
  });

  it('PriorityGate admits a request before the others of its rank once it is urgent', async () => {
    const gate = new PriorityGate([1, 1, 1]);
    const order: string[] = [];
    const first = await enterAs(gate, 'a', 0, order);
    const urgent = new AbortController();
    void enterAs(gate, 'b', 1, order).then((leave) => leave());
    void gate.enter(2, { urgent: urgent.signal }).then((leave) => {
      order.push('c');
      leave();
    });
    urgent.abort();
    first();
    await settle();
    assert.deepEqual(order, ['a', 'c', 'b']);
  });
});
