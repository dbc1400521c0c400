import { LIVE_STATES, type PickCounts, type PickSession, type PickState } from '../ledger/pick-rows.js';
import type { PickTable } from '../ledger/pick-table.js';

/** How a picking session is doing. */
export interface PickSessionStatus {
  readonly id: string;
  /**
   * `open`: waits for Done; `fetching`; `retrying`: what failed is tried again until the session ends; `paused`: see `reason`; and as
   * it ended: `done`, `partial` (some could not be had), `expired` (it ended before all was listed), `cancelled`.
   */
  readonly state: PickState | 'retrying' | 'paused';
  /** What it waits for: `sign-in`, `permission`, `api`, `disk`, `quota`, `network`, `google`; null where it does not wait. */
  readonly reason: string | null;
  readonly message: string | null;
  readonly hint: string | null;
  /** What a command that waits for it ends with. */
  readonly exitCode: number | null;
  /** RFC 3339. */
  readonly created: string;
  readonly expires: string;
  readonly album: string | null;
  /** Items listed so far; all of them where `totalKnown`. */
  readonly total: number;
  readonly totalKnown: boolean;
  readonly stored: number;
  readonly failed: number;
  /** Of what is stored. */
  readonly bytes: number;
  /** Until when Google wants to be asked often; RFC 3339. */
  readonly pollUntil: string;
  /** What was not stored, and why; at most 20. */
  readonly missing: readonly { readonly name: string; readonly error: string | null }[];
}

/** What status says of picking. */
export interface PickedStatus {
  readonly items: number;
  readonly bytes: number;
  /** Where the files lie. */
  readonly folder: string;
  readonly sessions: readonly PickSessionStatus[];
}

const MISSING_SHOWN = 20;
const SESSIONS_SHOWN = 50;

export function pickedStatus(picks: PickTable, folder: string): PickedStatus {
  const sessions = picks.sessions().slice(-SESSIONS_SHOWN);
  return { ...picks.totals(), folder, sessions: sessions.map((session) => sessionStatus(picks, session)) };
}

export function sessionStatus(picks: PickTable, session: PickSession): PickSessionStatus {
  const { id, trouble, created, expires, album, isListed, pollUntil } = session;
  const counts = picks.counts(id);
  const isShort = counts.stored < counts.total;
  const missing = isShort && session.state !== 'cancelled' ? picks.missing(id).slice(0, MISSING_SHOWN) : [];
  return {
    id,
    state: stateOf(session, counts),
    reason: trouble?.code ?? null,
    message: trouble?.message ?? null,
    hint: trouble?.hint ?? null,
    exitCode: trouble?.exitCode ?? null,
    created: new Date(created).toISOString(),
    expires: new Date(expires).toISOString(),
    album,
    ...counts,
    totalKnown: isListed,
    pollUntil: new Date(pollUntil).toISOString(),
    missing: missing.flatMap(({ filename: name, error }) =>
      // What waits for its turn is not missing.
      error === null && LIVE_STATES.has(session.state) ? [] : [{ name, error }],
    ),
  };
}

function stateOf({ state, trouble, isListed }: PickSession, { total, stored }: PickCounts): PickSessionStatus['state'] {
  if (!LIVE_STATES.has(state)) return state;
  if (trouble !== null) return 'paused';
  return state === 'fetching' && isListed && stored < total ? 'retrying' : state;
}
