import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { slotsPerHost } from '../../../../src/remote/http/slots-per-host.js';

describe('the slots of a host', () => {
  it('listings leave slots free for readers, and background work gets 16 at most, however many connections are allowed', () => {
    assert.deepEqual(slotsPerHost(120), { foreground: 120, 'read-ahead': 96, background: 16 });
    assert.deepEqual(slotsPerHost(10), { foreground: 10, 'read-ahead': 8, background: 4 });
    assert.deepEqual(slotsPerHost(1), { foreground: 1, 'read-ahead': 1, background: 1 });
  });
});
