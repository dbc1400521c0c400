import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { RemoteError } from '../../../src/library/remote-error.js';
import type { OpenContent } from '../../../src/content/content-store.js';
import { ContentRig, expectAll, expectBytes } from './content-rig.js';

const MIB = 1_048_576;
const VIDEO = 60_000_000;
/** What a connection gives, bytes a second. */
const LINE = 10_000_000;

interface LineOptions {
  /** All connections together give no more than one. */
  readonly isShared?: boolean;
}

/** A video of 60 MB at a host whose connections give 10 MB/s each. */
async function slowHost({ isShared = false }: LineOptions = {}): Promise<ContentRig> {
  const rig = await ContentRig.start();
  rig.media.chunk = 262_144;
  rig.media.add('v', VIDEO);
  const ms = (rig.media.chunk / LINE) * 1_000;
  let last = Promise.resolve();
  rig.media.beforeAnswer = () => rig.clock.sleep(50);
  rig.media.beforeChunk = () => {
    const carried = isShared ? last.then(() => rig.clock.sleep(ms)) : rig.clock.sleep(ms);
    last = carried;
    return carried;
  };
  return rig;
}

/** Reads `[from, to)` in steps, as fast as it comes. */
async function readOn(file: OpenContent, from: number, to: number): Promise<void> {
  for (let at = from; at < to; at += 131_072) await expectBytes(file, 'v', at, 131_072);
}

/** Moves time on in small steps until `work` is done, so that the disk keeps up with it. */
async function flow<T>(rig: ContentRig, work: Promise<T>): Promise<T> {
  const state = { isDone: false };
  const over = (): void => {
    state.isDone = true;
  };
  work.then(over, over);
  for (let turn = 0; !state.isDone && turn < 3_000; turn++) {
    await rig.clock.advance(20);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
  assert.ok(state.isDone, 'it is done within a minute');
  return work;
}

const openVideo = (rig: ContentRig): Promise<OpenContent> => flow(rig, rig.open('v', 'video'));

describe('a sequential reader of a large file', () => {
  it('a host whose connections give only so much is read by several at once, in few requests, each byte once', async () => {
    await using rig = await slowHost();
    const file = await openVideo(rig);
    await flow(rig, expectAll(file, 'v'));
    assert.ok(rig.media.peak >= 3 && rig.media.peak <= 6, `${rig.media.peak} streams`);
    assert.ok(rig.media.fetches().length <= 12, `${rig.media.fetches().length} requests`);
    assert.ok(rig.media.bytesSent <= 1.1 * VIDEO, `${rig.media.bytesSent} bytes`);
    file.close();
  });

  it('streams that bring no more together than one alone are taken back', async () => {
    await using rig = await slowHost({ isShared: true });
    const file = await openVideo(rig);
    await flow(rig, readOn(file, 0, 16 * MIB));
    assert.equal(rig.media.peak, 3);
    assert.ok(rig.media.open <= 1, `${rig.media.open} streams`);
    rig.media.peak = 0;
    await flow(rig, readOn(file, 16 * MIB, VIDEO));
    assert.equal(rig.media.peak, 1);
    assert.ok(rig.media.bytesSent <= 1.1 * VIDEO, `${rig.media.bytesSent} bytes`);
    assert.ok(rig.media.fetches().length <= 12, `${rig.media.fetches().length} requests`);
    file.close();
  });

  it('reads that come out of order, as the kernel sends them, have no byte fetched twice', async () => {
    await using rig = await slowHost();
    const file = await openVideo(rig);
    await flow(rig, expectBytes(file, 'v', 0, 131_072));
    await flow(
      rig,
      Promise.all([expectBytes(file, 'v', 262_144, 131_072), expectBytes(file, 'v', 131_072, 131_072)]).then(
        () => undefined,
      ),
    );
    await flow(rig, expectAll(file, 'v'));
    assert.ok(rig.media.bytesSent <= 1.01 * VIDEO, `${rig.media.bytesSent} bytes`);
    file.close();
  });

  it('a host that ignores Range is read by one request', async () => {
    await using rig = await slowHost();
    rig.media.honourRanges = false;
    const file = await openVideo(rig);
    await flow(rig, expectAll(file, 'v'));
    assert.equal(rig.media.peak, 1);
    assert.equal(rig.media.bytesSent, VIDEO);
    file.close();
  });

  it('a player that takes less than a connection gives is served by one stream', async () => {
    await using rig = await slowHost();
    const file = await openVideo(rig);
    for (let at = 0; at < 20 * MIB; at += 131_072) {
      await flow(rig, expectBytes(file, 'v', at, 131_072));
      await rig.clock.advance(100);
    }
    assert.equal(rig.media.peak, 1);
    file.close();
  });

  it('a jump ends the requests for what no reader comes to, and the close ends all', async () => {
    await using rig = await slowHost();
    const file = await openVideo(rig);
    let before = 0;
    const readAndJump = async (): Promise<void> => {
      await readOn(file, 0, 6 * MIB);
      assert.ok(rig.media.open >= 3, `${rig.media.open} streams`);
      before = rig.media.bytesSent;
      await expectBytes(file, 'v', 58_000_000, 4_096);
    };
    await flow(rig, readAndJump());
    await rig.clock.advance(3_000);
    // The piece that each had in hand, the end of the range at the new place.
    assert.ok(rig.media.bytesSent - before <= 8 * rig.media.chunk, `${rig.media.bytesSent - before} bytes`);
    file.close();
    await rig.clock.advance(15_000);
    assert.equal(rig.media.open, 0);
  });

  it('a segment that is refused fails no reader, and no more are added for a while', async () => {
    await using rig = await slowHost();
    rig.media.beforeAnswer = async ({ range, priority }) => {
      await rig.clock.sleep(50);
      if (priority === 'read-ahead' && (range?.start ?? 0) > 0 && (range?.end ?? 0) < VIDEO)
        throw new RemoteError('rate-limited', 'Slow down.', { status: 429 });
    };
    const file = await openVideo(rig);
    await flow(rig, expectAll(file, 'v'));
    assert.ok(rig.media.fetches().length <= 14, `${rig.media.fetches().length} requests`);
    assert.ok(rig.media.bytesSent <= 1.1 * VIDEO);
    file.close();
  });

  it('a store that stops while a file is read by several streams ends them all and begins no other', async () => {
    const rig = await slowHost();
    const file = await openVideo(rig);
    const reading = readOn(file, 0, VIDEO).catch(() => undefined);
    await flow(
      rig,
      (async () => {
        while (rig.media.open < 3) await rig.clock.sleep(10);
      })(),
    );
    const before = rig.media.requests.length;
    await rig[Symbol.asyncDispose]();
    await reading;
    assert.equal(rig.media.open, 0);
    assert.equal(rig.media.requests.length, before);
  });

  it('readers of many files together add ten streams at most', async () => {
    await using rig = await slowHost();
    const names = ['a', 'b', 'c', 'd', 'e'];
    for (const id of names) rig.media.add(id, VIDEO);
    const files = await flow(rig, Promise.all(names.map((id) => rig.open(id, 'video'))));
    await flow(rig, Promise.all(files.map((file, at) => expectAll(file, names[at] ?? ''))));
    assert.ok(rig.media.peak <= names.length + 10, `${rig.media.peak} streams`);
    assert.ok(rig.media.peak > names.length, `${rig.media.peak} streams`);
    for (const file of files) file.close();
  });
});
