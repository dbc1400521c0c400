/** Which bytes are shown of an item. */
export interface ShownCopy {
  readonly id: string;
  readonly size: number | null;
  readonly etag: string | null;
}

/** Which times of an item move when other bytes of it are shown. */
export type MovedTimes = 'none' | 'ctime' | 'both';

/**
 * Changed bytes move both times: rsync compares mtime, restic and borg compare ctime. Another copy of the same
 * photograph moves ctime only. The first size or ETag of the bytes that are shown already moves nothing.
 */
export function movedTimes(before: ShownCopy, after: ShownCopy): MovedTimes {
  if (after.id !== before.id) return 'ctime';
  const isOtherSize = before.size !== null && after.size !== before.size;
  const isOtherVersion = before.etag !== null && after.etag !== null && after.etag !== before.etag;
  return isOtherSize || isOtherVersion ? 'both' : 'none';
}

/** `now`, or a millisecond later if `now` is shown already: a change must be visible. */
export function movedTo(now: number, shown: number): number {
  return now === shown ? now + 1 : now;
}
