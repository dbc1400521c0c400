/** What the file name of a part says. Extracted folders that kept the name of their part can be read too. */
export interface PartName {
  /** Parts of one export share it: `takeout-20260301T101112Z`. */
  readonly exportName: string;
  /** When Google made the export, as the name spells it: `20260301T101112Z`. It may have seven digits after the T. */
  readonly stamp: string;
  /** Numbers of parts count within a group. Names before 2025 have none. */
  readonly group: number | undefined;
  /** From 1 on. */
  readonly number: number | undefined;
  /** A browser fetched it a second time and added ` (1)`. */
  readonly isCopy: boolean;
}

export type ArchiveKind = 'zip' | 'tgz' | 'unfinished' | 'other';

const PART = /^(takeout-(\d{8}T\d{6,7}Z))(?:-(\d{1,2}))??(?:-(\d{1,5}))?( ?\(\d+\))?(?:\.zip|\.tgz|\.tar\.gz)?$/i;
const UNFINISHED = /\.(?:crdownload|part|partial|tmp|download|opdownload)$/i;
const TGZ = /\.(?:tgz|tar\.gz|tar)$/i;

/** Undefined where the name is not one that Google gives. */
export function parsePartName(fileName: string): PartName | undefined {
  const match = PART.exec(fileName);
  if (match === null) return undefined;
  const [, exportName = '', stamp = '', group, number, copy] = match;
  return {
    exportName: exportName
      .toLowerCase()
      .replace(/t(?=\d+z$)/, 'T')
      .replace(/z$/, 'Z'),
    stamp: stamp.toUpperCase(),
    group: group === undefined ? undefined : Number(group),
    number: number === undefined ? undefined : Number(number),
    isCopy: copy !== undefined,
  };
}

/** What a file is by its name alone. */
export function archiveKind(fileName: string): ArchiveKind {
  if (UNFINISHED.test(fileName)) return 'unfinished';
  if (TGZ.test(fileName)) return 'tgz';
  return /\.zip$/i.test(fileName) ? 'zip' : 'other';
}

export interface MissingParts {
  readonly group: number | undefined;
  /** Ascending. */
  readonly numbers: readonly number[];
}

/** No export has more parts; greater numbers are not Google's. */
const MAX_PARTS = 10_000;

/** Gaps in the numbers of one export's parts, by group. Parts after the greatest number that is known cannot be missed. */
export function missingParts(parts: Iterable<Pick<PartName, 'group' | 'number'>>): MissingParts[] {
  const groups = new Map<number | undefined, Set<number>>();
  for (const { group, number } of parts) {
    if (number === undefined || number > MAX_PARTS) continue;
    const known = groups.get(group) ?? new Set<number>();
    groups.set(group, known.add(number));
  }
  return [...groups]
    .map(([group, known]) => ({ group, numbers: gaps(known) }))
    .filter(({ numbers }) => numbers.length > 0)
    .sort((a, b) => (a.group ?? 0) - (b.group ?? 0));
}

function gaps(known: ReadonlySet<number>): number[] {
  const found: number[] = [];
  for (let number = 1; number < Math.max(...known); number += 1) if (!known.has(number)) found.push(number);
  return found;
}
