import type { Clock } from '../support/clock.js';
import { findMount, isOurs, isSameMount, type MountEntry } from './mount-table.js';

/** A mount that is not in the table after this time has failed. */
export const ENTRY_DEADLINE_MS = 15_000;
const LOOK_MS = 200;

export interface EntryWait {
  readonly clock: Clock;
  readonly readTable: () => Promise<MountEntry[]>;
  /** False once the kernel has ended the connection: no entry will come. */
  readonly isConnected: () => boolean;
}

/**
 * Waits for the line of a new mount in the mount table. Undefined if none appears within {@link ENTRY_DEADLINE_MS}. On
 * Linux it is there when the kernel sends its first request. macFUSE mounts in the background: the line comes up to
 * seconds later, and its path may be spelled differently. So a line of this program that was not there `before` counts
 * too.
 */
export async function awaitMountEntry(
  mountpoint: string,
  before: readonly MountEntry[],
  { clock, readTable, isConnected }: EntryWait,
): Promise<MountEntry | undefined> {
  const giveUpAt = clock.now() + ENTRY_DEADLINE_MS;
  for (;;) {
    const table = await readTable().catch(() => []);
    const isNew = (entry: MountEntry): boolean => !before.some((old) => isSameMount(old, entry));
    const isSpelledAnew = (entry: MountEntry): boolean =>
      entry.device === '' && isNew(entry) && isOurs(entry) && hasSameLetters(entry.mountpoint, mountpoint);
    const entry = findMount(table, mountpoint) ?? table.findLast(isSpelledAnew);
    if (entry !== undefined) return entry;
    if (!isConnected() || clock.now() >= giveUpAt) return undefined;
    await clock.sleep(LOOK_MS);
  }
}

/** File systems of macOS keep the case of names and ignore it. */
function hasSameLetters(one: string, other: string): boolean {
  return one.normalize('NFC').toLowerCase() === other.normalize('NFC').toLowerCase();
}
