import type { MediaId } from '../library/media-item.js';
import { sourceNamed, sourcesIn, type SourceName } from '../library/source.js';
import { movedTimes, movedTo } from './change-markers.js';
import type { ItemFlags } from './item-flags.js';
import type { PlaceMoves } from './place-moves.js';
import type { Statements } from '../sqlite/statements.js';

/** What is known of a copy's bytes. */
export interface CopyBytes {
  readonly size: number | null;
  readonly etag: string | null;
  readonly videoStatus: number | null;
}

type CopyRow = [id: MediaId, source: number, size: number | null, etag: string | null, videoStatus: number | null];

type ShownRow = [
  ...[id: MediaId, size: number | null, etag: string | null, videoStatus: number | null],
  ...[gone: number, sources: number, mtime: number | null, ctime: number | null, creationTime: number],
];

const SHOWN = 'media_id, size, etag, video_status, gone, sources, mtime, ctime, creation_time';

export interface CopyStoreDeps {
  readonly sql: Statements;
  readonly flags: ItemFlags;
  /** Hears what is about to move between folders. */
  readonly moves: PlaceMoves;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

/**
 * Rows of `copies`, and what an item shows of them. After a change of its copies an item is settled: the best copy that is not gone
 * is shown, and an item without any is gone. Callers hold the transaction.
 */
export class CopyStore {
  readonly #sql: Statements;
  readonly #deps: CopyStoreDeps;
  readonly #now: () => number;

  constructor(deps: CopyStoreDeps) {
    const { sql, now } = deps;
    this.#deps = deps;
    this.#sql = sql;
    this.#now = now;
  }

  /** Adds a copy. Of an item that had others, {@link settle} follows. */
  add(id: MediaId, item: number, source: SourceName, { size, etag, videoStatus }: CopyBytes): void {
    const { bit } = sourceNamed(source);
    this.#sql.run('INSERT INTO copies VALUES (?, ?, ?, 0, ?, ?, ?)', id, item, bit, size, etag, videoStatus);
  }

  /** Changes what is known of a copy, which is there (again); {@link settle} follows. */
  set(id: MediaId, { size, etag, videoStatus }: CopyBytes): void {
    const sql = 'UPDATE copies SET gone = 0, size = ?, etag = ?, video_status = ? WHERE media_id = ?';
    this.#sql.run(sql, size, etag, videoStatus, id);
  }

  /** The copies of one source are gone; items that have no other are gone as well. */
  markGone(rowIds: readonly number[], source: SourceName): void {
    const { bit } = sourceNamed(source);
    for (const rowId of rowIds) {
      const sql = 'UPDATE copies SET gone = 1 WHERE item = ? AND source = ? AND gone = 0';
      if (this.#sql.run(sql, rowId, bit) > 0) this.settle(rowId);
    }
  }

  /** One copy is gone; its item is as well, if it has no other. */
  drop(id: MediaId): void {
    const rowId = this.#sql.get<[number]>('SELECT item FROM copies WHERE media_id = ? AND gone = 0', id)?.[0];
    if (rowId === undefined) return;
    this.#sql.run('UPDATE copies SET gone = 1 WHERE media_id = ?', id);
    this.settle(rowId);
  }

  /** Shows the best copy of an item. Its times move as its bytes do; both, where the copy that was shown is `redrawn`. */
  settle(rowId: number, redrawn?: MediaId): void {
    const { flags, moves } = this.#deps;
    const before = this.#sql.get<ShownRow>(`SELECT ${SHOWN} FROM media_items WHERE id = ?`, rowId);
    if (before === undefined) return;
    const copies = this.#sql.all<CopyRow>(
      'SELECT media_id, source, size, etag, video_status FROM copies WHERE item = ? AND gone = 0 ORDER BY media_id',
      rowId,
    );
    const [shownId, oldSize, oldEtag, oldStatus, wasGone, oldSources, mtime, ctime, creationTime] = before;
    const sources = copies.reduce((bits, [, bit]) => bits | bit, 0);
    const shown = bestCopy(copies, shownId);
    const isGone = shown === undefined ? 1 : 0;
    const [id, bit, size, etag, videoStatus] = shown ?? [shownId, 0, oldSize, oldEtag, oldStatus];
    const isRedrawn = id === redrawn && id === shownId;
    const moved = isRedrawn ? 'both' : movedTimes({ id: shownId, size: oldSize, etag: oldEtag }, { id, size, etag });
    const isSame = id === shownId && size === oldSize && etag === oldEtag && videoStatus === oldStatus;
    if (isSame && !isRedrawn && sources === oldSources && isGone === wasGone) return;
    if (isGone < wasGone) {
      flags.sourcesChange(rowId, oldSources, sources);
      moves.appears(rowId);
    } else if (isGone > wasGone) moves.leaves(rowId);
    else flags.sourcesChange(rowId, oldSources, sources);
    const at = movedTo(this.#now(), (moved === 'both' ? mtime : ctime) ?? creationTime);
    this.#sql.run(
      `UPDATE media_items SET media_id = ?, source = ifnull(?, source), size = ?, etag = ?, video_status = ?, gone = ?,
         sources = ?, mtime = ?,
         ctime = ? WHERE id = ?`,
      id,
      sourcesIn(bit)[0]?.name ?? null,
      size,
      etag,
      videoStatus,
      isGone,
      sources,
      moved === 'both' ? at : mtime,
      moved === 'none' ? ctime : at,
      rowId,
    );
  }
}

/** The copy of the best source; of several of one source the one that is shown already. */
function bestCopy(copies: readonly CopyRow[], shownId: MediaId): CopyRow | undefined {
  const rank = ([id, bit]: CopyRow): number => (sourcesIn(bit)[0]?.bytesRank ?? 0) * 2 + (id === shownId ? 1 : 0);
  return copies.reduce<CopyRow | undefined>(
    (best, copy) => (best === undefined || rank(copy) > rank(best) ? copy : best),
    undefined,
  );
}
