import { createHash } from 'node:crypto';

/** A listing may take away this share of what is known; more is not believed at once. */
const BELIEVABLE_SHARE = 0.1;

export interface Shrinking {
  /** Entries known before. */
  readonly known: number;
  /** What the listing did not bring, by row id. */
  readonly missing: readonly number[];
  /** Digest that the last listing of this kind was held back with. */
  readonly heldDigest: string | undefined;
  /** A page of the listing was odd, as an empty one: even a small loss is not believed at once. */
  readonly odd?: boolean;
}

/** `hold` keeps everything and remembers the digest: the same answer twice in a row is believed. */
export type ShrinkDecision = { readonly action: 'apply' } | { readonly action: 'hold'; readonly digest: string };

/** Whether what a complete listing no longer holds may be taken away. */
export function decideShrinking({ known, missing, heldDigest, odd = false }: Shrinking): ShrinkDecision {
  if (missing.length === 0) return { action: 'apply' };
  if (!odd && missing.length <= known * BELIEVABLE_SHARE) return { action: 'apply' };
  const digest = digestOf(missing);
  return digest === heldDigest ? { action: 'apply' } : { action: 'hold', digest };
}

export interface Membership {
  readonly before: readonly number[];
  /** What the album's listing brought, in its order. */
  readonly listed: readonly number[];
  /** How many items Google counts in the album. */
  readonly announced: number;
  /** The listing may hold what belongs elsewhere: its length says nothing. */
  readonly odd: boolean;
  readonly heldDigest: string | undefined;
}

export interface MembershipDecision {
  readonly members: readonly number[];
  /** Set where members that the listing left out were kept. */
  readonly hold: string | undefined;
}

/** What an album holds after a complete listing: a listing shorter than Google's own count takes nothing away the first time. */
export function decideMembership({ before, listed, announced, odd, heldDigest }: Membership): MembershipDecision {
  const now = new Set(listed);
  const lost = before.filter((item) => !now.has(item));
  if (lost.length === 0 || (!odd && listed.length >= announced)) return { members: listed, hold: undefined };
  const digest = digestOf(listed);
  if (digest === heldDigest) return { members: listed, hold: undefined };
  return { members: [...listed, ...lost], hold: digest };
}

function digestOf(rowIds: readonly number[]): string {
  const hash = createHash('sha256');
  for (const rowId of [...rowIds].sort((a, b) => a - b)) hash.update(`${rowId} `);
  return hash.digest('base64url');
}
