import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { ContentError } from '../../src/content/content-error.js';
import type { OpenContent } from '../../src/content/content-store.js';
import { RemoteError } from '../../src/library/remote-error.js';
import { SEED, SEED_NOTE, share } from '../support/chance.js';
import { ContentRig } from '../unit/content/content-rig.js';
import { bytesOf } from '../unit/content/fake-media.js';

/** Schedules to try. */
const RUNS = share(10_000);
const BLOCK = 65_536;
const IDS = ['a', 'b', 'c'] as const;
const MAX_BYTES = 6 * BLOCK;
const ANSWERED_WITHIN_MS = 10_000;

type Action =
  | { readonly do: 'open' | 'change' | 'resize'; readonly item: number }
  | { readonly do: 'read'; readonly handle: number; readonly position: number; readonly length: number }
  | { readonly do: 'close'; readonly handle: number }
  | { readonly do: 'wait'; readonly ms: number }
  | { readonly do: 'clear' | 'restart' | 'break' | 'offline' | 'online' };

const item = fc.nat({ max: IDS.length - 1 });
const handle = fc.nat({ max: 5 });
const action: fc.Arbitrary<Action> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ do: fc.constant('open' as const), item }) },
  {
    weight: 12,
    arbitrary: fc.record({
      do: fc.constant('read' as const),
      handle,
      position: fc.nat({ max: 5 * BLOCK }),
      length: fc.constantFrom(1, 4096, BLOCK, 2 * BLOCK),
    }),
  },
  { weight: 5, arbitrary: fc.record({ do: fc.constant('close' as const), handle }) },
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constant('wait' as const), ms: fc.constantFrom(10, 1_500, 12_000, 70_000) }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constantFrom('change' as const, 'resize' as const), item }) },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constantFrom('clear', 'restart', 'break', 'offline', 'online'),
    }),
  },
);

interface Handle {
  readonly id: string;
  readonly file: OpenContent;
  /** The one version that this handle has shown. */
  version: number | undefined;
}

/** Random actions against a store whose requests and chunks come in an order that fast-check chooses. */
class Play {
  readonly rig = new ContentRig();
  readonly handles: (Handle | undefined)[] = [];
  readonly pending = new Set<Promise<void>>();
  readonly failures: unknown[] = [];
  offline = false;
  breaks = 0;

  constructor(
    private readonly scheduler: fc.Scheduler,
    ranges: boolean,
  ) {
    const { media } = this.rig;
    media.chunk = BLOCK / 2;
    media.honourRanges = ranges;
    for (const [number, id] of IDS.entries()) media.add(id, 3 * BLOCK + 1000 * (number + 1));
    media.beforeAnswer = async ({ id }) => {
      await scheduler.schedule(Promise.resolve(), `answer ${id}`);
      if (this.offline) throw new RemoteError('offline', 'No connection to Google.');
    };
    media.beforeChunk = async (id, at) => {
      await scheduler.schedule(Promise.resolve(), `chunk ${id} ${String(at)}`);
      if (this.breaks > 0) {
        this.breaks--;
        throw new RemoteError('server', 'The connection was reset.');
      }
    };
  }

  start(): Promise<void> {
    return this.rig.restart({
      maxBytes: MAX_BYTES,
      maxAgeMs: 60_000,
      tuning: { wholePhotoBytes: 3.5 * BLOCK, joinBytes: BLOCK, memoryBlocks: 4 },
    });
  }

  async act(step: Action): Promise<void> {
    const { rig } = this;
    switch (step.do) {
      case 'open': {
        this.#track(this.#open(IDS[step.item] ?? 'a'));
        return;
      }
      case 'read': {
        this.#track(this.#read(step.handle, step.position, step.length));
        return;
      }
      case 'close': {
        this.#close(step.handle);
        return;
      }
      case 'wait':
        return rig.clock.advance(step.ms);
      case 'clear': {
        this.#track(rig.store.clear().then(() => undefined));
        return;
      }
      case 'restart':
        for (const number of this.handles.keys()) this.#close(number);
        await rig.store.stop();
        return this.start();
      case 'break':
        this.breaks++;
        return;
      case 'offline':
      case 'online':
        this.offline = step.do === 'offline';
        return;
      case 'change':
      case 'resize': {
        const thing = rig.media.items.get(IDS[step.item] ?? 'a');
        if (thing === undefined) return;
        thing.version++;
        if (step.do === 'resize') thing.size += 777;
      }
    }
  }

