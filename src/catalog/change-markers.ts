/** Which bytes are shown of an item. */
export interface ShownCopy {
  readonly id: string;
  readonly size: number | null;
  readonly etag: string | null;
}

/** Which times of an item move when other bytes of it are shown. */
export type MovedTimes = 'none' | 'ctime' | 'both';

/**
 * Bytes that changed move both times: rsync looks at mtime, restic and borg at ctime. Another copy of the same photograph
 * moves ctime alone. What is learnt of bytes that were shown before (their first size or ETag) moves nothing.
 */
export function movedTimes(before: ShownCopy, after: ShownCopy): MovedTimes {
  if (after.id !== before.id) return 'ctime';
  const isOtherSize = before.size !== null && after.size !== before.size;
  const isOtherVersion = before.etag !== null && after.etag !== null && after.etag !== before.etag;
  return isOtherSize || isOtherVersion ? 'both' : 'none';
}

/** `now`, or a millisecond later where it is what is shown already: a change has to show. */
export function movedTo(now: number, shown: number): number {
  return now === shown ? now + 1 : now;
}
