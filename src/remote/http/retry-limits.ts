import type { Priority } from '../../library/media-source.js';
import { RemoteError } from '../../library/remote-error.js';
import { backoff, type RetryPlan } from '../../support/retry.js';

/** How often and for how long a request is tried. */
export interface RetryLimits {
  readonly tries: number;
  /** No try begins later than this after the first. */
  readonly deadlineMs: number;
}

export type RetryLimitsByPriority = Readonly<Record<Priority, RetryLimits>>;

/** A person's system call must end soon; for a sync pass a wait costs less than starting again. */
export const DEFAULT_RETRY_LIMITS: RetryLimitsByPriority = {
  foreground: { tries: 3, deadlineMs: 8_000 },
  'read-ahead': { tries: 2, deadlineMs: 8_000 },
  background: { tries: 6, deadlineMs: 15 * 60_000 },
};

const BASE_DELAY_MS = 1_000;

/**
 * When to send a request again. After 5xx, 409 and broken exchanges: after a wait that doubles from one second. After a
 * rate limit: only for a caller that waits (the pacer does the waiting). Other failures are not retried.
 */
export function retryPlan({ tries, deadlineMs }: RetryLimits, priority: Priority, random: () => number): RetryPlan {
  return {
    deadlineMs,
    delayAfter(error, failures) {
      if (failures >= tries || !(error instanceof RemoteError)) return undefined;
      if (error.kind === 'server') return Math.max(backoff(failures, BASE_DELAY_MS, random), error.retryAfterMs ?? 0);
      return error.kind === 'rate-limited' && priority === 'background' ? 0 : undefined;
    },
  };
}
