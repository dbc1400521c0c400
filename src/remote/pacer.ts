import type { Priority } from '../library/media-source.js';
import { RemoteError } from '../library/remote-error.js';
import type { Clock } from '../support/clock.js';
import { nextQuotaReset } from '../support/quota-day.js';

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
  /** One request may go although the pause is not over: `wanted` before it went, `sent` until it is answered. */
  #exception: 'none' | 'wanted' | 'sent' = 'none';
  #closed: { readonly from: number; readonly until: number; readonly error: RemoteError } | undefined;

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
      if (left === undefined || this.#closed === undefined) return;
      if (this.#exception === 'wanted') {
        this.#exception = 'sent';
        return;
      }
      const { error } = this.#closed;
      const isPatient = priority === 'background' && left <= this.#maxPauseMs;
      if (!isPatient || error.kind === 'quota-exhausted') throw again(error, left);
      await this.#clock.sleep(left, signal);
    }
  }

  /** The present pause. */
  get wait(): Wait | undefined {
    const left = this.#remaining();
    if (left === undefined || this.#closed === undefined) return undefined;
    return { message: this.#closed.error.message, until: this.#clock.now() + left };
  }

  /** A person asks: the next request is sent at once, during a pause too. If it succeeds, the pause is over. */
  allowOneRequest(): void {
    this.#exception = this.#remaining() === undefined ? 'none' : 'wanted';
  }

  /** Records a failure and returns it with the time to wait. Failures other than a 429 are returned unchanged. */
  refused(error: RemoteError): RemoteError {
    const now = this.#clock.now();
    if (this.#exception === 'sent') this.#exception = 'none';
    if (error.kind === 'quota-exhausted') return this.#close(error, now, nextQuotaReset(now));
    if (error.kind !== 'rate-limited') return error;
    // Several 429s for requests that were under way together count as one: the pause does not double.
    if (this.#remaining() === undefined) this.#pauses++;
    const pause = Math.min(this.#rateLimitPauseMs * 2 ** (this.#pauses - 1), LONGEST_PAUSE_MS);
    const until = now + Math.max(pause, error.retryAfterMs ?? 0);
    return this.#close(error, now, Math.max(until, this.#closed?.until ?? 0));
  }

  succeeded(): void {
    if (this.#exception === 'sent') {
      this.#exception = 'none';
      this.#closed = undefined;
    }
    if (this.#remaining() === undefined) this.#pauses = 0;
  }

  #close(error: RemoteError, from: number, until: number): RemoteError {
    this.#closed = { from, until, error };
    return again(error, until - from);
  }

  /** Milliseconds until requests may be sent; undefined if they may now. */
  #remaining(): number | undefined {
    if (this.#closed === undefined) return undefined;
    const now = this.#clock.now();
    const { from, until, error } = this.#closed;
    if (now < from) {
      // The clock was set back to before the refusal: with the old end the pause could last a day too long.
      const newUntil = error.kind === 'quota-exhausted' ? nextQuotaReset(now) : now + until - from;
      this.#closed = { from: now, until: newUntil, error };
      return newUntil - now;
    }
    if (now >= until) this.#closed = undefined;
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
