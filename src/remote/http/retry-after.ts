/** Longest wait that one answer of a server can cause. */
export const LONGEST_WAIT_MS = 3_600_000;

/** The three forms of an HTTP date begin with the name of a day. Anything else `Date.parse` would guess at. */
const HTTP_DATE = /^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]*,? /;

/**
 * Milliseconds that a `Retry-After` header (seconds or an HTTP date) asks to wait, at most an hour; undefined if it is
 * missing, in the past, or invalid.
 */
export function retryAfter(header: string | undefined, now: number): number | undefined {
  const text = header?.trim() ?? '';
  const wait = /^\d+$/.test(text) ? Number(text) * 1_000 : HTTP_DATE.test(text) ? dateOf(text) - now : Number.NaN;
  return wait >= 0 ? Math.min(wait, LONGEST_WAIT_MS) : undefined;
}

/** The oldest form names no zone, and is meant in UTC like the others. */
function dateOf(text: string): number {
  return Date.parse(text.endsWith('GMT') ? text : `${text} GMT`);
}
