import type { FactsBasis, MediaFacts } from './media-source.js';

/** The version of an item that the catalog, a cached file or an open file stands for. */
export interface KnownVersion {
  /** Bytes. */
  readonly size: number;
  readonly etag: string | undefined;
}

/**
 * What an answer of the media host means for a version that is known:
 * - `same`: the host gives its length, and nothing differs.
 * - `silent`: nothing differs, but no length is given, so that a body cut short would look whole.
 * - `doubtful`: something differs in an answer that may be a broken transfer. Nothing changes; ask with a HEAD.
 * - `changed`: the host states another version.
 */
export type Verdict = 'same' | 'silent' | 'doubtful' | 'changed';

/** The only answers that may change a known size or ETag: none of them can be a transfer that broke. */
const STATEMENTS: ReadonlySet<FactsBasis> = new Set<FactsBasis>(['head', 'content-range', 'received']);

/** The one rule for sizes and ETags: every path that meets an answer of the media host asks here what it may change. */
export function judge(known: KnownVersion, facts: MediaFacts): Verdict {
  const isOtherLength = facts.length !== undefined && facts.length !== known.size;
  const isOtherTag = facts.etag !== undefined && known.etag !== undefined && facts.etag !== known.etag;
  if (isOtherLength || isOtherTag) return STATEMENTS.has(facts.basis) ? 'changed' : 'doubtful';
  return facts.length === undefined ? 'silent' : 'same';
}

/** Whether the answer settles a doubt: a length that cannot be an accident. */
export function isStatement(facts: MediaFacts): boolean {
  return facts.length !== undefined && STATEMENTS.has(facts.basis);
}
