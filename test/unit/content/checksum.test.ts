import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { checksum, pickChecksum } from '../../../src/content/checksum.js';

describe('the checksum of blocks', () => {
  const slow = pickChecksum(() => {
    throw new Error('not installed');
  });

  it('is CRC-32', () => {
    assert.equal(checksum(Buffer.from('123456789')), 0xcbf4_3926);
    assert.equal(checksum(Buffer.alloc(0)), 0);
  });

  it('is the same where the quick package is missing, whatever the length and the place in memory', () => {
    const bytes = Buffer.from(Array.from({ length: 70_000 }, (_, at) => Math.imul(at, 0x9e37_79b1) >>> 24));
    for (const length of [1, 7, 63, 64, 65, 4_095, 4_096, 65_536, 69_000])
      for (const at of [0, 1, 13, 512])
        assert.equal(checksum(bytes.subarray(at, at + length)), slow(bytes.subarray(at, at + length)));
  });

  it('takes each block for itself when it is mapped over many', () => {
    const blocks = [Buffer.from('one'), Buffer.from('two'), Buffer.from('three')];
    assert.deepEqual(
      blocks.map(checksum),
      blocks.map((block) => checksum(block)),
    );
    assert.deepEqual(blocks.map(slow), blocks.map(checksum));
  });

  it('comes from the quick package where there is one', () => {
    const asked: string[] = [];
    const found = pickChecksum((name) => {
      asked.push(name);
      return { crc32: () => 7 };
    });
    assert.deepEqual([found(Buffer.from('123456789')), asked], [7, ['@node-rs/crc32']]);
  });
});
