import { randomUUID } from 'node:crypto';
import type { MediaId } from '../library/media-item.js';
import type { PickedListing } from '../library/remote-picker.js';
import type { Statements } from '../sqlite/statements.js';
import { changeSession, countsOf, readCounts, readSession, readSessions, writeSession } from './pick-sessions.js';
import type {
  PickCounts,
  PickedAlbum,
  PickedFacts,
  PickedState,
  PickSession,
  PickSessionChange,
  StoredFile,
  StoredItem,
} from './pick-rows.js';

/** A page of what was picked, as it is noted before its bytes are fetched. */
export interface ListedPage {
  readonly items: readonly PickedListing[];
  /** Of this page. */
  readonly pageToken: string | undefined;
  /** Milliseconds since the epoch. */
  readonly pickedAt: number;
}

type StoredRow = [
  ...[id: number, mediaId: MediaId, facts: string, pickedAt: number],
  ...[folder: string, size: number, crc: number, sha256: string],
];

const STORED = `SELECT id, media_id, facts, picked_at, folder, size, crc, sha256 FROM picked_items WHERE state = 'stored'`;

/**
 * Picking sessions and what was picked in them. Reading gives what can be read; writing throws UserError where the ledger cannot be
 * written. {@link revision} changes with all that a mount shows.
 */
export class PickTable {
  readonly #sql: Statements | undefined;
  readonly #write: <T>(work: (sql: Statements) => T) => T;
  #counts: ReadonlyMap<string, PickCounts> | undefined;
  #totals: { readonly items: number; readonly bytes: number } | undefined;

