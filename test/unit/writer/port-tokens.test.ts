import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { PortTokens } from '../../../src/writer/port-tokens.js';
import { ManualClock } from '../content/manual-clock.js';

describe('access tokens asked for over a port', () => {
  it('a request for an access token fails after a minute without an answer, and the next caller asks again', async () => {
    const clock = new ManualClock();
    const asked: number[] = [];
    const tokens = new PortTokens(clock, (id) => asked.push(id));
    const stuck = assert.rejects(tokens.source(), { kind: 'server', reason: 'TOKEN_LATE' });
    await clock.advance(60_000);
    await stuck;
    const next = tokens.source();
    assert.deepEqual(asked, [1, 2]);
    tokens.arrived(1, 'of the first question');
    tokens.arrived(2, 'of the second');
    assert.equal(await next, 'of the second');
  });
});
