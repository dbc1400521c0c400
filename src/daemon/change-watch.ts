import type { Clock } from '../support/clock.js';
import type { Logger } from '../support/logger.js';
import type { Service } from '../support/service.js';
import type { ReadDefaultRoute } from './default-route.js';

export interface ChangeWatchDeps {
  readonly clock: Clock;
  readonly readRoute: ReadDefaultRoute;
  /** Milliseconds between two looks. */
  readonly lookMs: number;
  readonly log: Logger;
  /** Called after the machine was suspended, its clock was set, or its default route changed. */
  readonly onChange: () => void;
}

/** A check of a busy program may be late by less than this. */
const JUMP_MS = 6_000;
/**
 * Each change costs a poll, and so requests. So many changes are reported at once, and one more for each {@link
 * REFILL_MS}.
 */
const MOST_CHANGES = 6;
const REFILL_MS = 20 * 60_000;

/**
 * Detects a wall clock that jumped, as after a suspension, and a new default route: both make waiting pointless. A
 * route that disappeared is not reported. Changes of a network that comes and goes all day are reported less often, so
 * that they do not spend the day's requests.
 */
export class ChangeWatch implements Service {
  readonly #deps: ChangeWatchDeps;
  readonly #stopping = new AbortController();
  #watching: Promise<void> = Promise.resolve();
  #left = MOST_CHANGES;
  #refilledAt = 0;

  constructor(deps: ChangeWatchDeps) {
    this.#deps = deps;
  }

  async run(): Promise<void> {
    this.#refilledAt = this.#deps.clock.now();
    this.#watching = this.#watch(await this.#route());
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#watching;
  }

  async #watch(first: string): Promise<void> {
    const { clock, lookMs, log, onChange } = this.#deps;
    const { signal } = this.#stopping;
    for (let route = first, before = clock.now(); ;) {
      await clock.sleep(lookMs, signal).catch(() => undefined);
      if (signal.aborted) return;
      const late = clock.now() - before - lookMs;
      const hasJumped = Math.abs(late) > JUMP_MS;
      const now = await this.#route();
      const isNewRoute = now !== '' && now !== route;
      route = now;
      before = clock.now();
      if (!(hasJumped || isNewRoute) || !this.#mayTell(before)) continue;
      log.log(
        'info',
        isNewRoute
          ? 'the network has a new default route: polling now'
          : `the clock jumped by ${Math.round(late / 1000)} seconds: polling now`,
      );
      onChange();
    }
  }

  #route(): Promise<string> {
    return this.#deps.readRoute().catch(() => '');
  }

  #mayTell(now: number): boolean {
    const refills = Math.floor(Math.abs(now - this.#refilledAt) / REFILL_MS);
    if (refills > 0) {
      this.#left = Math.min(MOST_CHANGES, this.#left + refills);
      this.#refilledAt = now;
    }
    if (this.#left === 0) return false;
    this.#left -= 1;
    return true;
  }
}
