import { BLOCK_SIZE } from './block-map.js';
import type { Download } from './download.js';

/** A range that a reader needs: `needed` blocks from block `from` on now, and `ahead` bytes from its start soon. */
export interface RangeRequest {
  readonly from: number;
  readonly needed: number;
  /** 0 where reading jumped or has only begun. */
  readonly ahead: number;
  /**
   * One request for all missing bytes, consumed as the reader needs them: a second request would cost more than it
   * saves.
   */
  readonly inOne?: boolean;
}

/** A first read, or a read after a jump, requests at least this many blocks. */
const LEAST_BLOCKS = 2;

/**
 * Byte offset at which the request for a range ends. A sequential reader gets one request for all missing bytes; its
 * body is consumed only as fast as needed. After a jump the request is little longer than the read. It ends at the
 * first held block.
 */
export function requestEnd(wanted: RangeRequest, size: number, nextHeld: (from: number, to: number) => number): number {
  const count = Math.ceil(size / BLOCK_SIZE);
  const most =
    wanted.ahead > 0 || wanted.inOne === true
      ? count
      : Math.min(count, wanted.from + Math.max(wanted.needed, LEAST_BLOCKS));
  return Math.min(size, nextHeld(wanted.from + 1, most) * BLOCK_SIZE);
}

/** So little is left of a download that finishing it is cheaper than fetching the rest later. */
export function shouldFinish({ at, end, from }: Pick<Download, 'at' | 'end' | 'from'>): boolean {
  return end - at <= Math.max(2 * BLOCK_SIZE, (end - from) / 8);
}