  /** Lets some of what is under way happen. */
  async progress(steps: number): Promise<void> {
    for (let step = 0; step < steps; step++) {
      await new Promise((resolve) => setImmediate(resolve));
      if (this.scheduler.count() > 0) await this.scheduler.waitNext(1);
    }
  }

  /** Requests go on while an action waits for them. */
  async through(acting: Promise<void>): Promise<void> {
    const state = { over: false };
    const over = (): void => void (state.over = true);
    acting.then(over, over);
    while (!state.over) await this.progress(1);
    await acting;
  }

  /** Everybody gets an answer in the end. */
  async finish(): Promise<void> {
    // In real time: files are made and removed on a real disk, which a busy machine serves late.
    const deadline = performance.now() + ANSWERED_WITHIN_MS;
    for (let turn = 0; this.pending.size > 0; turn++) {
      assert.ok(performance.now() < deadline, 'every read and open gets an answer');
      await this.progress(10);
      if (turn > 20 && turn < 200) await this.rig.clock.advance(1_000);
    }
    for (const number of this.handles.keys()) this.#close(number);
    await this.through(this.rig.store.stop());
    assert.ok(this.rig.store.stats().bytes <= MAX_BYTES, 'the limit is kept');
  }

  #track(work: Promise<void>): void {
    const done = work.then(
      () => void this.pending.delete(done),
      (error: unknown) => {
        this.pending.delete(done);
        this.failures.push(error);
      },
    );
    this.pending.add(done);
  }

  async #open(id: string): Promise<void> {
    const { rig } = this;
    const size = rig.sizes.known(id as never) ?? rig.media.items.get(id)?.size ?? 0;
    try {
      const file = await rig.store.open({ ref: { id: id as never, kind: 'photo' }, size });
      this.handles.push({ id, file, version: undefined });
    } catch (error) {
      assert.ok(error instanceof ContentError, String(error));
    }
  }

  async #read(number: number, position: number, length: number): Promise<void> {
    const held = this.handles[number % Math.max(1, this.handles.length)];
    if (held === undefined) return;
    const buffer = Buffer.alloc(length);
    let count: number;
    try {
      count = await held.file.read(buffer, position);
    } catch (error) {
      assert.ok(error instanceof ContentError, String(error));
      return;
    }
    assert.equal(count, Math.max(0, Math.min(length, held.file.size - position)), 'a read is never short');
    if (count < 8) return;
    const newest = this.rig.media.items.get(held.id)?.version ?? 1;
    const shown = Array.from({ length: newest }, (_, at) => at + 1).find((version) =>
      buffer.subarray(0, count).equals(bytesOf(held.id, version, position, position + count)),
    );
    assert.ok(shown !== undefined, 'the bytes are those of one version');
    assert.ok(held.version === undefined || held.version === shown, 'a handle shows one version only');
    held.version = shown;
  }

  #close(number: number): void {
    const held = this.handles[number];
    this.handles[number] = undefined;
    held?.file.close();
  }
}

describe('the content store, whatever the order of events', () => {
  it(`the content store, whatever the order of events gives right bytes of one version, or an error, to every reader (${RUNS} schedules, ${SEED_NOTE})`, async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.scheduler(),
        fc.boolean(),
        fc.array(fc.tuple(action, fc.nat({ max: 4 })), { minLength: 5, maxLength: 40 }),
        async (scheduler, ranges, steps) => {
          const play = new Play(scheduler, ranges);
          try {
            await play.start();
            for (const [step, progress] of steps) {
              await play.through(play.act(step));
              await play.progress(progress);
            }
            await play.finish();
            assert.deepEqual(play.failures, []);
          } finally {
            await play.rig[Symbol.asyncDispose]().catch(() => undefined);
          }
        },
      ),
      { seed: SEED, numRuns: RUNS, includeErrorInReport: true },
    );
  });
});
