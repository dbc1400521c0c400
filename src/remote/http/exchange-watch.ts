import { errors } from './undici-parts.js';
import type { Clock } from '../../support/clock.js';

/** An exchange as the watch sees it. */
export interface Watched {
  /** The final status line has come. */
  readonly hasBegun: boolean;
  /** An answer of 100 to 199 has come: the host is there. */
  readonly isAnnounced: boolean;
  /** A reader waits for the next piece of the body. */
  readonly isAwaited: boolean;
  /** Bytes of the body so far. */
  readonly received: number;
  stop(reason: Error): void;
}

export interface ExchangeLimits {
  /** Milliseconds until the final status line, connecting and answers of 100 to 199 included. */
  readonly headersMs: number;
  /** Fewest bytes of a body in `rateWindowMs` milliseconds of waiting for it. */
  readonly leastBytes: number;
  readonly rateWindowMs: number;
}

/** Milliseconds used so far, each of its own limit. */
interface Spent {
  all: number;
  deadlineMs: number;
  /** Of waiting for the body in the present window. */
  waited: number;
  /** `received` when that window began. */
  from: number;
}

/** A code that {@link networkFault} maps to `server`: the host is reached, but its answer does not come. */
export const TOO_SLOW = 'ANSWER_TOO_SLOW';

const TICK_MS = 1_000;

/**
 * Keeps every exchange to its deadlines and ends stuck ones. One timer serves all and counts its own ticks, so that
 * neither a change of the clock nor a busy event loop makes an exchange look slow.
 */
export class ExchangeWatch {
  readonly #clock: Clock;
  readonly #limits: ExchangeLimits;
  readonly #open = new Map<Watched, Spent>();
  readonly #tickMs: number;
  #isTicking = false;

  constructor(clock: Clock, limits: ExchangeLimits) {
    this.#clock = clock;
    this.#limits = limits;
    this.#tickMs = Math.min(TICK_MS, limits.headersMs / 4, limits.rateWindowMs / 4);
  }

  /** Starts to watch an exchange. `deadlineMs` includes the body; with Infinity only the least rate limits the body. */
  add(exchange: Watched, deadlineMs: number): void {
    this.#open.set(exchange, { all: 0, deadlineMs, waited: 0, from: 0 });
    if (!this.#isTicking) void this.#tick();
  }

  /** From now on it may last no longer than `ms`. */
  hurry(exchange: Watched, ms: number): void {
    const spent = this.#open.get(exchange);
    if (spent !== undefined) spent.deadlineMs = Math.min(spent.deadlineMs, spent.all + ms);
  }

  /** It is over. */
  delete(exchange: Watched): void {
    this.#open.delete(exchange);
  }

  async #tick(): Promise<void> {
    this.#isTicking = true;
    while (this.#open.size > 0) {
      await this.#clock.sleep(this.#tickMs);
      for (const [exchange, spent] of this.#open) {
        const reason = this.#reasonToStop(exchange, spent);
        if (reason !== undefined) exchange.stop(reason);
      }
    }
    this.#isTicking = false;
  }

  #reasonToStop(exchange: Watched, spent: Spent): Error | undefined {
    const { headersMs, leastBytes, rateWindowMs } = this.#limits;
    spent.all += this.#tickMs;
    if (!exchange.hasBegun && spent.all >= headersMs) {
      return exchange.isAnnounced ? tooSlow() : new errors.HeadersTimeoutError();
    }
    if (spent.all >= spent.deadlineMs) return tooSlow();
    if (!exchange.isAwaited) return undefined;
    spent.waited += this.#tickMs;
    if (spent.waited < rateWindowMs) return undefined;
    if (exchange.received - spent.from < leastBytes) return tooSlow();
    spent.waited = 0;
    spent.from = exchange.received;
    return undefined;
  }
}

function tooSlow(): Error {
  return Object.assign(new Error('The answer comes too slowly.'), { code: TOO_SLOW });
}
