import { createHash } from 'node:crypto';

/** A listing may remove this share of the known entries at once; more is held back. */
const BELIEVABLE_SHARE = 0.1;

export interface Shrinking {
  /** Entries known before. */
  readonly known: number;
  /** Row ids of known entries that the listing lacks. */
  readonly missing: readonly number[];
  /** Digest of what the last listing of this kind held back. */
  readonly heldDigest: string | undefined;
  /** A page of the listing was doubtful, for example empty: even a small loss is held back. */
  readonly odd?: boolean;
}

/** `hold` keeps everything and remembers the digest: the same answer twice in a row is believed. */
export type ShrinkDecision = { readonly action: 'apply' } | { readonly action: 'hold'; readonly digest: string };

/** Decides whether entries that a complete listing lacks may be removed. */
export function decideShrinking({ known, missing, heldDigest, odd = false }: Shrinking): ShrinkDecision {
  if (missing.length === 0) return { action: 'apply' };
  if (!odd && missing.length <= known * BELIEVABLE_SHARE) return { action: 'apply' };
  const digest = digestOf(missing);
  return digest === heldDigest ? { action: 'apply' } : { action: 'hold', digest };
}

export interface Membership {
  readonly before: readonly number[];
  /** Row ids of the album's listing, in its order. */
  readonly listed: readonly number[];
  /** How many items Google counts in the album. */
  readonly announced: number;
  /** The listing may hold items of another one: its length proves nothing. */
  readonly odd: boolean;
  readonly heldDigest: string | undefined;
}

export interface MembershipDecision {
  readonly members: readonly number[];
  /** Set if members that the listing lacks were kept. */
  readonly hold: string | undefined;
}

/**
 * The members of an album after a complete listing. One that is shorter than Google's own count removes nothing the
 * first time.
 */
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
