import { createReadStream } from 'node:fs';
import { rm, stat } from 'node:fs/promises';
import type { StoredItem } from '../ledger/pick-rows.js';
import type { PickTable } from '../ledger/pick-table.js';
import type { MediaBody } from '../library/media-source.js';
import { pickedFile, storeIsMissing, type PickedStore } from './picked-store.js';

export interface MoveDeps {
  readonly picks: PickTable;
  readonly store: PickedStore;
  readonly durable: () => Promise<void>;
  readonly log: (message: string) => void;
}

const AT_ONCE = 50;

/**
 * Moves files that lie in other folders into the store: each is copied, compared, noted, and then removed where it was. So a kill at
 * any moment loses none. Rejects with UserError where a folder or the disk cannot be used; it goes on where it stopped.
 */
export async function moveFiles({ picks, store, durable, log }: MoveDeps, signal: AbortSignal): Promise<void> {
  let missing: Error | undefined;
  for (let place: number | undefined = 0; place !== undefined;) {
    const { items, next } = picks.storedElsewhere(store.folder, place, AT_ONCE);
    const moved: StoredItem[] = [];
    for (const item of items) {
      signal.throwIfAborted();
      if (await isCopied(item, store, log)) {
        picks.moved(item.id, store.folder);
        moved.push(item);
      } else missing ??= await storeIsMissing(item.folder);
    }
    if (moved.length > 0) await durable();
    for (const item of moved) await removeOld(item, store);
    place = next;
  }
  if (missing !== undefined) throw missing;
}

async function isCopied(item: StoredItem, store: PickedStore, log: (message: string) => void): Promise<boolean> {
  const there = await store.adopt(item.id);
  if (there?.sha256 === item.sha256) return true;
  const from = pickedFile(item.folder, item.id);
  if ((await stat(from).catch(() => undefined)) === undefined) return false;
  await store.checkRoom(item.size);
  const { sha256 } = await store.write(item.id, fileBody(from));
  if (sha256 === item.sha256) {
    await store.keep([item.id]);
    return true;
  }
  await store.discard(item.id);
  log(`${from} holds other bytes than were stored: it is left where it is`);
  return false;
}

/** Two paths may lead to one file. */
async function removeOld({ id, folder }: StoredItem, store: PickedStore): Promise<void> {
  const old = pickedFile(folder, id);
  const [before, now] = await Promise.all([old, store.fileOf(id)].map((path) => stat(path).catch(() => undefined)));
  if (before === undefined || (before.ino === now?.ino && before.dev === now.dev)) return;
  await rm(old, { force: true });
}

function fileBody(path: string): MediaBody {
  return {
    forEach: async (take) => {
      for await (const piece of createReadStream(path)) await take(piece as Buffer);
    },
  };
}
