import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ItemRecord } from '../../../src/catalog/records.js';
import type { ItemSelection } from '../../../src/library/item-selection.js';
import { PhotoReadAhead, type PhotoReading } from '../../../src/filesystem/photo-read-ahead.js';
import type { MediaId } from '../../../src/library/media-item.js';
import { MemoryCatalog } from '../../behaviour/memory-catalog.js';
import { ManualClock } from '../content/manual-clock.js';

const SIZE = 1000;
const ALL: ItemSelection = { by: 'all' };

/** Hundred photos p00 to p99, the oldest first by name, and what is fetched ahead of their reader. */
class Rig {
  readonly clock = new ManualClock();
  readonly asked: string[] = [];
  readonly cancelled: string[] = [];
  readonly cached = new Set<string>();
  /** Photos whose size is not in the catalog, and those that were measured as they were fetched. */
  readonly unmeasured = new Set<string>();
  readonly measured: string[] = [];
  /** What was told to come, each time. */
  readonly prepared: string[][] = [];
  isBudgetLeft = true;
  fails = false;
  /** Fetches stay under way until told otherwise. */
  isSlow = false;
  readonly #coming: (() => void)[] = [];
  readonly #catalog: MemoryCatalog;
  readonly #items = new Map<string, ItemRecord>();
  readonly #names = new Map<MediaId, string>();
  readonly ahead: PhotoReadAhead;

  /** `minuteOf` tells when the photo of a number was taken. */
  constructor(mostBytes = 1e9, minuteOf = (index: number): number => index) {
    const items = Array.from({ length: 100 }, (_, index) => ({
      key: `p${String(index).padStart(2, '0')}`,
      size: SIZE,
      created: new Date(Date.UTC(2024, 0, 1) + minuteOf(index) * 60_000).toISOString(),
    }));
    this.#catalog = new MemoryCatalog({ items }, false);
    for (const { name } of this.#catalog.listItems(ALL)) {
      const item = this.#catalog.findItem(ALL, name);
      assert.ok(item !== undefined);
      this.#items.set(name.slice(0, 3), { ...item, size: SIZE });
      this.#names.set(item.mediaId, name.slice(0, 3));
    }
    const nameOf = (id: MediaId): string => this.#names.get(id) ?? '';
    this.ahead = new PhotoReadAhead({
      catalog: {
        following: (...asked) =>
          this.#catalog
            .following(...asked)
            .map((item) => ({ ...item, size: this.unmeasured.has(nameOf(item.mediaId)) ? null : SIZE })),
      },
      bytes: {
        isCached: ({ id }) => this.cached.has(nameOf(id)),
        bytesOf: (id) => (this.cached.has(nameOf(id)) ? SIZE : 0),
        prepare: (refs) => this.prepared.push(refs.map(({ id }) => nameOf(id))),
        fill: async ({ ref }, priority, signal) => {
          assert.equal(priority, 'read-ahead');
          const name = nameOf(ref.id);
          this.asked.push(name);
          if (this.fails) throw new Error('no network');
          if (this.isSlow)
            await new Promise<void>((resolve, reject) => {
              this.#coming.push(resolve);
              signal.addEventListener('abort', () => {
                this.cancelled.push(name);
                reject(new Error('cancelled'));
              });
            });
          this.cached.add(name);
        },
      },
      sizes: {
        known: () => undefined,
        knownEtag: () => undefined,
        sizeForFetch: ({ id }) => {
          this.measured.push(nameOf(id));
          return Promise.resolve(SIZE);
        },
      },
      mayFetch: () => this.isBudgetLeft,
      mostBytes,
      clock: this.clock,
    });
  }

  open(name: string): PhotoReading {
    const item = this.#items.get(name);
    assert.ok(item !== undefined);
    const reading = this.ahead.opened(item, ALL, SIZE);
    assert.ok(reading !== undefined);
    return reading;
  }

