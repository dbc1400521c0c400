import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { itemNumbers } from '../../support/picking.js';
import { until } from '../../support/until.js';
import { withPicks } from './pick-rig.js';

const MIB = 2 ** 20;
const ITEMS = 10;

describe('picked items that are fetched while programs read', () => {
  it('wait for their turn before each request and after each 512 KiB, and are stored whole in the end', async () => {
    let asked = 0;
    let begin = (): void => undefined;
    const first = new Promise<void>((resolve) => (begin = resolve));
    const turn = (): Promise<void> => {
      asked += 1;
      return first;
    };
    await withPicks({ seed: { items: 0 }, turn }, async ({ emulator, keeper, untilSession }) => {
      for (let index = 0; index < ITEMS; index += 1)
        emulator.library.add({ filename: `P${index}.jpg`, creationTime: Date.UTC(2025, 0, 1, 0, index), size: MIB });
      const { id } = await keeper.create({ most: 2000, album: null });
      emulator.picking.done(id, itemNumbers(emulator));
      await until('all downloads wait', () => asked === ITEMS);
      assert.equal(emulator.counters.requests({ route: 'media.picked' }), 0);
      begin();
      await untilSession('all is stored', ({ state, stored }) => state === 'done' && stored === ITEMS);
      assert.ok(asked >= 2 * ITEMS, `asked ${asked} times`);
    });
  });
});
