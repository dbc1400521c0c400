import { basename } from 'node:path';
import type { KnownTakeouts } from '../daemon/profile-takeouts.js';
import type { TakeoutOutcome } from '../daemon/answer-takeout.js';
import { printable } from './account-surroundings.js';
import { count } from './render-status.js';

type Examined = Omit<Extract<TakeoutOutcome, { action: 'add' }>, 'action'>;

/** What adding brought about, for a person. */
export function examinedLines(
  { parts, refused, repeated }: Examined,
  { isMounted, isRead }: { readonly isMounted: boolean; readonly isRead: boolean },
): string[] {
  const lines: string[] = [];
  for (const { path, exportName, entries, insteadOf } of parts) {
    const where = insteadOf === undefined ? 'added' : 'found again:';
    lines.push(`${where} ${path}  (${count(entries, 'entry', 'entries')} of ${exportName})`);
  }
  for (const { path, sameAs } of repeated)
    lines.push(path === sameAs ? `known already: ${path}` : `known already: ${path} is ${sameAs}`);
  for (const { path, reason, hint } of refused) lines.push(`refused: ${path} ${reason}.`, `         ${hint}`);
  if (parts.length > 0) {
    const exports = new Set(parts.map(({ exportName }) => exportName)).size;
    lines.push(`${count(parts.length, 'part')} of ${count(exports, 'export')} added. ${nextStep(isMounted, isRead)}`);
  }
  return lines.map(printable);
}

const MOUNT = 'gphotos-mount ~/photos';

function nextStep(isMounted: boolean, isRead: boolean): string {
  if (isRead) return isMounted ? 'All of it is in the folder.' : `All of it is read. Mount it: ${MOUNT}`;
  return isMounted
    ? 'They are being read; items show as each part is read (see: gphotos-mount status).'
    : `Mount them: ${MOUNT}`;
}

/** The exports of a profile and the state of their parts. */
export function listLines({ exports }: Pick<KnownTakeouts, 'exports'>): string[] {
  if (exports.length === 0)
    return ['No Takeout export was added. Add one: gphotos-mount takeout add ~/Downloads/takeout-*.zip'];
  const lines = exports.flatMap(({ name, parts, missing, sums }) => [
    `${name}   ${count(parts.length, 'part')}, ${amountText(parts, sums.items)}${missingText(missing)}`,
    ...parts.map(({ path, state, error }) => `  ${STATES[state].padEnd(8)} ${error ?? path}`),
  ]);
  return lines.map(printable);
}

const STATES = { new: 'not read', reading: 'reading', ready: 'ready', missing: 'missing', damaged: 'damaged' } as const;

function amountText(parts: KnownTakeouts['exports'][number]['parts'], items: number): string {
  return parts.every(({ state }) => state === 'new') ? 'read when it is mounted' : count(items, 'item');
}

function missingText(missing: readonly number[]): string {
  if (missing.length === 0) return '';
  const numbers = missing.map((number) => String(number).padStart(3, '0')).join(', ');
  return missing.length === 1 ? `; part ${numbers} is missing` : `; parts ${numbers} are missing`;
}

/** The file of a path, as it stands in lines about parts. */
export function fileName(path: string): string {
  return printable(basename(path));
}
