import type { PickSession } from '../ledger/pick-rows.js';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
/** Waits are longer than Google asks for by up to this share, so that many clients do not ask at once. Never shorter. */
const JITTER = 0.1;
const SLOW_POLL_MS = 5 * MINUTE;
const SLOWEST_POLL_MS = HOUR;
const FIRST_ROUND_MS = 30 * SECOND;
/** A little after the moment at which Google said that the session ends. */
const AFTER_END_MS = 5 * SECOND;

/**
 * Milliseconds before Google is asked again whether Done was pressed: as often as Google says, for as long as it says. After that a
 * late Done is still noticed, each 5 minutes for an hour, then each hour, and once when the session ends.
 */
export function nextPollMs(session: PickSession, now: number, random: () => number): number {
  const { pollMs, pollUntil, expires } = session;
  if (now < pollUntil) return Math.ceil(pollMs * (1 + random() * JITTER));
  const slow = now - pollUntil < HOUR ? SLOW_POLL_MS : SLOWEST_POLL_MS;
  return beforeEnd(Math.max(slow, pollMs), expires, now);
}

/** Milliseconds before what failed is tried again: half a minute, doubled up to an hour, and once when the session ends. */
export function nextRoundMs({ rounds, expires }: PickSession, now: number): number {
  return beforeEnd(Math.min(HOUR, FIRST_ROUND_MS * 2 ** Math.min(rounds, 20)), expires, now);
}

function beforeEnd(waitMs: number, expires: number, now: number): number {
  const left = expires + AFTER_END_MS - now;
  return left > 0 ? Math.min(waitMs, left) : waitMs;
}
