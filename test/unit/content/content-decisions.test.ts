import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  HEADER_SIZE,
  decodeHeader,
  decodeRecords,
  encodeHeader,
  encodeRecord,
} from '../../../src/content/block-index.js';
import { BLOCK_SIZE, BlockMap, copyBlock } from '../../../src/content/block-map.js';
import { toContentError } from '../../../src/content/content-error.js';
import { requestEnd, shouldFinish } from '../../../src/content/download-plan.js';
import { UNREAD, afterRead, type ReadingState } from '../../../src/content/read-ahead.js';
import { RemoteError } from '../../../src/library/remote-error.js';

const LIMITS = { first: 100, most: 400, slack: 50 };

describe('the window of read-ahead', () => {
  for (const [title, reads, windows] of [
    ['the read-ahead window is 0 after one read', [[0, 10]], [0]],
    [
      'the read-ahead window opens on the second read in a row and doubles up to its limit',
      [
        [0, 10],
        [10, 20],
        [20, 30],
        [30, 40],
        [40, 50],
      ],
      [0, 100, 200, 400, 400],
    ],
    [
      'the read-ahead window closes on a jump ahead and opens again',
      [
        [0, 10],
        [10, 20],
        [500, 510],
        [510, 520],
      ],
      [0, 100, 0, 100],
    ],
    [
      'the read-ahead window closes on a jump back',
      [
        [500, 510],
        [510, 520],
        [0, 10],
      ],
      [0, 100, 0],
    ],
    [
      'the read-ahead window stays open when reads overtake each other a little',
      [
        [0, 10],
        [20, 30],
        [10, 20],
        [30, 40],
      ],
      [0, 100, 100, 200],
    ],
    [
      'the read-ahead window does not change when the same bytes are read again',
      [
        [0, 10],
        [10, 20],
        [10, 20],
      ],
      [0, 100, 100],
    ],
  ] as const) {
    it(title, () => {
      let state: ReadingState = UNREAD;
      const seen = reads.map(([from, to]) => {
        state = afterRead(state, from, to, LIMITS);
        return state.window;
      });
      assert.deepEqual(seen, windows);
    });
  }
});

describe('the end of a request', () => {
  const held = (blocks: readonly number[]) => (from: number, to: number) =>
    blocks.find((b) => b >= from && b < to) ?? to;
  for (const [title, wanted, count, present, end] of [
    ['the request for a first read has two blocks', { from: 0, needed: 1, ahead: 0 }, 10, [], 2],
    ['the request for a long read has all its blocks', { from: 4, needed: 3, ahead: 0 }, 10, [], 7],
    ['the request for a sequential reader goes to the end of the file', { from: 4, needed: 1, ahead: 1 }, 10, [], 10],
    ['a request ends before the first block that is held', { from: 4, needed: 1, ahead: 1 }, 10, [1, 7], 7],
    ['a request never goes beyond the end of the file', { from: 9, needed: 1, ahead: 0 }, 10, [], 10],
  ] as const) {
    it(title, () => assert.equal(requestEnd(wanted, count * BLOCK_SIZE, held(present)), end * BLOCK_SIZE));
  }

  it('the end of a request in a short last block is the size of the file', () => {
    assert.equal(requestEnd({ from: 0, needed: 1, ahead: 0 }, BLOCK_SIZE + 3, held([])), BLOCK_SIZE + 3);
  });
});

describe('a download that no reader waits for', () => {
  for (const [at, end, finish] of [
    [0, 100, false],
    [87, 100, false],
    [88, 100, true],
    [0, 2, true],
  ] as const) {
    it(`a download without readers at block ${String(at)} of ${String(end)} ${finish ? 'is finished' : 'ends'}`, () => {
      assert.equal(shouldFinish({ from: 0, at: at * BLOCK_SIZE, end: end * BLOCK_SIZE }), finish);
    });
  }
});

describe('the block map', () => {
  it('the block map knows which blocks are present, checked and missing', () => {
    const map = new BlockMap(3 * BLOCK_SIZE + 1);
    assert.equal(map.count, 4);
    map.add(1, 11, false);
    map.add(3, 33, true);
    map.add(4, 44, true);
    assert.deepEqual([...map], [1, 3]);
    assert.equal(map.allVerified(1, 1), false);
    map.markVerified(1);
    assert.equal(map.allVerified(1, 1), true);
    assert.equal(map.allVerified(1, 3), false);
    assert.equal(map.length(3), 1);
    map.remove(1);
    assert.deepEqual([map.present, map.complete, map.has(1)], [1, false, false]);
  });

  it('a read gets only its part of a block', () => {
    const target = Buffer.alloc(4, 9);
    copyBlock(1, Buffer.alloc(BLOCK_SIZE, 1), target, BLOCK_SIZE - 2);
    assert.deepEqual([...target], [9, 9, 1, 1]);
    copyBlock(0, Buffer.alloc(BLOCK_SIZE, 2), target, BLOCK_SIZE - 2);
    assert.deepEqual([...target], [2, 2, 1, 1]);
  });
});

describe('the index of blocks', () => {
  const header = { size: 5 * BLOCK_SIZE, etag: '"v1-ü"', createdAt: 1000, lastUsed: 2000, isStated: true };

  it('a header of the block index is decoded as it was encoded', () =>
    assert.deepEqual(decodeHeader(encodeHeader(header)), header));

  it('an ETag that is missing or too long for the header of the block index is left out', () => {
    for (const etag of [undefined, 'x'.repeat(1000)]) {
      assert.equal(decodeHeader(encodeHeader({ ...header, etag }))?.etag, undefined);
    }
  });

  it('a header of the block index with any changed byte is refused, except in the time of last use', () => {
    for (let at = 12; at < HEADER_SIZE; at++) {
      const bytes = encodeHeader(header);
      bytes[at] = (bytes[at] ?? 0) ^ 1;
      assert.equal(decodeHeader(bytes), undefined, `byte ${String(at)}`);
    }
  });

  it('records of the block index are read up to the first torn one', () => {
    const whole = Buffer.concat([encodeHeader(header), encodeRecord(0, 1), encodeRecord(3, 2), encodeRecord(1, 3)]);
    for (let cut = 0; cut <= 36; cut++) {
      const map = new BlockMap(header.size);
      decodeRecords(whole.subarray(0, whole.length - cut), map);
      assert.equal(map.present, 3 - Math.ceil(cut / 12));
    }
  });
});

describe('the answer to a reader', () => {
  for (const [kind, code] of [
    ['rate-limited', 'EAGAIN'],
    ['not-ready', 'EAGAIN'],
    ['offline', 'EIO'],
    ['quota-exhausted', 'EIO'],
    ['protocol', 'EIO'],
    ['failed-video', 'EIO'],
  ] as const) {
    it(`a reader gets ${code} for ${kind}, with message and hint of the cause`, () => {
      const error = toContentError(new RemoteError(kind, 'words', { hint: 'do this' }));
      assert.deepEqual([error.code, error.message, error.hint], [code, 'words', 'do this']);
    });
  }
});
