import type { Clock } from '../../../src/support/clock.js';

/** A clock that stands still until it is moved; nothing here sleeps on it. */
export class HandClock implements Clock {
  #now = Date.parse('2024-08-01T00:00:00Z');

  now(): number {
    return this.#now;
  }

  sleep(): Promise<void> {
    return Promise.reject(new Error('no sleep is expected here'));
  }

  advance(ms: number): void {
    this.#now += ms;
  }
}
