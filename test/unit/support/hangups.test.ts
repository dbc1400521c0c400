import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import { describe, it } from 'node:test';
import { Hangups } from '../../../src/support/hangups.js';

function process() {
  const killed: number[] = [];
  return Object.assign(new EventEmitter(), {
    pid: 7,
    killed,
    kill: (pid: number) => killed.push(pid),
  });
}

describe('SIGHUP', () => {
  it('SIGHUP that comes before the daemon handles it is handled once it does, and later ones at once', () => {
    const source = process();
    const hangups = new Hangups(source);
    source.emit('SIGHUP');
    source.emit('SIGHUP');
    let handled = 0;
    hangups.handle(() => handled++);
    assert.equal(handled, 1);
    source.emit('SIGHUP');
    assert.equal(handled, 2);
    assert.deepEqual(source.killed, []);
  });

  it('SIGHUP ends a command that is no daemon, also one that came before that was clear', () => {
    const source = process();
    const hangups = new Hangups(source);
    source.emit('SIGHUP');
    hangups.release();
    assert.equal(source.listenerCount('SIGHUP'), 0);
    assert.deepEqual(source.killed, [7]);
  });
});
