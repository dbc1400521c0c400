import type { TaskName } from '../../../src/writer/task.js';

export type Death =
  | 'throws in a timer'
  | 'leaves a rejection'
  | 'throws'
  | 'throws at a message'
  | 'ends the thread'
  | 'uses up the memory'
  | 'spins';

export type Stage = 'at receipt' | 'before the commit' | 'before the acknowledgement';

/**
 * What the thread of a test is told besides its own data. `left` counts the deaths that are still to be died; `place` is the first
 * report of each life that may be one.
 */
export type DyingData = { readonly left: SharedArrayBuffer } & (
  { readonly task: TaskName; readonly how: Death } | { readonly stage: Stage; readonly place: number }
);

export function deaths(count: number): SharedArrayBuffer {
  const left = new SharedArrayBuffer(4);
  new Int32Array(left)[0] = count;
  return left;
}

export const DYING_THREAD = new URL('dying-thread.js', import.meta.url);
