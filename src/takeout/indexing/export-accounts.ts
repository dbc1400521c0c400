import { basename } from 'node:path';
import type { PartRecord } from '../../catalog/takeout-parts.js';
import type { JsonKind, SidecarUse } from '../../catalog/takeout-files.js';
import type { TakeoutReadings } from '../../catalog/takeout-readings.js';
import { missingParts, parsePartName } from '../archives/part-name.js';
import { accountEntries, addAccounts, type EntryOutcome, type ExportAccounts } from '../matching/accounting.js';

/** An export with its parts and sums. */
export interface AccountedExport {
  readonly name: string;
  readonly parts: readonly PartRecord[];
  /** Numbers of the parts that are there, and of those that are not. */
  readonly numbers: readonly number[];
  readonly missing: readonly number[];
  readonly sums: ExportAccounts;
  /** What the directories list. */
  readonly entries: number;
}

/** Counts what parts list, by export, oldest first. Each entry is counted once. */
export function accountExports(parts: readonly PartRecord[], readings: TakeoutReadings | undefined): AccountedExport[] {
  const outcomes = new Map<string, EntryOutcome[]>();
  const of = (exportName: string): EntryOutcome[] => {
    const known = outcomes.get(exportName) ?? [];
    outcomes.set(exportName, known);
    return known;
  };
  const seen = new Set<string>();
  for (const { exportName, item, role, method, pairing } of readings?.outcomes() ?? []) {
    const isCopy = item !== null && seen.has(item);
    if (item !== null && role === 'original') seen.add(item);
    const packing = method === 'file' ? {} : { packing: method };
    const counted = role === 'original' ? (isCopy ? 'copy' : 'item') : role;
    of(exportName).push({ kind: 'media', role: counted, pairing, ...packing });
  }
  const add = (exportName: string, outcome: EntryOutcome, count: number): void => {
    for (let n = 0; n < count; n += 1) of(exportName).push(outcome);
  };
  for (const [exportName, count] of readings?.repeatedFiles() ?? []) add(exportName, { kind: 'repeated' }, count);
  for (const { exportName, kind, use, count } of readings?.jsonCounts() ?? [])
    add(exportName, jsonOutcome(kind, use), count);
  for (const { exportName, counts } of parts)
    for (const kind of ['skipped', 'repeated', 'refused'] as const) add(exportName, { kind }, counts[kind]);
  return [...groupByExport(parts)].map(([name, own]) => {
    const numbered = own.flatMap(({ path }) => parsePartName(basename(path)) ?? []);
    return {
      name,
      parts: own,
      numbers: numbered.flatMap(({ number }) => number ?? []),
      missing: missingParts(numbered).flatMap(({ numbers }) => numbers),
      sums: addAccounts([accountEntries(outcomes.get(name) ?? [])]),
      entries: own.reduce((sum, { counts }) => sum + counts.entries, 0),
    };
  });
}

function groupByExport(parts: readonly PartRecord[]): Map<string, PartRecord[]> {
  const groups = new Map<string, PartRecord[]>();
  for (const part of parts) groups.set(part.exportName, [...(groups.get(part.exportName) ?? []), part]);
  return groups;
}

function jsonOutcome(kind: JsonKind, use: SidecarUse): EntryOutcome {
  switch (kind) {
    case 'sidecar':
      return use === 'repeated' ? { kind: use } : { kind: 'sidecar', use };
    case 'album':
    case 'unreadable':
      return { kind };
    case 'other':
      return { kind: 'otherJson' };
    case 'unread':
      return { kind: 'sidecar', use: 'orphan' };
  }
}
