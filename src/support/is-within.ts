/**
 * Whether `now` is less than `ms` milliseconds from `then`, a moment noted before. The wall clock may be set back: then `now` lies
 * before `then`, and a pause or an age counted from it ends by itself once the two are `ms` apart, never days later.
 */
export function isWithin(now: number, then: number, ms: number): boolean {
  return Math.abs(now - then) < ms;
}
