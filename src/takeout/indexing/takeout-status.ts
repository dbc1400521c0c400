import type { PartState } from '../../catalog/takeout-parts.js';
import type { AccountedExport } from './export-accounts.js';

/** What is being read; null where everything is. `done` and `total` are parts. */
export interface ReadingStatus {
  readonly part: string;
  readonly done: number;
  readonly total: number;
  /** Of all that is to be read, from 0 to 1, once the directories of all parts were. */
  readonly share?: number;
}

/** As it stands in the status document. */
export interface TakeoutStatus {
  readonly exports: readonly ExportStatus[];
  readonly reading: ReadingStatus | null;
}

export interface ExportStatus {
  readonly name: string;
  readonly parts: readonly {
    readonly file: string;
    readonly state: PartState;
    readonly entries: number;
    readonly error: string | null;
  }[];
  readonly missingParts: readonly number[];
  readonly items: number;
  readonly withSidecar: number;
  readonly ambiguous: number;
  readonly without: number;
  readonly orphans: number;
}

export function exportStatusOf({ name, parts, missing, sums }: AccountedExport): ExportStatus {
  const { items, withSidecar, ambiguous, without, orphans } = sums;
  return {
    name,
    parts: parts.map(({ path, state, counts, error }) => ({ file: path, state, entries: counts.entries, error })),
    missingParts: missing,
    ...{ items, withSidecar, ambiguous, without, orphans },
  };
}
