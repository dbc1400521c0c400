import type { CatalogWriter } from '../../catalog/catalog-writer.js';
import type { JsonContent, UnreadJson } from '../../catalog/takeout-files.js';
import type { PartRecord } from '../../catalog/takeout-parts.js';
import { ROWS_WHILE_READING } from '../../catalog/transaction-size.js';
import { ArchiveError } from '../archives/archive-error.js';
import type { ArchiveThreads } from '../archives/archive-threads.js';

export interface ReadJsonDeps {
  readonly threads: ArchiveThreads;
  readonly catalog: CatalogWriter;
  /** Hears of a part that cannot be read. Its json files stay unread. */
  readonly failed: (part: PartRecord, error: ArchiveError) => void;
}

/** By row. */
type Parts = ReadonlyMap<number, PartRecord>;

interface Content {
  /** Row of the json file. */
  readonly id: number;
  readonly content: JsonContent;
}

interface Ahead {
  readonly folderId: number;
  /** Rejects never: a failure of a part stands among the pieces. */
  readonly pieces: Promise<readonly Piece[]>;
}

type Piece = { readonly contents: readonly Content[] } | { readonly part: PartRecord; readonly error: ArchiveError };

/** Json files of a folder that is read ahead: more would be held in memory for long. */
const MOST_AHEAD = 4000;

/**
 * Reads the json files of folders, in all parts that can be read, into the catalog. How it works: the threads of the archives read and
 * parse; while the caller settles one folder they read the next. Parts share the transactions of their folder, as one part has few
 * json files of it.
 */
export class FolderJsonReader {
  readonly #deps: ReadJsonDeps;
  #ahead: Ahead | undefined;

  constructor(deps: ReadJsonDeps) {
    this.#deps = deps;
  }

  /** Begins to read the folder that comes next. */
  readAhead(folderId: number, parts: Parts): void {
    const entries = this.#deps.catalog.takeoutFiles.unreadJson(folderId);
    if (entries.length === 0 || entries.length > MOST_AHEAD) return;
    const pieces = allOf(this.#pieces(entries, parts));
    // Who does not come for it any more does not miss the error.
    pieces.catch(() => undefined);
    this.#ahead = { folderId, pieces };
  }

  async read(folderId: number, parts: Parts): Promise<void> {
    const ahead = this.#ahead;
    this.#ahead = undefined;
    const entries = this.#deps.catalog.takeoutFiles.unreadJson(folderId);
    const pieces = ahead?.folderId === folderId ? await ahead.pieces : this.#pieces(entries, parts);
    let waiting: Content[] = [];
    for await (const piece of pieces) {
      if ('error' in piece) this.#deps.failed(piece.part, piece.error);
      else waiting.push(...piece.contents);
      if (waiting.length < ROWS_WHILE_READING) continue;
      await this.#write(waiting);
      waiting = [];
    }
    await this.#write(waiting);
  }

  async *#pieces(all: readonly UnreadJson[], parts: Parts): AsyncGenerator<Piece> {
    for (const [id, entries] of byPart(all)) {
      const part = parts.get(id);
      if (part?.identity === undefined) continue;
      const { size, mtimeMs } = part.identity;
      const expected = part.kind === 'zip' ? { size, mtimeMs } : undefined;
      try {
        for await (const batch of this.#deps.threads.readJson(part, expected, entries))
          yield { contents: batch.flatMap(({ index, facts }) => contentOf(entries[index], facts)) };
      } catch (error) {
        if (!(error instanceof ArchiveError)) throw error;
        yield { part, error };
      }
    }
  }

  #write(contents: readonly Content[]): Promise<void> {
    const { catalog } = this.#deps;
    return catalog.inLargeSlices(contents, (some) => {
      for (const { id, content } of some) catalog.takeoutFiles.setJson(id, content);
    });
  }
}

function contentOf(entry: UnreadJson | undefined, content: JsonContent): Content[] {
  return entry === undefined ? [] : [{ id: entry.id, content }];
}

async function allOf<T>(some: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const one of some) all.push(one);
  return all;
}

function byPart(entries: readonly UnreadJson[]): Map<number, UnreadJson[]> {
  const parts = new Map<number, UnreadJson[]>();
  for (const entry of entries) {
    const known = parts.get(entry.part);
    if (known === undefined) parts.set(entry.part, [entry]);
    else known.push(entry);
  }
  return parts;
}
