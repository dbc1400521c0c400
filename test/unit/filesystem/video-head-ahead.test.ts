import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ItemSelection } from '../../../src/library/item-selection.js';
import { VideoHeadAhead } from '../../../src/filesystem/video-head-ahead.js';
import type { MediaId } from '../../../src/library/media-item.js';
import { MemoryCatalog } from '../../behaviour/memory-catalog.js';
import { ManualClock } from '../content/manual-clock.js';

const ALL: ItemSelection = { by: 'all' };
const SIZE = 50_000_000;

/** Videos v00 to v19, each followed by a photo of the same number, and the heads that are fetched. */
class Rig {
  readonly clock = new ManualClock();
  readonly asked: string[] = [];
  readonly cached = new Set<string>();
  isBudgetLeft = true;
  fails = false;
  readonly #catalog = new MemoryCatalog(
    {
      items: Array.from({ length: 40 }, (_, index) => {
        const number = String(Math.floor(index / 2)).padStart(2, '0');
        const created = new Date(Date.UTC(2024, 0, 1) + index * 60_000).toISOString();
        return index % 2 === 0
          ? { key: `v${number}`, mimeType: 'video/mp4', size: SIZE, created }
          : { key: `v${number}-photo`, size: 1_000, created };
      }),
    },
    false,
  );
  readonly #names = new Map<MediaId, string>();
  readonly ahead: VideoHeadAhead;

  constructor(unready = '') {
    for (const { name } of this.#catalog.listItems(ALL)) {
      const item = this.#catalog.findItem(ALL, name);
      assert.ok(item !== undefined);
      this.#names.set(item.mediaId, name.split('.')[0] ?? '');
    }
    this.ahead = new VideoHeadAhead({
      catalog: {
        following: (...asked) =>
          this.#catalog
            .following(...asked)
            .map((item) => ({ ...item, size: SIZE, isReadable: this.#names.get(item.mediaId) !== unready })),
      },
      bytes: {
        bytesOf: (id) => (this.cached.has(this.#names.get(id) ?? '') ? 1 : 0),
        fillHead: ({ ref }, bytes) => {
          assert.equal(bytes, 262_144);
          this.asked.push(this.#names.get(ref.id) ?? '');
          return this.fails ? Promise.reject(new Error('no network')) : Promise.resolve();
        },
      },
      sizes: { known: () => undefined, knownEtag: () => undefined },
      mayFetch: () => this.isBudgetLeft,
      clock: this.clock,
    });
  }

  /** Opens a file; gives the videos whose heads are asked for then. */
  async open(name: string): Promise<string[]> {
    this.asked.length = 0;
    const item = this.#catalog.findItem(ALL, name);
    assert.ok(item !== undefined, name);
    this.ahead.opened(item, ALL);
    await new Promise((resolve) => setImmediate(resolve));
    for (const asked of this.asked) this.cached.add(asked);
    return [...this.asked];
  }
}

describe('opening videos one after another', () => {
  it('videos opened in order: the heads of the next three are prefetched, each once, without photos in between', async () => {
    const rig = new Rig();
    assert.deepEqual(await rig.open('v05.mp4'), [], 'one video is no row of videos');
    assert.deepEqual(await rig.open('v06.mp4'), ['v07', 'v08', 'v09']);
    assert.deepEqual(await rig.open('v07.mp4'), ['v10']);
    assert.deepEqual(await rig.open('v10.mp4'), ['v11', 'v12', 'v13'], 'one that is left out ends nothing');
  });

  it('heads of videos are also prefetched in the order of the listing, newest first', async () => {
    const rig = new Rig();
    assert.deepEqual(await rig.open('v09.mp4'), []);
    assert.deepEqual(await rig.open('v08.mp4'), ['v07', 'v06', 'v05']);
  });

  it('photos and jumps trigger no prefetch of video heads', async () => {
    const rig = new Rig();
    for (const name of ['v01-photo.jpg', 'v02-photo.jpg', 'v03.mp4', 'v15.mp4', 'v01.mp4'])
      assert.deepEqual(await rig.open(name), []);
  });

  it('heads of videos that Google is still processing are not prefetched', async () => {
    const rig = new Rig('v03');
    await rig.open('v01.mp4');
    assert.deepEqual(await rig.open('v02.mp4'), ['v04', 'v05', 'v06']);
  });

  it('no video head is prefetched when the media budget is at its reserve', async () => {
    const rig = new Rig();
    rig.isBudgetLeft = false;
    await rig.open('v01.mp4');
    assert.deepEqual(await rig.open('v02.mp4'), []);
  });

  it('no video head is prefetched for five seconds after a failure', async () => {
    const rig = new Rig();
    rig.fails = true;
    await rig.open('v01.mp4');
    assert.equal((await rig.open('v02.mp4')).length, 3);
    rig.cached.clear();
    rig.fails = false;
    assert.deepEqual(await rig.open('v03.mp4'), []);
    await rig.clock.advance(5_001);
    assert.deepEqual(await rig.open('v04.mp4'), ['v05', 'v06', 'v07']);
  });
});
