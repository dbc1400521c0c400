import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { checksum, pickChecksum } from '../../../src/support/checksum.js';

describe('the checksum of blocks', () => {
  const slow = pickChecksum(() => {
    throw new Error('not installed');
  });

  it('the checksum of a block is its CRC-32', () => {
    assert.equal(checksum(Buffer.from('123456789')), 0xcbf4_3926);
    assert.equal(checksum(Buffer.alloc(0)), 0);
  });

  it('the checksum is the same without the native package, for any length and offset in memory', () => {
    const bytes = Buffer.from(Array.from({ length: 70_000 }, (_, at) => Math.imul(at, 0x9e37_79b1) >>> 24));
    for (const length of [1, 7, 63, 64, 65, 4_095, 4_096, 65_536, 69_000])
      for (const at of [0, 1, 13, 512])
        assert.equal(checksum(bytes.subarray(at, at + length)), slow(bytes.subarray(at, at + length)));
  });

  it('the checksum of each of many mapped blocks is its own', () => {
    const blocks = [Buffer.from('one'), Buffer.from('two'), Buffer.from('three')];
    assert.deepEqual(
      blocks.map(checksum),
      blocks.map((block) => checksum(block)),
    );
    assert.deepEqual(blocks.map(slow), blocks.map(checksum));
  });

  it('the checksum is computed by the native package if it is installed', () => {
    const asked: string[] = [];
    const found = pickChecksum((name) => {
      asked.push(name);
      return { crc32: () => 7 };
    });
    assert.deepEqual([found(Buffer.from('123456789')), asked], [7, ['@node-rs/crc32']]);
  });
});
