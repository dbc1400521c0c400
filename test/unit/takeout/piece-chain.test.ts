import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { crc32 } from 'node:zlib';
import fc from 'fast-check';
import { PieceChain } from '../../../src/takeout/archives/piece-chain.js';

const KIB = 1024;

interface Fetched {
  readonly position: number;
  readonly length: number;
}

function chainOf(content: Buffer, { crc = crc32(content), mayFetchAhead = (): boolean => true } = {}) {
  const fetched: Fetched[] = [];
  let held = 0;
  let checks = 0;
  const chain = new PieceChain({
    size: content.length,
    fetch: async (position, length) => {
      fetched.push({ position, length });
      await new Promise((resolve) => setImmediate(resolve));
      const bytes = Buffer.from(content.subarray(position, position + length));
      held += 1;
      return {
        bytes,
        crc: crc32(bytes),
        release: () => {
          held -= 1;
          // Whoever reads memory that was given back sees it.
          bytes.fill(0xee);
        },
      };
    },
    checkCrc: (found) => {
      checks += 1;
      if (found !== crc) throw new Error('wrong CRC');
    },
    mayFetchAhead,
  });
  return { chain, fetched, held: () => held, checks: () => checks };
}

function noise(length: number): Buffer {
  const bytes = Buffer.alloc(length);
  for (let at = 0, state = 1; at < length; at += 1) {
    state = (state * 1103515245 + 12345) & 0x7fffffff;
    bytes[at] = state >> 16;
  }
  return bytes;
}

async function readAll(chain: PieceChain, size: number, step: number): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for (let at = 0; at < size; at += step) {
    const buffer = Buffer.alloc(step);
    const count = await chain.read(buffer, at);
    pieces.push(buffer.subarray(0, count));
  }
  return Buffer.concat(pieces);
}

describe('reading an entry in pieces', () => {
  it('an entry read in order comes right, in pieces that grow to 2 MiB, and its CRC is checked once', async () => {
    const content = noise(5_000_000);
    const { chain, fetched, held, checks } = chainOf(content);
    assert.ok((await readAll(chain, content.length, 128 * KIB)).equals(content));
    assert.deepEqual(
      fetched.slice(0, 5).map(({ length }) => length / KIB),
      [128, 256, 512, 1024, 2048],
    );
    assert.equal(checks(), 1);
    assert.ok(held() <= 5, `${held()} pieces held`);
    chain.close();
    assert.equal(held(), 0);
  });

  it('a reader that reads in order has the next 2 MiB fetched before it asks for them, and finds no byte missing that had the time to come', async () => {
    const content = noise(8_000_000);
    const { chain, fetched } = chainOf(content);
    const step = 128 * KIB;
    for (let at = 0; at < content.length; at += step) {
      const answer = chain.read(Buffer.alloc(step), at);
      // The first ones are asked for before anything is known of the reader.
      if (at > 4 * step) assert.equal(typeof answer, 'number', `the read at ${at} waits`);
      await answer;
      await new Promise((resolve) => setImmediate(resolve));
      const until = Math.max(...fetched.map(({ position, length }) => position + length));
      if (at > 16 * step) assert.ok(until >= Math.min(content.length, at + 2048 * KIB), `${until} after ${at}`);
    }
    chain.close();
  });

  it('while all readers together hold too much, a reader that reads in order gets pieces of 256 KiB at most, and none ahead', async () => {
    const content = noise(2_000_000);
    const { chain, fetched, held, checks } = chainOf(content, { mayFetchAhead: () => false });
    assert.ok((await readAll(chain, content.length, 128 * KIB)).equals(content));
    assert.equal(Math.max(...fetched.map(({ length }) => length)), 256 * KIB);
    assert.ok(held() <= 2, `${held()} pieces held`);
    assert.equal(checks(), 1);
    chain.close();
  });

  it('a reader that jumps gets exactly what it asks for', async () => {
    const content = noise(4_000_000);
    const { chain, fetched, checks } = chainOf(content);
    for (const position of [0, 3_900_000, 1_000_000, 2_500_000]) {
      const buffer = Buffer.alloc(4096);
      assert.equal(await chain.read(buffer, position), 4096);
      assert.ok(buffer.equals(content.subarray(position, position + 4096)));
    }
    assert.deepEqual(
      fetched.map(({ length }) => length),
      [4096, 4096, 4096, 4096],
    );
    assert.equal(checks(), 0);
  });

  it('a wrong CRC fails the last read of a reader that goes from the first byte to the last', async () => {
    const content = noise(3_000_000);
    const { chain, held } = chainOf(content, { crc: 1 });
    let good = 0;
    await assert.rejects(async () => {
      for (let at = 0; at < content.length; at += 128 * KIB) {
        await chain.read(Buffer.alloc(128 * KIB), at);
        good += 1;
      }
    }, /wrong CRC/);
    assert.ok(good > 10 && good < 23, `${good} reads before`);
    chain.close();
    await new Promise((resolve) => setImmediate(resolve));
    assert.equal(held(), 0, 'the memory of the piece whose CRC failed is not given back');
  });

  it('a small entry with a wrong CRC gives no byte', async () => {
    const { chain } = chainOf(noise(1000), { crc: 1 });
    await assert.rejects(async () => {
      await chain.read(Buffer.alloc(4096), 0);
    }, /wrong CRC/);
  });

  it('a read that failed is tried again by the next one', async () => {
    let fails = true;
    const chain = new PieceChain({
      size: 10,
      fetch: () =>
        fails
          ? Promise.reject(new Error('unplugged'))
          : Promise.resolve({ bytes: Buffer.from('0123456789'), crc: 0, release: () => undefined }),
      checkCrc: () => undefined,
      mayFetchAhead: () => true,
    });
    await assert.rejects(async () => {
      await chain.read(Buffer.alloc(10), 0);
    }, /unplugged/);
    fails = false;
    assert.equal(await chain.read(Buffer.alloc(10), 0), 10);
  });

  it('any reads, some at the same time and with overlaps, give the bytes of the entry, and all memory is given back', async () => {
    const content = noise(1_500_000);
    const oneRead = fc.record({
      position: fc.oneof(
        fc.nat(1_600_000),
        fc.nat(8).map((n) => n * 131_072),
      ),
      length: fc.oneof(fc.nat(300_000), fc.constant(131_072)),
      awaits: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(oneRead, { maxLength: 25 }), async (reads) => {
        const { chain, held } = chainOf(content);
        const checkOne = async (position: number, length: number): Promise<void> => {
          const buffer = Buffer.alloc(length);
          const count = await chain.read(buffer, position);
          assert.equal(count, Math.max(0, Math.min(length, content.length - position)));
          assert.ok(buffer.subarray(0, count).equals(content.subarray(position, position + count)));
        };
        const all: Promise<void>[] = [];
        for (const { position, length, awaits } of reads) {
          all.push(checkOne(position, length));
          if (awaits) await all.at(-1);
        }
        await Promise.all(all);
        chain.close();
        await new Promise((resolve) => setImmediate(resolve));
        await new Promise((resolve) => setImmediate(resolve));
        assert.equal(held(), 0);
      }),
      { numRuns: 60 },
    );
  });
});
