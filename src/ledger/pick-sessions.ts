import type { Statements } from '../sqlite/statements.js';
import type { PickCounts, PickSession, PickSessionChange, PickState, PickTrouble } from './pick-rows.js';

type SessionRow = [
  ...[id: string, uri: string, created: number, expires: number, state: PickState, album: string | null],
  ...[pollMs: number, pollUntil: number, pickedAt: number | null, pageToken: string | null, listed: number],
  ...[retryAt: number, rounds: number, deleted: number, trouble: string | null],
];

const COLUMNS = `id, uri, created, expires, state, album, poll_ms, poll_until, picked_at, page_token, listed, retry_at, rounds,
  deleted, trouble`;

const NOTHING: PickCounts = { total: 0, stored: 0, failed: 0, bytes: 0 };

/** Oldest first. */
export function readSessions(sql: Statements): PickSession[] {
  return sql.all<SessionRow>(`SELECT ${COLUMNS} FROM pick_sessions ORDER BY created, id`).map(sessionOf);
}

export function readSession(sql: Statements, id: string): PickSession | undefined {
  const row = sql.get<SessionRow>(`SELECT ${COLUMNS} FROM pick_sessions WHERE id = ?`, id);
  return row === undefined ? undefined : sessionOf(row);
}

/** Counts of all sessions that have items. Forgotten items do not count. */
export function readCounts(sql: Statements): ReadonlyMap<string, PickCounts> {
  const rows = sql.all<[string, number, number, number, number]>(
    `SELECT m.session, sum(i.state <> 'forgotten'), sum(i.state = 'stored'), sum(i.state = 'failed'),
       sum(iif(i.state = 'stored', i.size, 0))
     FROM pick_members m JOIN picked_items i ON i.id = m.item GROUP BY m.session`,
  );
  return new Map(rows.map(([session, total, stored, failed, bytes]) => [session, { total, stored, failed, bytes }]));
}

export function countsOf(all: ReadonlyMap<string, PickCounts>, id: string): PickCounts {
  return all.get(id) ?? NOTHING;
}

/** Writes a session as it is now, whether it is new or not. */
export function writeSession(sql: Statements, session: PickSession): void {
  const { id, uri, created, expires, state, album, pollMs, pollUntil, pickedAt, pageToken } = session;
  const { isListed, retryAt, rounds, isDeleted, trouble } = session;
  sql.run(
    `INSERT OR REPLACE INTO pick_sessions (${COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    ...[id, uri, created, expires, state, album, pollMs, pollUntil, pickedAt, pageToken, isListed ? 1 : 0],
    ...[retryAt, rounds, isDeleted ? 1 : 0, trouble === null ? null : JSON.stringify(trouble)],
  );
}

/** The session with a change; undefined where there is none of that id. */
export function changeSession(sql: Statements, id: string, change: PickSessionChange): PickSession | undefined {
  const before = readSession(sql, id);
  if (before === undefined) return undefined;
  const after = { ...before, ...change };
  writeSession(sql, after);
  return after;
}

function sessionOf(row: SessionRow): PickSession {
  const [id, uri, created, expires, state, album, pollMs, pollUntil, pickedAt, pageToken, listed, ...more] = row;
  const [retryAt, rounds, deleted, trouble] = more;
  return {
    ...{ id, uri, created, expires, state, album, pollMs, pollUntil, pickedAt, pageToken, retryAt, rounds },
    isListed: listed === 1,
    isDeleted: deleted === 1,
    trouble: trouble === null ? null : (JSON.parse(trouble) as PickTrouble),
  };
}
