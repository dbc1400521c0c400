import type { NumberedReport, Report } from './report.js';

/**
 * Reports on their way to the catalog. Each is kept until the writer thread has acknowledged it: after a crash of the
 * thread all that is left is sent again, in the same order.
 */
export class Outbox {
  readonly #send: (numbered: NumberedReport) => void;
  #kept: NumberedReport[] = [];
  #last = 0;

  /** What `send` cannot deliver is dropped by it. */
  constructor(send: (numbered: NumberedReport) => void) {
    this.#send = send;
  }

  /** Not acknowledged yet, oldest first. */
  get kept(): readonly NumberedReport[] {
    return this.#kept;
  }

  add(report: Report): void {
    this.#last += 1;
    const numbered = { number: this.#last, report };
    this.#kept.push(numbered);
    this.#send(numbered);
  }

  /** The receiver was started again. */
  sendAgain(): void {
    for (const numbered of this.#kept) this.#send(numbered);
  }

  /** Everything up to this number is in the catalog. Gives the reports that were not known to be. */
  acknowledged(number: number): readonly Report[] {
    const written = this.#kept.filter((entry) => entry.number <= number);
    if (written.length > 0) this.#kept = this.#kept.filter((entry) => entry.number > number);
    return written.map(({ report }) => report);
  }
}
