import type { TakeoutView } from '../catalog/records.js';
import type { ItemBytes } from '../filesystem/content-access.js';
import type { Ledger } from '../ledger/ledger.js';
import type { GatedMediaSource } from '../library/media-source.js';
import type { MediaId } from '../library/media-item.js';
import { sourceOf } from '../library/source.js';
import { systemClock } from '../support/clock.js';
import { ArchiveThreads } from '../takeout/archives/archive-threads.js';
import { BadEntries } from '../takeout/archives/bad-entries.js';
import { DeflatedSource } from '../takeout/archives/deflated-source.js';
import { placeOf, TakeoutBytes, type EntryPlace, type TakeoutBytesDeps } from '../takeout/archives/takeout-bytes.js';
import type { Examined } from '../takeout/indexing/examine-parts.js';
import type { LibraryParts } from './library-parts.js';
import { addTakeouts, removeTakeout } from './takeout-changes.js';

/** The bytes of Takeout exports, and what commands change of them. */
export interface OpenTakeouts {
  /** Stored entries and extracted files, which are read where they lie. */
  readonly stored: ItemBytes;
  /** Deflated entries, for the cache. */
  readonly deflated: GatedMediaSource;
  /** Throws ArchiveError where the bytes of an item are known to be damaged. */
  readonly check: (id: MediaId) => void;
  /** Whether an item is read where it lies, and needs no cache. */
  readonly isStored: (id: MediaId) => boolean;
  add(paths: readonly string[]): Promise<Examined>;
  /** Resolves to the number of parts. */
  remove(exportName: string): Promise<number>;
  /** Called when the list of parts has changed. */
  onChange: () => void;
  /** Called when a part could not be read. */
  onFault: () => void;
}

/** Opens no archive before it is read. */
export function openTakeouts(
  { config, board, teardown }: LibraryParts,
  catalog: TakeoutView,
  ledger: Ledger,
): OpenTakeouts {
  const threads = new ArchiveThreads({ clock: systemClock, mostOfDevice: 1 });
  teardown.addThreads('ending the reading of archives', 1000, async () => {
    await threads.close();
    if (threads.hanging > 0) throw new Error('a drive does not answer');
  });
  const bad = new BadEntries(({ file, message }) =>
    board.add({ code: 'takeout-damaged', message, hint: 'Download this part again.', subject: file }),
  );
  const locate = (id: MediaId): EntryPlace | undefined => catalog.takeoutPlace(id);
  const deps = { locate, threads: watched(threads, () => takeouts.onFault()), bad };
  const changes = {
    ...{ ledger, threads, clock: systemClock },
    readParts: () => catalog.takeoutParts(),
    ownMounts: () => [config.mountpoint],
    changed: () => takeouts.onChange(),
  };
  const takeouts: OpenTakeouts = {
    stored: new TakeoutBytes(deps),
    deflated: new DeflatedSource(deps),
    check: (id) => void placeOf(deps, id),
    isStored: (id) => sourceOf(id).name === 'takeout' && locate(id)?.method !== 'deflated',
    add: (paths) => addTakeouts(paths, changes),
    remove: (exportName) => removeTakeout(exportName, changes),
    onChange: () => undefined,
    onFault: () => undefined,
  };
  return takeouts;
}

/** Bytes of Takeout's items, wherever they are best read. */
export function bytesOfTakeouts({ stored, check, isStored }: OpenTakeouts, cache: ItemBytes): ItemBytes {
  return {
    open: (item) => {
      if (isStored(item.ref.id)) return stored.open(item);
      // Its first blocks may be in the cache although its end proved to be damaged.
      check(item.ref.id);
      return cache.open(item);
    },
  };
}

/** Tells of each read that fails. */
function watched(threads: ArchiveThreads, failed: () => void): TakeoutBytesDeps['threads'] {
  const told = <T>(work: Promise<T>): Promise<T> => {
    work.catch(failed);
    return work;
  };
  return {
    open: (...asks) => told(threads.open(...asks)),
    read: (request) => told(threads.read(request)),
    release: (piece) => threads.release(piece),
  };
}
