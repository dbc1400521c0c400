import type { TakeoutTable } from '../ledger/takeout-table.js';
import type { Logger } from '../support/logger.js';
import { ExitCode } from '../support/user-error.js';
import type { TakeoutStatus } from '../takeout/indexing/takeout-status.js';
import type { Writer } from '../writer/writer.js';
import type { StatusBoard } from './status-board.js';

export interface TakeoutLinkDeps {
  readonly writer: Pick<Writer, 'start' | 'tell' | 'on' | 'hurry'>;
  readonly ledger: TakeoutTable;
  readonly log: Logger;
  readonly board: StatusBoard;
}

/** Code of the trouble that a part cannot be read. */
const PART_TROUBLE = 'takeout-part';
/** Codes of what ends the reading of all parts: a fault, and what a person must mend on the disk of the catalog. */
const FAULT = 'takeout';
export const DISK_TROUBLE = 'takeout-disk';
const isFault = ({ code }: { readonly code: string }): boolean => code === FAULT || code === DISK_TROUBLE;
/** Looking costs one `stat` a part: not for each read that fails. */
const LOOK_AGAIN_MS = 2000;
const NOTHING: TakeoutStatus = { exports: [], reading: null };

/** The main thread's link to the reading of Takeout exports, a task of the writer thread. */
export class TakeoutLink {
  readonly #deps: TakeoutLinkDeps;
  #status = NOTHING;
  /** Number of the list of parts that the task was told, and of the one it has read. */
  #version = 0;
  #readVersion = 0;
  #lookedAt = -LOOK_AGAIN_MS;
  /** Why parts cannot be read, by their path. */
  #faults: ReadonlyMap<string, string | null> = new Map();

  constructor(deps: TakeoutLinkDeps) {
    this.#deps = deps;
    const { writer, board, ledger } = deps;
    // From the first status on: a program that asks right after the mount must not take the exports for read.
    this.#version = ledger.list().length === 0 ? 0 : 1;
    board.sources.takeout = () => this.status();
    writer.on('started', (task) => {
      if (task === 'takeout') this.#tell();
    });
    writer.on('failed', (task, { message, hint, exitCode }, ofThread) => {
      const code = exitCode === ExitCode.system ? DISK_TROUBLE : FAULT;
      if (task === 'takeout' && !ofThread) board.add({ code, message, hint, subject: '' });
    });
    writer.on('told', (told) => {
      if (told.task !== 'takeout') return;
      this.#status = told.message.status;
      this.#readVersion = told.message.version;
      board.resolve(isFault);
      this.#reportParts();
    });
  }

  /** Begins to read what the ledger has. A profile without exports starts no task. */
  start(): void {
    if (this.#version === 0) return;
    this.#deps.writer.start('takeout');
    this.#tell();
  }

  /** Hears of changes and of reads that failed. */
  follow(takeouts: { onChange: () => void; onFault: () => void }): void {
    takeouts.onChange = () => this.changed();
    takeouts.onFault = () => this.lookAgain();
  }

  /** The ledger has another list of parts now. */
  changed(): void {
    const { writer, board } = this.#deps;
    this.#version += 1;
    // A person may have made room on a full disk before.
    board.resolve(isFault);
    writer.hurry('takeout');
    writer.start('takeout');
    this.#tell();
  }

  /** A part could not be read: status is to name it before its turn comes. */
  lookAgain(): void {
    if (performance.now() - this.#lookedAt < LOOK_AGAIN_MS) return;
    this.#lookedAt = performance.now();
    this.#tell();
  }

  /** `reading` is not null from the moment a part was added until it is read. */
  status(): TakeoutStatus {
    const { exports, reading } = this.#status;
    if (reading !== null || this.#readVersion === this.#version) return this.#status;
    const parts = this.#deps.ledger.list();
    return { exports, reading: { part: parts[0]?.path ?? '', done: 0, total: parts.length } };
  }

  #tell(): void {
    const message = { parts: this.#deps.ledger.list(), version: this.#version };
    if (this.#version > 0) this.#deps.writer.tell({ task: 'takeout', message });
  }

  #reportParts(): void {
    const { board } = this.#deps;
    const parts = this.#status.exports.flatMap((one) => one.parts);
    const faulty = parts.filter(({ error }) => error !== null);
    for (const { file, error } of faulty) {
      if (this.#faults.get(file) === error) continue;
      board.add({
        code: PART_TROUBLE,
        message: error ?? '',
        hint: 'Plug the drive in or put the file back: it is read again by itself. Or give its new place: gphotos-mount takeout add.',
        subject: file,
      });
    }
    this.#faults = new Map(faulty.map(({ file, error }) => [file, error]));
    board.resolve(({ code, subject }) => code === PART_TROUBLE && !this.#faults.has(subject));
  }
}
