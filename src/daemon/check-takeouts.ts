import type { TakeoutReadings } from '../catalog/takeout-readings.js';
import type { AccountedExport } from '../takeout/indexing/export-accounts.js';
import { folderHintsOf } from '../takeout/matching/folder-kind.js';
import { accountLines, brokenSums, seemsIncomplete } from '../takeout/matching/accounting.js';

/** What was found in an export, and what is wrong with it. */
export interface CheckedExport {
  readonly name: string;
  /** For a person. */
  readonly lines: readonly string[];
  readonly sums: AccountedExport['sums'];
  readonly entries: number;
  readonly missingParts: readonly number[];
  readonly damaged: readonly { readonly file: string; readonly error: string }[];
  /** Sums that must hold and do not; always empty. */
  readonly broken: readonly string[];
  readonly seemsIncomplete: boolean;
}

/** Judges the accounts of an export. */
export function checkedExport({ name, parts, numbers, missing, sums, entries }: AccountedExport): CheckedExport {
  const damaged = parts.flatMap(({ path, error }) => (error === null ? [] : [{ file: path, error }]));
  return {
    name,
    lines: accountLines({ name, parts: numbers, missing }, sums),
    ...{ sums, entries, damaged },
    missingParts: missing,
    broken: brokenSums(sums, entries),
    seemsIncomplete: seemsIncomplete(sums),
  };
}

export type ListName = 'ambiguous' | 'without' | 'orphans' | 'refused';

/**
 * Whether a path may tell of a locked item: it lies in a locked folder, or its name begins as that of a locked item of its folder. In
 * doubt it does.
 */
export function lockedPaths(readings: TakeoutReadings | undefined): (path: string) => boolean {
  const stems = (readings?.lockedNames() ?? []).map(({ folder, name }) => ({
    folder: `/${folder}`,
    stem: stemOf(name),
  }));
  return (path) => {
    const at = path.lastIndexOf('/');
    const [folder, name] = [`/${path.slice(0, Math.max(at, 0))}`.normalize('NFC'), path.slice(at + 1).normalize('NFC')];
    if (folder.split('/').some((part) => folderHintsOf(part, 'other').locked)) return true;
    return stems.some((locked) => folder.endsWith(locked.folder) && name.startsWith(locked.stem));
  };
}

/** Of a file, and of what its sidecar describes. */
function stemOf(name: string): string {
  return name
    .normalize('NFC')
    .replace(/\.json$/i, '')
    .replace(/\.[^.]*$/, '');
}

/** The files that a check counted, by their path in the export. Those of locked items are not named. */
export function namedFiles(
  list: ListName,
  exports: readonly AccountedExport[],
  readings: TakeoutReadings | undefined,
): string[] {
  const isLocked = lockedPaths(readings);
  if (list !== 'refused') return (readings?.named(list) ?? []).filter((path) => !isLocked(path));
  return [
    ...exports.flatMap(({ parts }) => parts.flatMap(({ counts }) => counts.named)),
    ...(readings?.unreadable() ?? []),
  ]
    .filter(({ name }) => !isLocked(name))
    .map(({ name, reason }) => `${name}: ${reason}`);
}
