import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { crc32, deflateRawSync } from 'node:zlib';
import { inflateEntry, type PackedPiece } from '../../../src/takeout/archives/inflate-entry.js';
import { noise } from '../../emulator/filler.js';
import { until } from '../../support/until.js';

const content = noise(3, 5_000_000).read(0, 5_000_000);

/** An entry with `behind` after its packed bytes; whoever reads memory that was given back sees it. */
function entryOf(behind = Buffer.alloc(0)) {
  const packed = Buffer.concat([deflateRawSync(content, { level: 1 }), behind]);
  let held = 0;
  let reads = 0;
  return {
    place: { file: 'part.zip', offset: 7, packed: packed.length, size: content.length, crc: crc32(content) },
    held: () => held,
    reads: () => reads,
    read: async (position: number, length: number): Promise<PackedPiece> => {
      held += 1;
      reads += 1;
      await new Promise((resolve) => setImmediate(resolve));
      const bytes = Buffer.from(packed.subarray(position - 7, position - 7 + length));
      return {
        bytes,
        release: () => {
          held -= 1;
          bytes.fill(0xee);
        },
      };
    },
  };
}

describe('inflating an entry', () => {
  it('an entry comes whole, and all memory of its packed bytes is given back', async () => {
    const { place, read, held, reads } = entryOf();
    const pieces: Buffer[] = [];
    await inflateEntry(place, read, (piece) => void pieces.push(Buffer.from(piece)));
    assert.ok(Buffer.concat(pieces).equals(content));
    assert.ok(reads() > 4);
    assert.equal(held(), 0);
  });

  it('a reader that leaves, or throws, after the first piece ends the inflating, and all memory is given back', async () => {
    const ways: readonly [RegExp, (leaving: AbortController) => void][] = [
      [/the reader left/, (leaving) => leaving.abort()],
      [
        /own/,
        () => {
          throw new TypeError('own');
        },
      ],
    ];
    for (const [words, leave] of ways) {
      const { place, read, held, reads } = entryOf();
      const leaving = new AbortController();
      await assert.rejects(
        inflateEntry(place, read, () => leave(leaving), leaving.signal),
        words,
      );
      await until('all memory is back', () => held() === 0);
      assert.ok(reads() < 5, `${reads()} reads`);
    }
  });

  it('an archive that cannot be read in the middle of an entry ends it with that error', async () => {
    const { place, read, held } = entryOf();
    const failing = (position: number, length: number): Promise<PackedPiece> =>
      position > 2_000_000 ? Promise.reject(new Error('unplugged')) : read(position, length);
    await assert.rejects(
      inflateEntry(place, failing, () => undefined),
      /unplugged/,
    );
    await until('all memory is back', () => held() === 0);
  });

  it('an entry with other bytes behind its packed ones ends like any other', { timeout: 10_000 }, async () => {
    const { place, read, held } = entryOf(Buffer.alloc(3_000_000, 1));
    let received = 0;
    await inflateEntry(place, read, (piece) => void (received += piece.length));
    assert.equal(received, content.length);
    await until('all memory is back', () => held() === 0);
  });
});
