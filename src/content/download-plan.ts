import { BLOCK_SIZE } from './block-map.js';
import type { Download } from './download.js';

/** What a reader is after: blocks from `from`, `needed` of them now, `ahead` bytes from the start of `from` soon. */
export interface Wish {
  readonly from: number;
  readonly needed: number;
  /** 0 where reading jumped or has only begun. */
  readonly ahead: number;
  /** All that is missing is asked for at once, to be drawn as it is wanted: a second request would cost more than is saved. */
  readonly inOne?: boolean;
}

/** A first read and a jump ask for this many blocks at least. */
const LEAST_BLOCKS = 2;

/**
 * Byte offset at which the request for a wish ends. One who reads on gets all that is missing in one request (its body is drawn
 * only as fast as it is wanted), one who jumps gets little more than he asked for. What is held already is not asked for again.
 */
export function requestEnd(wish: Wish, size: number, nextHeld: (from: number, to: number) => number): number {
  const count = Math.ceil(size / BLOCK_SIZE);
  const most =
    wish.ahead > 0 || wish.inOne === true ? count : Math.min(count, wish.from + Math.max(wish.needed, LEAST_BLOCKS));
  return Math.min(size, nextHeld(wish.from + 1, most) * BLOCK_SIZE);
}

/** Too little is left of a download to throw away what was paid for. */
export function shouldFinish({ at, end, from }: Pick<Download, 'at' | 'end' | 'from'>): boolean {
  return end - at <= Math.max(2 * BLOCK_SIZE, (end - from) / 8);
}
