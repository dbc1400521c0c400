import type { PickedItem } from '../catalog/picked-items.js';
import type { StoredItem } from '../ledger/pick-rows.js';
import type { PickTable } from '../ledger/pick-table.js';
import type { MediaId } from '../library/media-item.js';
import type { FromPicker, ToPicker } from '../writer/task.js';

/** Items in one message, and so in one transaction of the catalog. */
const AT_ONCE = 200;

interface Waiting {
  readonly number: number;
  readonly resolve: () => void;
}

/**
 * Tells a catalog what was picked, one message at a time: what changed, or everything where the catalog has another state than the
 * ledger. Nothing is kept here but ids: what they stand for is read from the ledger when it is sent.
 */
export class PickedSender {
  readonly #picks: PickTable;
  readonly #send: (message: ToPicker) => void;
  #dirty = new Set<MediaId>();
  #hasChanged = false;
  /** Where the list of everything goes on; undefined while none is under way. */
  #listFrom: number | undefined;
  #number = 0;
  #isSent = false;
  #isRunning = false;
  #waiting: Waiting[] = [];

  constructor(picks: PickTable, send: (message: ToPicker) => void) {
    this.#picks = picks;
    this.#send = send;
  }

  /** The receiver was started (again). It tells its state next. */
  started(): void {
    this.#isRunning = false;
    this.#isSent = false;
    this.#listFrom = undefined;
  }

  /** These items are others than before; without ids: sessions or albums are. */
  changed(ids: readonly MediaId[] = []): void {
    for (const id of ids) this.#dirty.add(id);
    this.#hasChanged = true;
    this.#next();
  }

  /** As {@link changed}. Resolves when the catalog has it. */
  async settled(ids: readonly MediaId[]): Promise<void> {
    const done = new Promise<void>((resolve) => {
      // What is on its way does not hold it yet.
      this.#waiting.push({ number: this.#number + 1, resolve });
    });
    this.changed(ids);
    await done;
  }

  take({ acknowledged, revision }: FromPicker): void {
    if (acknowledged === 0) {
      this.#isRunning = true;
      if (revision !== this.#picks.revision()) this.#listFrom = 0;
    } else if (acknowledged === this.#number) {
      this.#isSent = false;
      this.#waiting = this.#waiting.filter(({ number, resolve }) => {
        const isDone = number <= acknowledged && this.#listFrom === undefined && this.#dirty.size === 0;
        if (isDone) resolve();
        return !isDone;
      });
    }
    this.#next();
  }

  #next(): void {
    if (!this.#isRunning || this.#isSent) return;
    const message = this.#listFrom === undefined ? this.#change() : this.#slice(this.#listFrom);
    if (message === undefined) return;
    this.#isSent = true;
    this.#send(message);
  }

  #slice(from: number): ToPicker {
    const { items, next } = this.#picks.storedFrom(from, AT_ONCE);
    const isLast = next === undefined;
    this.#listFrom = next;
    if (from === 0) {
      this.#dirty.clear();
      this.#hasChanged = false;
    }
    this.#number += 1;
    return {
      number: this.#number,
      list: { isFirst: from === 0, isLast },
      put: items.map(pickedItem),
      removed: [],
      albums: isLast ? this.#picks.albums() : undefined,
      revision: isLast && this.#dirty.size === 0 ? this.#picks.revision() : undefined,
    };
  }

  #change(): ToPicker | undefined {
    if (this.#dirty.size === 0 && !this.#hasChanged) return undefined;
    const ids = [...this.#dirty].slice(0, AT_ONCE);
    const put: PickedItem[] = [];
    const removed: MediaId[] = [];
    for (const id of ids) {
      this.#dirty.delete(id);
      const item = this.#picks.storedFile(id);
      if (item === undefined) removed.push(id);
      else put.push(pickedItem(item));
    }
    const isAll = this.#dirty.size === 0;
    if (isAll) this.#hasChanged = false;
    this.#number += 1;
    const albums = isAll ? this.#picks.albums() : undefined;
    return { number: this.#number, put, removed, albums, revision: isAll ? this.#picks.revision() : undefined };
  }
}

function pickedItem({ id, facts, size, crc, sha256, pickedAt }: StoredItem): PickedItem {
  return { ...facts, id, description: '', productUrl: '', size, crc, sha256, pickedAt };
}