  constructor(sql: Statements | undefined, write: <T>(work: (sql: Statements) => T) => T) {
    this.#sql = sql;
    this.#write = (work) => {
      this.#counts = undefined;
      this.#totals = undefined;
      return write(work);
    };
  }

  // --- sessions ---

  sessions(): PickSession[] {
    return this.#read(readSessions, []);
  }

  session(id: string): PickSession | undefined {
    return this.#read((sql) => readSession(sql, id), undefined);
  }

  counts(id: string): PickCounts {
    this.#counts ??= this.#read(readCounts, new Map<string, PickCounts>());
    return countsOf(this.#counts, id);
  }

  addSession(session: PickSession): void {
    this.#write((sql) => writeSession(sql, session));
  }

  change(id: string, change: PickSessionChange): PickSession | undefined {
    return this.#write((sql) => changeSession(sql, id, change));
  }

  // --- items ---

  /**
   * Notes a page: its items, and that they are of the session. What is stored stays so; what Google says now counts. Returns the stored
   * items that are shown otherwise than before.
   */
  list(session: string, { items, pageToken, pickedAt }: ListedPage): MediaId[] {
    return this.#write((sql) => {
      const last = 'SELECT ifnull(max(position), -1) FROM pick_members WHERE session = ?';
      let position = sql.get<[number]>(last, session)?.[0] ?? -1;
      const shown: MediaId[] = [];
      for (const item of items) {
        const { rowId, isStored, isOther } = putItem(sql, item, pickedAt);
        position += 1;
        const member = 'INSERT OR IGNORE INTO pick_members VALUES (?, ?, ?)';
        const isNew = sql.run(member, session, rowId, position) > 0;
        if (isStored && (isOther || isNew)) shown.push(item.id);
      }
      changeSession(sql, session, { pageToken: pageToken ?? null });
      if (shown.length > 0) newRevision(sql);
      return shown;
    });
  }

  /** Undefined for one that was never listed. */
  stateOf(id: MediaId): PickedState | undefined {
    return this.#read((sql) => {
      return sql.get<[PickedState]>('SELECT state FROM picked_items WHERE media_id = ?', id)?.[0];
    }, undefined);
  }

  /** These files are whole and on the disk. */
  stored(files: readonly StoredFile[]): void {
    this.#write((sql) => {
      for (const { id, folder, size, crc, sha256 } of files)
        sql.run(
          `UPDATE picked_items SET state = 'stored', folder = ?, size = ?, crc = ?, sha256 = ?, error = NULL
           WHERE media_id = ? AND state <> 'forgotten'`,
          ...[folder, size, crc, sha256, id],
        );
      newRevision(sql);
    });
  }

  /** It could not be stored, for this reason; `waiting`: that passes. */
  notStored(id: MediaId, state: 'waiting' | 'failed', error: string): void {
    const set = `UPDATE picked_items SET state = ?, error = ? WHERE media_id = ? AND state IN ('waiting', 'failed')`;
    this.#write((sql) => sql.run(set, state, error, id));
  }

  /** Items of a session that are not stored, with why they failed last. */
  missing(session: string): { readonly id: MediaId; readonly filename: string; readonly error: string | null }[] {
    return this.#read((sql) => {
      const rows = sql.all<[MediaId, string, string | null]>(
        `SELECT i.media_id, i.facts, i.error FROM pick_members m JOIN picked_items i ON i.id = m.item
         WHERE m.session = ? AND i.state IN ('waiting', 'failed') ORDER BY m.position`,
        session,
      );
      return rows.map(([id, facts, error]) => ({ id, filename: (JSON.parse(facts) as PickedFacts).filename, error }));
    }, []);
  }

  totals(): { readonly items: number; readonly bytes: number } {
    this.#totals ??= this.#read(
      (sql) => {
        const sum = `SELECT count(*), ifnull(sum(size), 0) FROM picked_items WHERE state = 'stored'`;
        const [items, bytes] = sql.get<[number, number]>(sum) ?? [0, 0];
        return { items, bytes };
      },
      { items: 0, bytes: 0 },
    );
    return this.#totals;
  }

  // --- what a mount shows ---

  /** Another text after each change of what is shown. */
  revision(): string {
    const get = `SELECT value FROM settings WHERE key = 'picked.revision'`;
    return this.#read((sql) => sql.get<[string]>(get)?.[0], undefined) ?? '';
  }

  storedFile(id: MediaId): StoredItem | undefined {
    return this.#read((sql) => {
      const row = sql.get<StoredRow>(`${STORED} AND media_id = ?`, id);
      return row === undefined ? undefined : storedOf(row);
    }, undefined);
  }

  /** What is stored, at most `limit` from a place on: 0, then the `next` that was given. */
  storedFrom(
    place: number,
    limit: number,
  ): { readonly items: readonly StoredItem[]; readonly next: number | undefined } {
    const rows = this.#read((sql) => sql.all<StoredRow>(`${STORED} AND id > ? ORDER BY id LIMIT ?`, place, limit), []);
    return { items: rows.map(storedOf), next: rows.length < limit ? undefined : rows.at(-1)?.[0] };
  }

  /** As {@link storedFrom}, of items whose file does not lie in this folder. */
  storedElsewhere(folder: string, place: number, limit: number): ReturnType<PickTable['storedFrom']> {
    const query = `${STORED} AND folder <> ? AND id > ? ORDER BY id LIMIT ?`;
    const rows = this.#read((sql) => sql.all<StoredRow>(query, folder, place, limit), []);
    return { items: rows.map(storedOf), next: rows.length < limit ? undefined : rows.at(-1)?.[0] };
  }

  /** Folders that hold files. */
  folders(): string[] {
    const all = `SELECT DISTINCT folder FROM picked_items WHERE folder IS NOT NULL`;
    return this.#read((sql) => sql.all<[string]>(all).map(([folder]) => folder), []);
  }

  /** A file lies in another folder now. */
  moved(id: MediaId, folder: string): void {
    this.#write((sql) => sql.run('UPDATE picked_items SET folder = ? WHERE media_id = ?', folder, id));
  }

  albums(): PickedAlbum[] {
    return this.#read((sql) => {
      const rows = sql.all<[string, MediaId | null]>(
        `SELECT s.album, i.media_id FROM pick_sessions s JOIN pick_members m ON m.session = s.id
           JOIN picked_items i ON i.id = m.item AND i.state = 'stored'
         WHERE s.album IS NOT NULL ORDER BY s.created, s.id, m.position`,
      );
      const albums = new Map<string, Set<MediaId>>();
      for (const [title, id] of rows) {
        const members = albums.get(title) ?? new Set();
        if (id !== null) members.add(id);
        albums.set(title, members);
      }
      return [...albums].map(([title, members]) => ({ title, members: [...members] }));
    }, []);
  }

  // --- forgetting ---

  /** All items of a session that no other session has. */
  onlyIn(session: string): MediaId[] {
    return this.#read(
      (sql) =>
        sql
          .all<[MediaId]>(
            `SELECT i.media_id FROM pick_members m JOIN picked_items i ON i.id = m.item
             WHERE m.session = ? AND NOT EXISTS (SELECT 1 FROM pick_members o WHERE o.item = m.item AND o.session <> m.session)`,
            session,
          )
          .map(([id]) => id),
      [],
    );
  }

  /** A person does not want these any more. Their files are removed next, then their rows: see {@link dropForgotten}. */
  forget(ids: readonly MediaId[]): void {
    this.#write((sql) => {
      for (const id of ids) sql.run(`UPDATE picked_items SET state = 'forgotten' WHERE media_id = ?`, id);
      newRevision(sql);
    });
  }

  forgotten(): { readonly id: MediaId; readonly folder: string | null }[] {
    return this.#read((sql) => {
      const rows = sql.all<[MediaId, string | null]>(
        `SELECT media_id, folder FROM picked_items WHERE state = 'forgotten'`,
      );
      return rows.map(([id, folder]) => ({ id, folder }));
    }, []);
  }

  dropForgotten(id: MediaId): void {
    this.#write((sql) => {
      const row = `(SELECT id FROM picked_items WHERE media_id = ? AND state = 'forgotten')`;
      sql.run(`DELETE FROM pick_members WHERE item = ${row}`, id);
      sql.run(`DELETE FROM picked_items WHERE id = ${row}`, id);
    });
  }

  /** Takes a session that is over out of the list. Its items stay, and leave its album. */
  dropSession(id: string): void {
    this.#write((sql) => {
      sql.run('DELETE FROM pick_members WHERE session = ?', id);
      sql.run('DELETE FROM pick_sessions WHERE id = ?', id);
      newRevision(sql);
    });
  }

  #read<T>(work: (sql: Statements) => T, otherwise: T): T {
    if (this.#sql === undefined) return otherwise;
    try {
      return work(this.#sql);
    } catch {
      return otherwise;
    }
  }
}

