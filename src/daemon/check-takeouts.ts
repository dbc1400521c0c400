import type { TakeoutReadings } from '../catalog/takeout-readings.js';
import type { AccountedExport } from '../takeout/indexing/export-accounts.js';
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

/** The files that a check counted, by their path in the export. Those of locked items are not named. */
export function namedFiles(
  list: ListName,
  exports: readonly AccountedExport[],
  readings: TakeoutReadings | undefined,
): string[] {
  if (list === 'refused')
    return [
      ...exports.flatMap(({ parts }) => parts.flatMap(({ counts }) => counts.named)),
      ...(readings?.unreadable() ?? []),
    ].map(({ name, reason }) => `${name}: ${reason}`);
  return readings?.named(list) ?? [];
}
