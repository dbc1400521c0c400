import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { crc32 } from 'node:zlib';
import fc from 'fast-check';
import { joinedCrc } from '../../../src/takeout/archives/running-crc.js';

describe('CRC of pieces', () => {
  it('the CRC of two pieces of any length is that of both together', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 3000 }), fc.uint8Array({ maxLength: 3000 }), (first, second) => {
        const whole = crc32(Buffer.concat([first, second]));
        assert.equal(joinedCrc(crc32(first), crc32(second), second.length), whole);
      }),
    );
  });

  it('the CRC of pieces of 1 MiB is that of the whole', () => {
    const piece = Buffer.alloc(1024 * 1024, 'abc');
    assert.equal(joinedCrc(crc32(piece), crc32(piece), piece.length), crc32(Buffer.concat([piece, piece])));
  });
});
