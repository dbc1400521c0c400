import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { ArchiveEntry } from '../../../src/takeout/archives/entry.js';
import { packEntries, unpackEntries } from '../../../src/takeout/archives/pack-entries.js';

describe('entries on their way between threads', () => {
  it('entries of any kind come out as they went in', () => {
    const text = fc.string({ unit: 'grapheme' }).map((some) => some.replaceAll('\0', ''));
    const entry = fc.record(
      {
        folder: fc.oneof(text, fc.constant('Takeout/Google Photos/x')),
        name: text,
        size: fc.maxSafeNat(),
        packed: fc.maxSafeNat(),
        crc: fc.oneof(fc.nat(0xffffffff), fc.constant(0xffffffff), fc.constant(undefined)),
        headerOffset: fc.maxSafeNat(),
        method: fc.constantFrom('stored', 'deflated', 'file'),
      },
      { noNullPrototype: true },
    );
    fc.assert(
      fc.property(fc.array(entry), (entries) => {
        assert.deepEqual(unpackEntries(packEntries(entries as ArchiveEntry[])), entries);
      }),
    );
  });
});
