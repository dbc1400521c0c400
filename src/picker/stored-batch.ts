import type { StoredFile } from '../ledger/pick-rows.js';
import type { PickTable } from '../ledger/pick-table.js';
import type { MediaId } from '../library/media-item.js';
import type { PickedStore } from './picked-store.js';

export interface StoredBatchDeps {
  readonly picks: PickTable;
  readonly store: PickedStore;
  /** Called with items whose rows are committed. */
  readonly shown: (ids: readonly MediaId[]) => void;
}

const MOST = 32;
const LONGEST_MS = 200;

/**
 * Keeps and notes written files, several at a time. Each by itself would wait for the disk twice, and let the ledger's log grow by some
 * pages.
 */
export class StoredBatch {
  readonly #deps: StoredBatchDeps;
  #files: StoredFile[] = [];
  #timer: NodeJS.Timeout | undefined;
  /** One batch after another. */
  #last: Promise<void> = Promise.resolve();
  /** A batch failed while nobody waited. */
  #fault: { readonly reason: unknown } | undefined;
  readonly #inHand = new Map<MediaId, { readonly over: Promise<void>; readonly end: () => void }>();

  constructor(deps: StoredBatchDeps) {
    this.#deps = deps;
  }

  /**
   * Takes an item in hand, so that no other session writes its file. False where one does; it has kept the file, or
   * given up, when this resolves.
   */
  async take(id: MediaId): Promise<boolean> {
    const other = this.#inHand.get(id);
    if (other !== undefined) {
      await other.over;
      return false;
    }
    let end = (): void => undefined;
    const over = new Promise<void>((resolve) => (end = resolve));
    this.#inHand.set(id, { over, end });
    return true;
  }

  /** Gives up an item that was taken and not added. */
  giveUp(id: MediaId): void {
    this.#inHand.get(id)?.end();
    this.#inHand.delete(id);
  }

  /** Adds a file that was written. Rejects as {@link flush} where it is the one that makes a batch full. */
  async add(file: StoredFile): Promise<void> {
    this.#files.push(file);
    if (this.#files.length >= MOST) await this.flush();
    else this.#timer ??= setTimeout(() => this.#flushLate(), LONGEST_MS);
  }

  /**
   * Resolves when all that was added is kept and noted. Rejects with UserError where the disk or the ledger cannot be written; files that
   * have their names by then are adopted the next time, the others are fetched again.
   */
  async flush(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const files = this.#files;
    this.#files = [];
    const work = this.#last
      .then(() => this.#keep(files))
      .finally(() => {
        for (const { id } of files) this.giveUp(id);
      });
    this.#last = work.catch(() => undefined);
    await work;
    const fault = this.#fault;
    this.#fault = undefined;
    if (fault !== undefined) throw fault.reason;
  }

  async #keep(files: readonly StoredFile[]): Promise<void> {
    const { picks, store, shown } = this.#deps;
    const wanted: StoredFile[] = [];
    for (const file of files) {
      const state = picks.stateOf(file.id);
      if (state === undefined || state === 'forgotten') await store.discard(file.id);
      else wanted.push(file);
    }
    if (wanted.length === 0) return;
    await store.keep(wanted.map(({ id }) => id));
    picks.stored(wanted);
    shown(wanted.map(({ id }) => id));
  }

  #flushLate(): void {
    this.flush().catch((reason: unknown) => {
      this.#fault = { reason };
    });
  }
}
