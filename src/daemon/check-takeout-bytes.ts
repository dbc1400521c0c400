import type { TakeoutReadings } from '../catalog/takeout-readings.js';
import type { MediaId } from '../library/media-item.js';
import { commandClock } from '../support/clock.js';
import { messageOf } from '../support/message-of.js';
import { ArchiveThreads } from '../takeout/archives/archive-threads.js';
import { BadEntries } from '../takeout/archives/bad-entries.js';
import { DeflatedSource } from '../takeout/archives/deflated-source.js';
import { TakeoutBytes, type EntryPlace } from '../takeout/archives/takeout-bytes.js';
import { lockedPaths } from './check-takeouts.js';
import type { OnReading } from './profile-takeouts.js';

export interface CheckedBytes {
  readonly files: number;
  /** What is wrong, by file. Files of locked items are counted and not named. */
  readonly wrong: readonly string[];
}

const PIECE_BYTES = 1024 * 1024;

/** Reads all media of all exports from the first byte to the last, and compares checksums. */
export async function checkBytes(readings: TakeoutReadings, onReading: OnReading): Promise<CheckedBytes> {
  const threads = new ArchiveThreads({ clock: commandClock });
  const files = readings.places();
  const isLocked = lockedPaths(readings);
  const wrong: string[] = [];
  let current: EntryPlace | undefined;
  const deps = { threads, bad: new BadEntries(), locate: () => current };
  const stored = new TakeoutBytes(deps);
  const deflated = new DeflatedSource(deps);
  const buffer = new Uint8Array(PIECE_BYTES);
  try {
    for (const [index, { name, place }] of files.entries()) {
      onReading({ part: place.file, done: index, total: files.length });
      current = place;
      const ref = { id: String(index) as MediaId, kind: 'photo' } as const;
      try {
        if (place.method === 'deflated') {
          const { body } = await deflated.fetch(ref, undefined, { priority: 'background' });
          await body.forEach(() => undefined);
        } else {
          const opened = await stored.open({ ref, size: place.size });
          try {
            for (let at = 0; at < place.size; at += PIECE_BYTES) await opened.read(buffer, at);
          } finally {
            opened.close();
          }
        }
      } catch (error) {
        const message = messageOf(error);
        wrong.push(isLocked(name) ? message : `${name}: ${message}`);
      }
    }
  } finally {
    await threads.close();
  }
  return { files: files.length, wrong };
}
