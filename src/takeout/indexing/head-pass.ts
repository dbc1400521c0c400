import { setImmediate as nextTurn } from 'node:timers/promises';
import type { CatalogWriter } from '../../catalog/catalog-writer.js';
import type { UnreadHead } from '../../catalog/takeout-heads.js';
import { ROWS_A_TRANSACTION } from '../../catalog/transaction-size.js';
import { ArchiveError } from '../archives/archive-error.js';
import type { ArchiveThreads } from '../archives/archive-threads.js';
import { readHeadBytes } from '../archives/read-head-bytes.js';
import type { StoredHead } from './item-head.js';
import { HEAD_BYTES, readHead } from './read-head.js';
import type { Settling } from './settling.js';

export interface HeadPassDeps {
  readonly catalog: CatalogWriter;
  readonly threads: Pick<ArchiveThreads, 'read' | 'release'>;
  readonly settling: Pick<Settling, 'putHeads' | 'settleAlbums'>;
}

/** Heads that are stored at once. */
const BATCH = 100;
const NOTHING = '{}';

/**
 * Reads the heads of files for what no sidecar says: camera, size, and the time of items whose sidecar has none, which come first. Each
 * head is read once. A part that cannot be read is left for the next run.
 */
export class HeadPass {
  readonly #deps: HeadPassDeps;
  /** Where to go on; undefined when all heads were read. */
  #at: { readonly timeless: boolean; readonly after: number } | undefined;

  constructor(deps: HeadPassDeps) {
    this.#deps = deps;
    this.restart();
  }

  /** Files have come, or parts that can be read. */
  restart(): void {
    this.#at = { timeless: true, after: 0 };
  }

  /** Reads on until all heads are read, or `stop` aborts. Everything in the catalog must be settled. */
  async run(stop: AbortSignal): Promise<void> {
    const { catalog, settling } = this.#deps;
    const away = new Set<number>();
    let hasTimes = false;
    while (this.#at !== undefined && !stop.aborted) {
      const { timeless, after } = this.#at;
      const files = catalog.takeoutHeads.unread({ timeless, after, most: BATCH });
      if (files.length === 0) {
        this.#at = timeless ? { timeless: false, after: 0 } : undefined;
        continue;
      }
      const { heads, last } = await this.#readSome(files, away, stop);
      if (await this.#keep(heads)) hasTimes = true;
      this.#at = { timeless, after: last ?? after };
      await nextTurn();
    }
    // Albums show their items in the order of time.
    if (hasTimes) await settling.settleAlbums();
    if (this.#at !== undefined) return;
    if (away.size > 0) this.restart();
    else await this.#dropUnused();
  }

  /** `last`: the last file that was looked at. */
  async #readSome(
    files: readonly UnreadHead[],
    away: Set<number>,
    stop: AbortSignal,
  ): Promise<{ readonly heads: ReadonlyMap<string, StoredHead>; readonly last: number | undefined }> {
    const heads = new Map<string, StoredHead>();
    let last: number | undefined;
    for (const file of files) {
      if (stop.aborted) break;
      if (!away.has(file.part) && !heads.has(file.item)) {
        const head = await this.#read(file, away);
        if (head !== undefined) heads.set(file.item, head);
      }
      last = file.id;
    }
    return { heads, last };
  }

  async #read({ place, part }: UnreadHead, away: Set<number>): Promise<StoredHead | undefined> {
    try {
      return await readHeadBytes(place, HEAD_BYTES, this.#deps.threads, readHead);
    } catch (error) {
      if (!(error instanceof ArchiveError)) throw error;
      // A damaged entry, or a file that is missing in a folder, says nothing of the others.
      const isOfFile = error.fault === 'damaged' || (place.headerOffset === undefined && error.fault !== 'silent');
      if (!isOfFile) away.add(part);
      return undefined;
    }
  }

  /** True where an item may have another time by it. */
  async #keep(heads: ReadonlyMap<string, StoredHead>): Promise<boolean> {
    const { catalog, settling } = this.#deps;
    const texts = new Map([...heads].map(([item, head]) => [item, JSON.stringify(head)]));
    // First the items: what a crash interrupts is read and put again.
    await settling.putHeads(new Map([...texts].filter(([, text]) => text !== NOTHING)));
    catalog.transaction(() => {
      for (const [item, text] of texts) catalog.takeoutHeads.set(item, text);
    });
    return (
      this.#at?.timeless === true && [...heads.values()].some(({ local, instant }) => (local ?? instant) !== undefined)
    );
  }

  async #dropUnused(): Promise<void> {
    const { catalog } = this.#deps;
    const dropSome = (): boolean => catalog.transaction(() => catalog.takeoutHeads.dropUnused(ROWS_A_TRANSACTION));
    while (dropSome()) await nextTurn();
  }
}
