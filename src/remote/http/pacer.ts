import type { Priority } from '../../library/media-source.js';
import { RemoteError } from '../../library/remote-error.js';
import type { Clock } from '../../support/clock.js';
import { nextQuotaReset } from '../../support/quota-day.js';

const LONGEST_PAUSE_MS = 10 * 60_000;

export interface PacerDeps {
  readonly clock: Clock;
  /** Pause after a 429 that is not the daily one; doubles while 429s go on, up to ten minutes. Google asks for 30 s. */
  readonly rateLimitPauseMs?: number;
  /**
   * Longest pause in milliseconds that background work waits out here; a longer one rejects at once. Default: no limit.
   */
  readonly maxPauseMs?: number;
}

/** A pause that Google asked for. */
export interface Wait {
  /** For a person. */
  readonly message: string;
  /** Milliseconds since the epoch. */
  readonly until: number;
}

/** Remembers the pause that Google asked for in one of its two quotas, so that no request is sent before its end. */
export class Pacer {
  readonly #clock: Clock;
  readonly #rateLimitPauseMs: number;
  readonly #maxPauseMs: number;
  #pauses = 0;
  /**
   * The one request that {@link allowOneRequest} lets through a pause: `allowed` until it is sent, then `sent` until it is
   * answered.
   */
  #extraRequest: 'none' | 'allowed' | 'sent' = 'none';
  #pause: { readonly from: number; readonly until: number; readonly error: RemoteError } | undefined;

  constructor({ clock, rateLimitPauseMs = 30_000, maxPauseMs = Infinity }: PacerDeps) {
    this.#clock = clock;
    this.#maxPauseMs = maxPauseMs;
    this.#rateLimitPauseMs = rateLimitPauseMs;
  }

  /**
   * Returns when a request may be sent. Background work waits out a short pause. A longer pause, any pause for more
   * urgent work, and a spent daily quota reject at once with the error that began the pause. Rejects with the signal's
   * reason when it aborts the wait.
   */
  async waitTurn(priority: Priority, signal?: AbortSignal): Promise<void> {
    for (;;) {
      const left = this.#remaining();
      if (left === undefined || this.#pause === undefined) return;
      if (this.#extraRequest === 'allowed') {
        this.#extraRequest = 'sent';
        return;
      }
      const { error } = this.#pause;
      const mayWait = priority === 'background' && left <= this.#maxPauseMs;
      if (!mayWait || error.kind === 'quota-exhausted') throw again(error, left);
      await this.#clock.sleep(left, signal);
    }
  }

  /** The present pause. */
  get wait(): Wait | undefined {
    const left = this.#remaining();
    if (left === undefined || this.#pause === undefined) return undefined;
    return { message: this.#pause.error.message, until: this.#clock.now() + left };
  }

  /** A person asks: the next request is sent at once, during a pause too. If it succeeds, the pause is over. */
  allowOneRequest(): void {
    this.#extraRequest = this.#remaining() === undefined ? 'none' : 'allowed';
  }

  /** Records a failure and returns it with the time to wait. Failures other than a 429 are returned unchanged. */
  refused(error: RemoteError): RemoteError {
    const now = this.#clock.now();
    if (this.#extraRequest === 'sent') this.#extraRequest = 'none';
    if (error.kind === 'quota-exhausted') return this.#beginPause(error, now, nextQuotaReset(now));
    if (error.kind !== 'rate-limited') return error;
    // Several 429s for requests that were under way together count as one: the pause does not double.
    if (this.#remaining() === undefined) this.#pauses++;
    const pauseMs = Math.min(this.#rateLimitPauseMs * 2 ** (this.#pauses - 1), LONGEST_PAUSE_MS);
    const until = now + Math.max(pauseMs, error.retryAfterMs ?? 0);
    return this.#beginPause(error, now, Math.max(until, this.#pause?.until ?? 0));
  }

  /** A request was answered. If it was the one let through, the pause is over; after a pause, the next begins short. */
  succeeded(): void {
    if (this.#extraRequest === 'sent') {
      this.#extraRequest = 'none';
      this.#pause = undefined;
    }
    if (this.#remaining() === undefined) this.#pauses = 0;
  }

  #beginPause(error: RemoteError, from: number, until: number): RemoteError {
    this.#pause = { from, until, error };
    return again(error, until - from);
  }

  /** Milliseconds until requests may be sent; undefined if they may now. */
  #remaining(): number | undefined {
    if (this.#pause === undefined) return undefined;
    const now = this.#clock.now();
    const { from, until, error } = this.#pause;
    if (now < from) {
      // The clock was set back to before the refusal: with the old end the pause could last a day too long.
      const newUntil = error.kind === 'quota-exhausted' ? nextQuotaReset(now) : now + until - from;
      this.#pause = { from: now, until: newUntil, error };
      return newUntil - now;
    }
    if (now >= until) this.#pause = undefined;
    return now >= until ? undefined : until - now;
  }
}

function again(error: RemoteError, retryAfterMs: number): RemoteError {
  return new RemoteError(error.kind, error.message, {
    retryAfterMs,
    ...(error.status === undefined ? {} : { status: error.status }),
    ...(error.reason === undefined ? {} : { reason: error.reason }),
    ...(error.hint === undefined ? {} : { hint: error.hint }),
  });
}