function putItem(
  sql: Statements,
  item: PickedListing,
  pickedAt: number,
): { readonly rowId: number; readonly isStored: boolean; readonly isOther: boolean } {
  const { id } = item;
  // The base URL is a secret, and ends within the hour.
  const text = JSON.stringify({ ...item, id: undefined, baseUrl: undefined });
  const find = 'SELECT id, facts, state FROM picked_items WHERE media_id = ?';
  const known = sql.get<[number, string, PickedState]>(find, id);
  if (known === undefined) {
    const add = `INSERT INTO picked_items (media_id, facts, state, picked_at) VALUES (?, ?, 'waiting', ?)`;
    return { rowId: sql.insert(add, id, text, pickedAt), isStored: false, isOther: false };
  }
  const [rowId, before, state] = known;
  // It is wanted again.
  if (state === 'forgotten')
    sql.run(`UPDATE picked_items SET state = 'waiting', folder = NULL, picked_at = ? WHERE id = ?`, pickedAt, rowId);
  const isOther = before !== text;
  if (isOther) sql.run('UPDATE picked_items SET facts = ? WHERE id = ?', text, rowId);
  return { rowId, isStored: state === 'stored', isOther };
}

function newRevision(sql: Statements): void {
  const set = `INSERT INTO settings VALUES ('picked.revision', ?) ON CONFLICT DO UPDATE SET value = excluded.value`;
  sql.run(set, randomUUID());
}

function storedOf([, id, facts, pickedAt, folder, size, crc, sha256]: StoredRow): StoredItem {
  return { id, facts: JSON.parse(facts) as PickedFacts, pickedAt, folder, size, crc, sha256 };
}
