import type { Ledger } from '../ledger/ledger.js';
import type { Clock } from '../support/clock.js';
import { ExitCode, UserError } from '../support/user-error.js';
import type { ArchiveThreads } from '../takeout/archives/archive-threads.js';
import { examineParts, type Examined, type KnownPart } from '../takeout/indexing/examine-parts.js';

export interface TakeoutChangeParts {
  readonly ledger: Ledger;
  readonly threads: ArchiveThreads;
  /** What was read of parts, as the catalog has it. */
  readonly readParts: () => readonly KnownPart[];
  readonly ownMounts: () => readonly string[];
  readonly clock: Clock;
  /** The list of parts is another one. */
  readonly changed: () => void;
}

/** Adds the exports at these absolute paths. The ledger is on disk when it resolves. */
export async function addTakeouts(paths: readonly string[], parts: TakeoutChangeParts): Promise<Examined> {
  const { ledger, threads, clock } = parts;
  if (ledger.fault !== undefined) throw ledger.fault;
  const read = new Map(parts.readParts().map((part) => [part.path, part]));
  const known = ledger.takeout.list().map((row) => ({ ...row, identity: read.get(row.path)?.identity }));
  const examined = await examineParts(paths, { threads, known, ownMounts: parts.ownMounts() });
  if (examined.parts.length > 0) {
    ledger.takeout.add(examined.parts, clock.now());
    await ledger.durable();
  }
  // A part that is known is looked at again: a person may have mended what kept it from being read.
  if (examined.parts.length + examined.repeated.length > 0) parts.changed();
  return examined;
}

/** Takes an export out by its name. Resolves to the number of its parts. UserError where there is none of that name. */
export async function removeTakeout(
  exportName: string,
  { ledger, changed }: Pick<TakeoutChangeParts, 'ledger' | 'changed'>,
): Promise<number> {
  const names = [...new Set(ledger.takeout.list().map((row) => row.exportName))];
  if (!names.includes(exportName))
    throw new UserError(
      ExitCode.usage,
      `There is no Takeout export called ${exportName}.`,
      names.length === 0 ? 'None was added yet: gphotos-mount takeout add PATH...' : `There are: ${names.join(', ')}`,
    );
  const removed = ledger.takeout.remove(exportName);
  await ledger.durable();
  changed();
  return removed;
}
