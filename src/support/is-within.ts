/**
 * Whether `now` is less than `ms` milliseconds away from `then`, a time noted earlier. The wall clock may be set back,
 * and `now` then lies before `then`. Because the distance counts, a pause ends at once after a large jump, and at most
 * `ms` late after a small one.
 */
export function isWithin(now: number, then: number, ms: number): boolean {
  return Math.abs(now - then) < ms;
}
