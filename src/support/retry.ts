import type { Clock } from './clock.js';

export interface RetryPlan {
  /** Milliseconds before the next try, undefined to give up. `failures` counts the failed tries so far, from 1. */
  delayAfter(error: unknown, failures: number): number | undefined;
  /** No try begins later than this many milliseconds after the first. */
  readonly deadlineMs: number;
}

/**
 * Repeats `attempt` as the plan says; rejects with the last error, or with the signal's reason when it aborts a wait.
 */
export async function retry<T>(
  attempt: () => Promise<T>,
  plan: RetryPlan,
  clock: Clock,
  signal?: AbortSignal,
): Promise<T> {
  const begun = clock.now();
  for (let failures = 1; ; failures++) {
    try {
      return await attempt();
    } catch (error) {
      const delay = plan.delayAfter(error, failures);
      if (delay === undefined || clock.now() - begun + delay > plan.deadlineMs) throw error;
      if (delay > 0) await clock.sleep(delay, signal);
    }
  }
}

/** Exponential waits from `baseMs`, each lengthened by up to a half so that many clients do not come back together. */
export function backoff(failures: number, baseMs: number, random: () => number): number {
  return baseMs * 2 ** (failures - 1) * (1 + random() / 2);
}
