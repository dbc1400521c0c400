import { API_ERRORS } from './api-errors.js';
import { html, type Reply } from './reply.js';
import type { Switches } from './switches.js';

const PACIFIC_DAY = new Intl.DateTimeFormat('en-CA', { timeZone: 'America/Los_Angeles', dateStyle: 'short' });

/** Daily budgets of the project and the writes of the last minute. A day ends at midnight in Los Angeles. */
export class Quotas {
  readonly #switches: Switches;
  readonly #now: () => number;
  #day = '';
  #used = { api: 0, media: 0 };
  #writes: number[] = [];

  constructor(switches: Switches, now: () => number) {
    this.#switches = switches;
    this.#now = now;
  }

  /** Requests used today. */
  get used(): { readonly api: number; readonly media: number } {
    this.#turnDay();
    return { ...this.#used };
  }

  /** Counts one request; the refusal where the day's budget is spent already. */
  take(kind: 'api' | 'media'): Reply | undefined {
    this.#turnDay();
    const limit = kind === 'api' ? this.#switches.apiPerDay : this.#switches.mediaPerDay;
    if (this.#used[kind] >= limit) return kind === 'api' ? API_ERRORS['daily-quota']() : html(429, 'Too Many Requests');
    this.#used[kind] += 1;
    return undefined;
  }

  /** Counts one write; the refusal where the minute is full. */
  takeWrite(): Reply | undefined {
    const now = this.#now();
    this.#writes = this.#writes.filter((at) => at > now - 60_000);
    if (this.#writes.length >= this.#switches.writesPerMinute) return API_ERRORS['rate-limit']();
    this.#writes.push(now);
    return undefined;
  }

  #turnDay(): void {
    const day = PACIFIC_DAY.format(this.#now());
    if (day === this.#day) return;
    this.#day = day;
    this.#used = { api: 0, media: 0 };
  }
}
