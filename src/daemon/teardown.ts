import type { Clock } from '../support/clock.js';
import { withinDeadline } from '../support/deadline.js';
import type { Logger } from '../support/logger.js';
import { messageOf } from '../support/message-of.js';

interface Step {
  readonly name: string;
  readonly deadlineMs: number;
  readonly act: () => Promise<void> | void;
}

/** The steps that undo a start, run last first. A step that fails or takes too long is logged; the others still run. */
export class Teardown {
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #steps: Step[] = [];

  constructor(clock: Clock, log: Logger) {
    this.#clock = clock;
    this.#log = log;
  }

  add(name: string, deadlineMs: number, act: () => Promise<void> | void): void {
    this.#steps.push({ name, deadlineMs, act });
  }

  async run(): Promise<void> {
    for (let step = this.#steps.pop(); step !== undefined; step = this.#steps.pop()) await this.#runStep(step);
  }

  async #runStep({ name, deadlineMs, act }: Step): Promise<void> {
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
      this.#log.log('warn', `${name}: ${messageOf(error)}`);
    }
  }
}
