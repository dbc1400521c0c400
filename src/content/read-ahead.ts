/**
 * How one open file is being read. `window` counts the bytes to hold ready beyond the last read; 0 while reading jumps.
 */
export interface ReadingState {
  readonly next: number;
  readonly window: number;
}

export interface ReadAheadLimits {
  /** First window once two reads followed each other. */
  readonly first: number;
  readonly most: number;
  /** The kernel has several reads under way: this far from the expected offset still counts as sequential. */
  readonly slack: number;
}

export const READ_AHEAD: ReadAheadLimits = { first: 262_144, most: 33_554_432, slack: 262_144 };

export const UNREAD: ReadingState = { next: -1, window: 0 };

/**
 * The state after a read of `[position, end)`: the window doubles while reads are sequential, and falls to 0 on a jump.
 */
export function afterRead(
  state: ReadingState,
  position: number,
  end: number,
  limits: ReadAheadLimits = READ_AHEAD,
): ReadingState {
  if (state.next < 0) return { next: end, window: 0 };
  const distance = position - state.next;
  if (distance > limits.slack || distance < -limits.slack) return { next: end, window: 0 };
  // A repeated read does not change the window.
  if (end <= state.next) return state;
  return { next: end, window: Math.min(limits.most, Math.max(limits.first, state.window * 2)) };
}
