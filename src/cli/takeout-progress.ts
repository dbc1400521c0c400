import { basename } from 'node:path';
import type { StatusDocument } from '../daemon/status-document.js';
import { printable } from './account-surroundings.js';
import type { CliContext } from './cli-context.js';

const WIDTH = 30;

/** One line redrawn in place, on terminals only: how far exports are read. */
export class TakeoutProgress {
  readonly #stderr: CliContext['stderr'];
  #isShown = false;

  constructor({ stderr }: Pick<CliContext, 'stderr'>) {
    this.#stderr = stderr;
  }

  /** `unit`: what `done` and `total` count. */
  show({ part, done, total, share }: NonNullable<StatusDocument['takeout']['reading']>, unit = 'parts'): void {
    if (!this.#stderr.isTTY) return;
    const filled = '#'.repeat(Math.round((share ?? done / Math.max(1, total)) * WIDTH)).padEnd(WIDTH, '.');
    this.#isShown = true;
    this.#stderr.write(
      `\r\u001b[K[${filled}] ${done.toLocaleString('en-US')} of ${total.toLocaleString('en-US')} ${unit}  ${printable(basename(part))}`,
    );
  }

  clear(): void {
    if (this.#isShown) this.#stderr.write('\r\u001b[K');
    this.#isShown = false;
  }
}
