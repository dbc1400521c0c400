import type { PickedSession } from '../daemon/status-document.js';
import { formatByteSize } from './byte-sizes.js';
import type { CliContext } from './cli-context.js';
import { amounts } from './pick-amounts.js';

/** The rate is that of the last so many milliseconds. */
const WINDOW_MS = 5000;

/** One line redrawn in place, on terminals only: how far a session is stored. */
export class PickProgress {
  readonly #stderr: CliContext['stderr'];
  readonly #now: () => number;
  #marks: { readonly at: number; readonly bytes: number }[] = [];
  #isShown = false;

  constructor(stderr: CliContext['stderr'], now: () => number) {
    this.#stderr = stderr;
    this.#now = now;
  }

  show(session: PickedSession): void {
    if (!this.#stderr.isTTY) return;
    this.#isShown = true;
    this.#stderr.write(`\r\u001b[K${this.#text(session)}`);
  }

  clear(): void {
    if (this.#isShown) this.#stderr.write('\r\u001b[K');
    this.#isShown = false;
  }

  #text(session: PickedSession): string {
    if (session.state === 'open') return 'Waiting for Done ... (Ctrl-C stops the waiting)';
    const at = this.#now();
    this.#marks = [...this.#marks.filter((mark) => at - mark.at <= WINDOW_MS), { at, bytes: session.bytes }];
    const [first] = this.#marks;
    const seconds = first === undefined ? 0 : (at - first.at) / 1000;
    const rate = seconds < 1 ? '' : `, ${formatByteSize((session.bytes - (first?.bytes ?? 0)) / seconds)}/s`;
    const waits = session.state === 'paused' ? `, waits: ${session.reason ?? ''}` : '';
    return `${amounts(session)}${rate}${waits}`;
  }
}
