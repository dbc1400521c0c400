import type { Clock } from '../support/clock.js';
import { withinDeadline } from '../support/deadline.js';
import type { Logger } from '../support/logger.js';
import { messageOf } from '../support/message-of.js';

interface Step {
  readonly name: string;
  readonly deadlineMs: number;
  readonly act: () => Promise<void> | void;
  readonly endsThreads: boolean;
}

/** The steps that undo a start, run last first. A step that fails or takes too long is logged; the others still run. */
export class Teardown {
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #steps: Step[] = [];
  #leavesThreads = false;

  constructor(clock: Clock, log: Logger) {
    this.#clock = clock;
    this.#log = log;
  }

  add(name: string, deadlineMs: number, act: () => Promise<void> | void): void {
    this.#steps.push({ name, deadlineMs, act, endsThreads: false });
  }

  /** As {@link add}, for a step that ends threads; it fails where one does not end. */
  addThreads(name: string, deadlineMs: number, act: () => Promise<void> | void): void {
    this.#steps.push({ name, deadlineMs, act, endsThreads: true });
  }

  /** Threads are left that did not end: Node waits for them, so that only a signal ends the process. */
  get leavesThreads(): boolean {
    return this.#leavesThreads;
  }

  async run(): Promise<void> {
    for (let step = this.#steps.pop(); step !== undefined; step = this.#steps.pop()) await this.#runStep(step);
  }

  async #runStep({ name, deadlineMs, act, endsThreads }: Step): Promise<void> {
    const late = (): Error => new Error(`not done within ${deadlineMs / 1000} s`);
    try {
      await withinDeadline(
        this.#clock,
        deadlineMs,
        async () => {
          await act();
        },
        late,
      );
    } catch (error) {
      this.#leavesThreads ||= endsThreads;
      this.#log.log('warn', `${name}: ${messageOf(error)}`);
    }
  }
}
