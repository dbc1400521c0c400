import type { StoredFile } from '../ledger/pick-rows.js';
import type { PickTable } from '../ledger/pick-table.js';
import type { MediaId } from '../library/media-item.js';

export interface StoredBatchDeps {
  readonly picks: PickTable;
  /** Called with items whose rows are committed. */
  readonly shown: (ids: readonly MediaId[]) => void;
  /** The ledger could not be written. */
  readonly failed: (error: unknown) => void;
}

const MOST = 32;
const LONGEST_MS = 200;

/** Notes stored files, several in a transaction: each by itself would let the ledger's log grow by some pages a file. */
export class StoredBatch {
  readonly #deps: StoredBatchDeps;
  #files: StoredFile[] = [];
  #timer: NodeJS.Timeout | undefined;

  constructor(deps: StoredBatchDeps) {
    this.#deps = deps;
  }

  add(file: StoredFile): void {
    this.#files.push(file);
    if (this.#files.length >= MOST) this.flush();
    else this.#timer ??= setTimeout(() => this.#flushLate(), LONGEST_MS);
  }

  /** Throws UserError where the ledger cannot be written; the files are adopted the next time. */
  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const files = this.#files;
    this.#files = [];
    if (files.length === 0) return;
    this.#deps.picks.stored(files);
    this.#deps.shown(files.map(({ id }) => id));
  }

  #flushLate(): void {
    try {
      this.flush();
    } catch (error) {
      this.#deps.failed(error);
    }
  }
}