  /** What is under way is there. */
  arrive(): void {
    for (const done of this.#coming.splice(0)) done();
  }

  /** Reads a photo, `bytes` of it; gives what was asked for ahead meanwhile. */
  async read(name: string, bytes = SIZE): Promise<string[]> {
    this.asked.length = 0;
    const reading = this.open(name);
    reading.read(bytes);
    reading.close();
    await new Promise((resolve) => setImmediate(resolve));
    return [...this.asked];
  }
}

describe('reading photos one after another', () => {
  it('photos read in order: the next two are prefetched, then twice as many at each step, each once', async () => {
    const rig = new Rig();
    assert.deepEqual(await rig.read('p00'), [], 'one photo is no row of photos');
    assert.deepEqual(await rig.read('p01'), ['p02', 'p03']);
    assert.deepEqual(await rig.read('p02'), ['p04', 'p05', 'p06']);
    assert.deepEqual(await rig.read('p03'), ['p07', 'p08', 'p09', 'p10', 'p11']);
    for (let next = 4; next < 20; next++) await rig.read(`p${String(next).padStart(2, '0')}`);
    await rig.read('p20');
    assert.ok(rig.cached.has('p44') && !rig.cached.has('p53'), 'never more than 32 ahead');
  });

  it('photos that were never measured are prefetched as well, and each is measured by its own fetch', async () => {
    const rig = new Rig();
    for (const name of ['p02', 'p04', 'p05']) rig.unmeasured.add(name);
    await rig.read('p00');
    assert.deepEqual((await rig.read('p01')).sort(), ['p02', 'p03']);
    assert.deepEqual((await rig.read('p02')).sort(), ['p04', 'p05', 'p06']);
    assert.deepEqual(rig.measured, ['p02', 'p04', 'p05']);
  });

  it('prefetch stays small among photos cached before and grows beyond them', async () => {
    const rig = new Rig();
    const names = Array.from({ length: 40 }, (_, index) => `p${String(index).padStart(2, '0')}`);
    for (const name of names) rig.cached.add(name);
    for (const name of names.slice(0, 38)) assert.deepEqual(await rig.read(name), []);
    assert.deepEqual(await rig.read('p38'), ['p40']);
    assert.deepEqual(await rig.read('p39'), ['p41']);
    assert.deepEqual(await rig.read('p40'), ['p42', 'p43', 'p44']);
  });

  it('a photo opened while it was being prefetched counts as cached before when it is read again', async () => {
    const rig = new Rig();
    rig.isSlow = true;
    for (const name of ['p00', 'p01', 'p02', 'p03', 'p04', 'p05']) await rig.read(name);
    assert.ok(!rig.cached.has('p05'), 'it is on its way');
    rig.arrive();
    await new Promise((resolve) => setImmediate(resolve));
    for (const name of rig.cached) assert.ok(name > 'p01');
    rig.cached.add('p00').add('p01');
    for (const name of ['p00', 'p01', 'p02', 'p03', 'p04', 'p05']) assert.deepEqual(await rig.read(name), [], name);
  });

  it('photos are also prefetched in the order of the listing, newest first', async () => {
    const rig = new Rig();
    await rig.read('p50');
    assert.deepEqual(await rig.read('p49'), ['p48', 'p47']);
  });

  it('eight readers of one folder share one prefetch window', async () => {
    const rig = new Rig();
    for (let reader = 0; reader < 8; reader++) await rig.read(`p${String(reader * 4).padStart(2, '0')}`);
    for (let reader = 0; reader < 8; reader++) await rig.read(`p${String(reader * 4 + 1).padStart(2, '0')}`);
    assert.ok(rig.cached.has('p32') && rig.cached.has('p53'), 'what any of them comes to next is there');
  });

  it('prefetch continues for readers that share a list, each opening the next photo while others are read', async () => {
    const rig = new Rig();
    const readers = Array.from({ length: 8 }, (_, index) => rig.open(`p0${index}`));
    for (let next = 8; next < 20; next++) {
      const reader = readers.shift();
      reader?.read(SIZE);
      reader?.close();
      readers.push(rig.open(`p${String(next).padStart(2, '0')}`));
    }
    await new Promise((resolve) => setImmediate(resolve));
    for (let index = 20; index < 43; index++) assert.ok(rig.cached.has(`p${index}`), `p${index}`);
    assert.equal(new Set(rig.asked).size, rig.asked.length, 'each once');
  });

  it('prefetch stops in an order whose photos stay unopened, such as all cameras for a reader of one', async () => {
    const rig = new Rig();
    const opened: string[] = [];
    let brought = 0;
    for (let next = 0; next < 100; next += 3) {
      const name = `p${String(next).padStart(2, '0')}`;
      opened.push(name);
      brought += (await rig.read(name)).filter((one) => !opened.includes(one)).length;
    }
    const used = opened.filter((name) => rig.cached.has(name)).length;
    assert.ok(used > 0 && brought - used <= 48, `${brought} were brought, ${used} of them opened`);
  });

  it('if photos are read in both orders, prefetch follows the order that skips fewer photos', async () => {
    // Newest first: 15 down to 0, 31 down to 16 and so on.
    const rig = new Rig(1e9, (index) => -(index ^ 15));
    for (let next = 0; next < 70; next++) {
      const name = `p${String(next).padStart(2, '0')}`;
      assert.ok(next < 2 || rig.cached.has(name), `${name} is there`);
      await rig.read(name);
      assert.ok(rig.cached.size <= next + 32, `${rig.cached.size} are there at ${name}`);
    }
  });

  it('photos beyond the window are announced before they are fetched, without cached ones', async () => {
    const rig = new Rig();
    rig.cached.add('p20');
    await rig.read('p00');
    assert.equal(rig.prepared.length, 0, 'one photo is no row of photos');
    for (let next = 1; next < 60; next++) {
      const asked = await rig.read(`p${String(next).padStart(2, '0')}`);
      const told = rig.prepared.flat();
      for (const name of asked) assert.ok(told.includes(name), `${name} was told before`);
    }
    assert.ok(!rig.prepared.flat().includes('p20'));
    const times = rig.prepared.map(({ length }) => length);
    assert.ok(times.reduce((sum, length) => sum + length, 0) < 6 * 99, `told of ${times.join(', ')}`);
  });

  it('a reader of heads only triggers no prefetch of photos', async () => {
    const rig = new Rig();
    for (let index = 10; index < 40; index++) assert.deepEqual(await rig.read(`p${index}`, SIZE / 2), []);
  });

  it('prefetch ends when a photo is closed half read', async () => {
    const rig = new Rig();
    await rig.read('p00');
    rig.isSlow = true;
    assert.deepEqual(await rig.read('p01', SIZE / 2), ['p02', 'p03']);
    assert.deepEqual(rig.cancelled, ['p02', 'p03']);
    assert.deepEqual(await rig.read('p02', SIZE / 2), []);
    assert.deepEqual(await rig.read('p03', SIZE / 2), []);
  });

  it('a jump ends prefetch: fetches for the old place are cancelled, and no new ones begin', async () => {
    const rig = new Rig();
    await rig.read('p00');
    rig.isSlow = true;
    await rig.read('p01');
    await rig.clock.advance(1_000);
    assert.deepEqual(await rig.read('p80'), []);
    assert.deepEqual(rig.cancelled, ['p02', 'p03']);
    assert.deepEqual(await rig.read('p81'), ['p82', 'p83'], 'and begins small at the new one');
  });

  it('prefetches of photos that no reader opens for ten seconds are cancelled', async () => {
    const rig = new Rig();
    await rig.read('p00');
    rig.isSlow = true;
    await rig.read('p01');
    await rig.clock.advance(9_000);
    assert.deepEqual(rig.cancelled, []);
    await rig.clock.advance(2_000);
    assert.deepEqual(rig.cancelled, ['p02', 'p03']);
  });

  it('no photo is prefetched when the media budget is at its reserve', async () => {
    const rig = new Rig();
    rig.isBudgetLeft = false;
    await rig.read('p00');
    assert.deepEqual(await rig.read('p01'), []);
    rig.isBudgetLeft = true;
    await rig.clock.advance(2_000);
    assert.deepEqual(await rig.read('p02'), ['p03', 'p04', 'p05', 'p06']);
  });

  it('no photo is prefetched for five seconds after a failure', async () => {
    const rig = new Rig();
    await rig.read('p00');
    rig.fails = true;
    assert.deepEqual(await rig.read('p01'), ['p02', 'p03']);
    rig.fails = false;
    assert.deepEqual(await rig.read('p02'), []);
    await rig.clock.advance(5_000);
    assert.ok((await rig.read('p03')).length > 0);
  });

  it('prefetch of photos keeps to its limit of bytes under way', async () => {
    const rig = new Rig(2.5 * SIZE);
    rig.isSlow = true;
    await rig.read('p00');
    assert.deepEqual(await rig.read('p01'), ['p02', 'p03']);
    assert.deepEqual(await rig.read('p02'), []);
  });

  it('unopened prefetches are cancelled after ten seconds although the clock was set back by 25 days', async () => {
    const rig = new Rig();
    rig.isSlow = true;
    for (const name of ['p00', 'p01']) await rig.read(name);
    assert.ok(rig.asked.length > 0, 'some are on their way');
    rig.clock.set(-25 * 86_400_000);
    await rig.clock.advance(10_000);
    assert.deepEqual(rig.cancelled, rig.asked);
  });
});
