import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { ChangeWatch } from '../../../src/daemon/change-watch.js';
import { routeLookMs } from '../../../src/daemon/default-route.js';
import { ManualClock } from '../content/manual-clock.js';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

async function watching(test: TestContext, platform: NodeJS.Platform = 'darwin') {
  const clock = new ManualClock();
  const at: number[] = [];
  const lines: string[] = [];
  const machine = { route: 'eth0 0100A8C0' };
  const watch = new ChangeWatch({
    clock,
    lookMs: routeLookMs(platform),
    readRoute: () =>
      machine.route === 'unreadable' ? Promise.reject(new Error('no')) : Promise.resolve(machine.route),
    log: { log: (_level, message) => void lines.push(message) },
    onChange: () => at.push(clock.now()),
  });
  await watch.run();
  test.after(() => watch.stop());
  return { clock, machine, at, lines, watch };
}

describe('the watch over clock and network', () => {
  it('the watch over clock and network reports nothing while neither changes', async (test) => {
    const { clock, at } = await watching(test);
    await clock.advance(3 * HOUR);
    assert.deepEqual(at, []);
  });

  for (const [what, by] of [
    ['forward by a night, as after a suspension', 8 * HOUR],
    ['forward by a minute', MINUTE],
    ['back by an hour', -HOUR],
  ] as const)
    it(`the watch over clock and network reports a clock that jumps ${what} once, within 10 seconds`, async (test) => {
      const { clock, at, lines } = await watching(test);
      await clock.advance(5 * MINUTE);
      clock.set(by);
      const jumped = clock.now();
      await clock.advance(5 * MINUTE);
      assert.equal(at.length, 1);
      assert.ok((at[0] ?? Infinity) - jumped <= 10_000);
      assert.match(lines.join(), /the clock jumped by -?\d+ seconds: polling now/);
    });

  it('a step of a time server, and a program busy for five seconds, are not reported as a jump of the clock', async (test) => {
    const { clock, at } = await watching(test);
    for (const by of [5_000, -5_000]) {
      clock.set(by);
      await clock.advance(MINUTE);
    }
    assert.deepEqual(at, []);
  });

  it('the watch over clock and network reports a new default route once, within 10 seconds, also one that comes back after it was gone', async (test) => {
    const { clock, machine, at, lines } = await watching(test, 'linux');
    for (const route of ['wlan0 FE01A8C0', 'eth0 0100A8C0']) {
      machine.route = '';
      await clock.advance(MINUTE);
      const told = at.length;
      machine.route = route;
      const changed = clock.now();
      await clock.advance(MINUTE);
      assert.equal(at.length, told + 1);
      assert.ok((at.at(-1) ?? Infinity) - changed <= 10_000);
    }
    assert.match(lines.join(), /new default route/);
  });

  it('the watch over clock and network reports neither a route that is gone nor one that cannot be read', async (test) => {
    const { clock, machine, at } = await watching(test);
    machine.route = '';
    await clock.advance(HOUR);
    machine.route = 'unreadable';
    await clock.advance(HOUR);
    assert.deepEqual(at, []);
  });

  it('the watch over clock and network reports fewer than 100 changes of a network that changes every minute of a day', async (test) => {
    const { clock, machine, at } = await watching(test);
    for (let minute = 0; minute < 24 * 60; minute++) {
      machine.route = `wlan${minute % 2}`;
      await clock.advance(MINUTE);
    }
    assert.ok(at.length >= 70 && at.length < 100, String(at.length));
  });

  it('the watch over clock and network looks no more once it is stopped', async (test) => {
    const { clock, machine, at, watch } = await watching(test);
    await watch.stop();
    machine.route = 'wlan0 FE01A8C0';
    await clock.advance(MINUTE);
    assert.deepEqual(at, []);
  });
});
