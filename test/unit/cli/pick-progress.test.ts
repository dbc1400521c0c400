import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { PickProgress } from '../../../src/cli/pick-progress.js';
import type { PickedSession } from '../../../src/daemon/status-document.js';

const MIB = 2 ** 20;

const SESSION: PickedSession = {
  ...{ id: 's', state: 'fetching', reason: null, message: null, hint: null, exitCode: null, album: null, missing: [] },
  ...{ created: '2026-03-01T10:00:00Z', expires: '2026-03-08T10:00:00Z', pollUntil: '2026-03-01T10:30:00Z' },
  ...{ total: 300, totalKnown: false, stored: 12, failed: 0, bytes: 36 * MIB },
};

function terminal(isTTY: boolean) {
  const lines: string[] = [];
  const state = { now: 0 };
  const write = (text: string): boolean => lines.push(text.replace(/[\r\u001b]|\[K/g, '')) > 0;
  const progress = new PickProgress({ isTTY, write }, () => state.now);
  return { progress, lines, state };
}

describe('the progress of a picking session', () => {
  it('the line tells items, bytes and the rate of the last seconds, and "at least" until all pages are listed', () => {
    const { progress, lines, state } = terminal(true);
    progress.show(SESSION);
    state.now = 2000;
    progress.show({ ...SESSION, stored: 20, bytes: 60 * MIB });
    progress.show({ ...SESSION, total: 1250, totalKnown: true, stored: 20, failed: 1, bytes: 60 * MIB });
    assert.equal(lines[0], '12 of at least 300 stored, 36.0 MiB');
    assert.equal(lines[1], '20 of at least 300 stored, 60.0 MiB, 12.0 MiB/s');
    assert.equal(lines[2], '20 of 1,250 stored, 60.0 MiB, 1 failed, 12.0 MiB/s');
  });

  it('the line says what the session waits for, before Done and while it is paused', () => {
    const { progress, lines } = terminal(true);
    progress.show({ ...SESSION, state: 'open' });
    progress.show({ ...SESSION, state: 'paused', reason: 'disk' });
    assert.match(lines[0] ?? '', /^Waiting for Done/);
    assert.match(lines[1] ?? '', /waits: disk$/);
  });

  it('nothing is drawn where the output is no terminal', () => {
    const { progress, lines } = terminal(false);
    progress.show(SESSION);
    progress.clear();
    assert.deepEqual(lines, []);
  });
});
