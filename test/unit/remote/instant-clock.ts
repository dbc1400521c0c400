import type { Clock } from '../../../src/support/clock.js';

/** A clock whose sleeps are over at once, having moved it: what a test waits for is written down instead of waited for. */
export class InstantClock implements Clock {
  readonly sleeps: number[] = [];

  constructor(private time = Date.parse('2026-03-10T12:00:00Z')) {}

  now(): number {
    return this.time;
  }

  advance(ms: number): void {
    this.time += ms;
  }

  async sleep(ms: number, signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    this.sleeps.push(ms);
    this.time += ms;
    await Promise.resolve();
  }
}
