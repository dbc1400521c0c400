import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  accountEntries,
  accountLines,
  addAccounts,
  brokenSums,
  seemsIncomplete,
} from '../../../src/takeout/matching/accounting.js';
import type { EntryOutcome } from '../../../src/takeout/matching/accounting.js';

const media = (role: 'item' | 'copy' | 'edited' | 'moving', pairing: 'sidecar' | 'ambiguous' | 'without' = 'sidecar') =>
  ({ kind: 'media', role, pairing, packing: role === 'moving' ? 'deflated' : 'stored' }) as const;

const ENTRIES: readonly EntryOutcome[] = [
  media('item'),
  media('item', 'ambiguous'),
  media('copy'),
  media('edited'),
  media('moving', 'without'),
  { kind: 'sidecar', use: 'matched' },
  { kind: 'sidecar', use: 'membership' },
  { kind: 'sidecar', use: 'orphan' },
  { kind: 'unreadable' },
  { kind: 'album' },
  { kind: 'otherJson' },
  { kind: 'skipped' },
  { kind: 'repeated' },
  { kind: 'refused' },
];

const NAME = 'takeout-20260301T101112Z';

describe('the accounts of an export', () => {
  it('each entry is counted once and the sums hold', () => {
    const sums = accountEntries(ENTRIES);
    assert.deepEqual(brokenSums(sums, ENTRIES.length), []);
    assert.deepEqual([sums.entries, sums.media, sums.items, sums.sidecars, sums.refused], [14, 5, 2, 3, 1]);
    assert.deepEqual(brokenSums(addAccounts([sums, sums]), 28), []);
    assert.equal(addAccounts([sums, sums]).stored, 8);
  });

  it('a sum that does not hold is a sentence with both numbers', () => {
    const sums = accountEntries(ENTRIES);
    assert.deepEqual(brokenSums(sums, 15), [
      'each entry is counted once: 15 is not 14',
      'all entries were read: 15 is not 14',
    ]);
    assert.deepEqual(brokenSums({ ...sums, items: 1 }), [
      'media are items, copies, edited versions and moving parts: 5 is not 4',
    ]);
    assert.deepEqual(brokenSums({ ...sums, orphans: 0 }), [
      'sidecars are matched, album memberships and orphans: 3 is not 2',
    ]);
  });

  it('takeout check prints parts, media and sidecars of an export', () => {
    const [parts, ofMedia, ofSidecars, ...more] = accountLines(
      { name: NAME, parts: [3, 1, 2], missing: [] },
      accountEntries(ENTRIES.slice(0, 7)),
    );
    assert.equal(parts, `${NAME}   3 parts, 001-003, none missing`);
    assert.equal(
      ofMedia,
      '  media 5 = items 2 + copies 1 + edited 1 + moving 1     with sidecar 3, ambiguous 1, without 1       stored 4, deflated 1',
    );
    assert.equal(
      ofSidecars,
      '  sidecars 2 = matched 1 + album membership 1 + orphans 0    unreadable 0   album files 0   other json 0   skipped 0   repeated 0   refused 0',
    );
    assert.deepEqual(more, []);
  });

  it('takeout check prints large numbers with separators', () => {
    const sums = {
      ...accountEntries([]),
      media: 12_345,
      items: 12_345,
      stored: 1_000,
      sidecars: 1_234,
      matched: 1_234,
    };
    const [, ofMedia, ofSidecars] = accountLines({ name: NAME, parts: [1], missing: [] }, sums);
    assert.match(ofMedia ?? '', /media 12,345 = items 12,345 \+ copies 0 .* stored 1,000, deflated 0$/);
    assert.match(ofSidecars ?? '', /sidecars 1,234 = matched 1,234 /);
  });

  it('gaps in the numbers are named, and an extracted export has no parts', () => {
    const sums = accountEntries([]);
    assert.equal(
      accountLines({ name: NAME, parts: [1, 4], missing: [2, 3] }, sums)[0],
      `${NAME}   2 parts, 001-004, missing 002, 003`,
    );
    assert.equal(
      accountLines({ name: NAME, parts: [7], missing: [] }, sums)[0],
      `${NAME}   1 part, 007-007, none missing`,
    );
    assert.equal(accountLines({ name: 'Takeout', parts: [], missing: [] }, sums)[0], 'Takeout   extracted');
  });

  it('more than 2 % of the media without sidecar and of the sidecars without media say that a part seems to be missing', () => {
    const sums = (without: number, orphans: number) => ({
      ...accountEntries([]),
      media: 100,
      without,
      sidecars: 100,
      orphans,
    });
    assert.deepEqual(
      [seemsIncomplete(sums(3, 3)), seemsIncomplete(sums(2, 50)), seemsIncomplete(sums(50, 2))],
      [true, false, false],
    );
    // One odd file of each kind in an export of ten says nothing.
    assert.equal(seemsIncomplete({ ...sums(1, 1), media: 10, sidecars: 10 }), false);
    const lines = accountLines({ name: NAME, parts: [1], missing: [] }, sums(17, 15));
    assert.match(lines.at(-1) ?? '', /a part seems to be missing/);
  });
});
