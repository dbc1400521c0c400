import { RemoteError } from '../../library/remote-error.js';
import { REFUSED_HINT } from '../http/too-large.js';

const KIB = 1024;
const MIB = 1024 * KIB;

/**
 * Longest body of each endpoint, bytes, unpacked. An item takes one or two kilobytes, but its description may be long:
 * a page has room for 100 items of 80 KiB. A batch is also decoded on the main thread, which it must not block: it has
 * room for 50 items of 20 KiB. If that is not enough, its items are asked for one by one.
 */
export const LONGEST_ANSWER = {
  items: 8 * MIB,
  albums: MIB,
  batch: MIB,
  item: MIB / 2,
  /** A picking session has five short members. */
  session: 64 * KIB,
  /** Google's error envelopes are a few kilobytes long. */
  error: 64 * KIB,
} as const;

/** Most entries of one page or batch. Google's own maxima are 100 items, 50 albums and 50 results. */
export const MOST_ENTRIES = { mediaItems: 200, albums: 100, mediaItemResults: 100 } as const;

/** Page tokens have some hundred characters; one goes into the next request's URL and into the catalog. */
export const LONGEST_PAGE_TOKEN = 16 * KIB;

/** Most values, and levels of nesting, in one answer: four times what 100 items with every field need. */
export const JSON_SHAPE = { values: 20_000, depth: 32 } as const;

/** Longest texts of an item or album, characters. Longer prose is cut; any other longer text counts as absent. */
export const LONGEST_TEXT = { id: 512, name: 4096, url: 8192, word: 256 } as const;

/** The error of an answer with far more entries, values or levels than its endpoint may legally have. */
export function tooMany(): RemoteError {
  const details = { reason: 'TOO_MANY', hint: REFUSED_HINT };
  return new RemoteError('protocol', 'Google’s answer holds far more than was asked for; it was refused.', details);
}
