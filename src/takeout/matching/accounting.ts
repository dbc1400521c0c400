/** What became of one entry of an archive. */
export type EntryOutcome =
  | {
      readonly kind: 'media';
      readonly role: 'item' | 'copy' | 'edited' | 'moving';
      readonly pairing: 'sidecar' | 'ambiguous' | 'without';
      /** Absent for files of extracted folders. */
      readonly packing?: 'stored' | 'deflated';
    }
  | { readonly kind: 'sidecar'; readonly use: 'matched' | 'membership' | 'orphan' }
  | { readonly kind: 'unreadable' | 'album' | 'otherJson' | 'skipped' | 'repeated' | 'refused' };

/** Sums over the entries of one export. */
export interface ExportAccounts {
  /** Without the entries of folders. */
  readonly entries: number;
  readonly media: number;
  /** Media that stand for an item. An item that an older export has too is counted there. */
  readonly items: number;
  readonly copies: number;
  readonly edited: number;
  readonly moving: number;
  readonly withSidecar: number;
  readonly ambiguous: number;
  readonly without: number;
  readonly stored: number;
  readonly deflated: number;
  readonly sidecars: number;
  readonly matched: number;
  readonly memberships: number;
  readonly orphans: number;
  readonly unreadable: number;
  readonly albumFiles: number;
  readonly otherJson: number;
  /** Files that are neither media nor json, and those of operating systems. */
  readonly skipped: number;
  /** The same path with the same bytes in another part. */
  readonly repeated: number;
  /** Entries that are not safe or not readable as a file. */
  readonly refused: number;
}

export interface ExportParts {
  readonly name: string;
  readonly parts: readonly number[];
  /** Gaps in the numbers. */
  readonly missing: readonly number[];
}

/** Above this share of media and of sidecars without a partner, a part is likely missing. The whole export has 0.1 %. */
const MISSING_SHARE = 0.02;
/** Fewer of either say nothing: one odd file is a large share of a small export. */
const MISSING_LEAST = 3;

type Sums = { -readonly [Name in keyof ExportAccounts]: number };

const ZERO: ExportAccounts = {
  entries: 0,
  media: 0,
  items: 0,
  copies: 0,
  edited: 0,
  moving: 0,
  withSidecar: 0,
  ambiguous: 0,
  without: 0,
  stored: 0,
  deflated: 0,
  sidecars: 0,
  matched: 0,
  memberships: 0,
  orphans: 0,
  unreadable: 0,
  albumFiles: 0,
  otherJson: 0,
  skipped: 0,
  repeated: 0,
  refused: 0,
};

const ROLE_SUMS = { item: 'items', copy: 'copies', edited: 'edited', moving: 'moving' } as const;
const PAIRING_SUMS = { sidecar: 'withSidecar', ambiguous: 'ambiguous', without: 'without' } as const;
const USE_SUMS = { matched: 'matched', membership: 'memberships', orphan: 'orphans' } as const;

/** Counts each entry once. */
export function accountEntries(outcomes: Iterable<EntryOutcome>): ExportAccounts {
  const sums: Sums = { ...ZERO };
  for (const outcome of outcomes) {
    sums.entries += 1;
    if (outcome.kind === 'media') {
      sums.media += 1;
      sums[ROLE_SUMS[outcome.role]] += 1;
      sums[PAIRING_SUMS[outcome.pairing]] += 1;
      if (outcome.packing !== undefined) sums[outcome.packing] += 1;
    } else if (outcome.kind === 'sidecar') {
      sums.sidecars += 1;
      sums[USE_SUMS[outcome.use]] += 1;
    } else {
      sums[outcome.kind === 'album' ? 'albumFiles' : outcome.kind] += 1;
    }
  }
  return sums;
}

/** The sums of several exports, or of several parts that were counted apart. */
export function addAccounts(all: Iterable<ExportAccounts>): ExportAccounts {
  const sums: Sums = { ...ZERO };
  for (const one of all) for (const name of Object.keys(ZERO) as (keyof Sums)[]) sums[name] += one[name];
  return sums;
}

/** The sums that must hold and do not, as sentences; empty if all hold. `entries` is what the archives list. */
export function brokenSums(sums: ExportAccounts, entries = sums.entries): string[] {
  const { media, sidecars, unreadable, albumFiles, otherJson, skipped, repeated, refused } = sums;
  const checks: readonly [string, number, number][] = [
    [
      'media are items, copies, edited versions and moving parts',
      media,
      sums.items + sums.copies + sums.edited + sums.moving,
    ],
    ['media are with sidecar, ambiguous and without', media, sums.withSidecar + sums.ambiguous + sums.without],
    ['sidecars are matched, album memberships and orphans', sidecars, sums.matched + sums.memberships + sums.orphans],
    [
      'each entry is counted once',
      entries,
      media + sidecars + unreadable + albumFiles + otherJson + skipped + repeated + refused,
    ],
    ['all entries were read', entries, sums.entries],
  ];
  return checks
    .filter(([, whole, parts]) => whole !== parts)
    .map(([rule, whole, parts]) => `${rule}: ${whole} is not ${parts}`);
}

/** Many media without a sidecar and many sidecars without media together: a part of the export seems to be missing. */
export function seemsIncomplete({ media, without, sidecars, orphans }: ExportAccounts): boolean {
  if (without < MISSING_LEAST || orphans < MISSING_LEAST) return false;
  return without > media * MISSING_SHARE && orphans > sidecars * MISSING_SHARE;
}

/** What `takeout check` prints for one export. */
export function accountLines(parts: ExportParts, sums: ExportAccounts): string[] {
  const n = spelled(sums);
  const lines = [
    partsLine(parts),
    `  media ${n.media} = items ${n.items} + copies ${n.copies} + edited ${n.edited} + moving ${n.moving}` +
      `     with sidecar ${n.withSidecar}, ambiguous ${n.ambiguous}, without ${n.without}` +
      `       stored ${n.stored}, deflated ${n.deflated}`,
    `  sidecars ${n.sidecars} = matched ${n.matched} + album membership ${n.memberships} + orphans ${n.orphans}` +
      `    unreadable ${n.unreadable}   album files ${n.albumFiles}   other json ${n.otherJson}` +
      `   skipped ${n.skipped}   repeated ${n.repeated}   refused ${n.refused}`,
  ];
  if (seemsIncomplete(sums) && parts.missing.length === 0) {
    lines.push('  a part seems to be missing: many files are without sidecar, and many sidecars without file');
  }
  return lines;
}

/** Numbers for a person: `12,345`. */
function spelled(sums: ExportAccounts): Record<keyof ExportAccounts, string> {
  const entries = Object.entries(sums).map(([name, value]) => [name, (value as number).toLocaleString('en-US')]);
  return Object.fromEntries(entries) as Record<keyof ExportAccounts, string>;
}

function partsLine({ name, parts, missing }: ExportParts): string {
  if (parts.length === 0) return `${name}   extracted`;
  const range = `${partNumber(Math.min(...parts))}-${partNumber(Math.max(...parts))}`;
  const gaps = missing.length === 0 ? 'none missing' : `missing ${missing.map(partNumber).join(', ')}`;
  return `${name}   ${parts.length} ${parts.length === 1 ? 'part' : 'parts'}, ${range}, ${gaps}`;
}

function partNumber(number: number): string {
  return String(number).padStart(3, '0');
}
