import { setMaxListeners } from 'node:events';
import type { StoredFile } from '../ledger/pick-rows.js';
import type { PickTable } from '../ledger/pick-table.js';
import type { MediaId } from '../library/media-item.js';
import type { MediaBody } from '../library/media-source.js';
import { RemoteError } from '../library/remote-error.js';
import type { PickedListing, RemotePicker } from '../library/remote-picker.js';
import type { Clock } from '../support/clock.js';
import { backoff } from '../support/retry.js';
import { messageOf } from '../support/message-of.js';
import { isOfItem } from './pick-trouble.js';
import type { PickedStore, WrittenFile } from './picked-store.js';
import type { StoredBatch } from './stored-batch.js';

export interface FetchDeps {
  readonly picks: PickTable;
  readonly store: PickedStore;
  readonly batch: StoredBatch;
  readonly clock: Clock;
  readonly random: () => number;
  readonly turn: () => Promise<void> | undefined;
  /** Items fetched at once. */
  readonly parallel: number;
}

/** A page of a session, and how to have it again. */
export interface FetchPage {
  readonly picker: RemotePicker;
  readonly items: readonly PickedListing[];
  /** Lists the page again, for new base URLs. */
  readonly again: () => Promise<readonly PickedListing[]>;
}

const TRIES = 3;
const RETRY_MS = 1000;
/** Bytes of a file that are fetched before readers are let go first again. */
const STEP_BYTES = 512 * 1024;
/** Base URLs end after an hour, and some sooner. */
const OLD_URL_MS = 45 * 60_000;

/**
 * Fetches the bytes of a page's items. What fails of single items is noted with them. Rejects where something keeps all of them from
 * being fetched (the disk, the network, the sign-in); what was stored by then is noted.
 */
export async function fetchItems(page: FetchPage, deps: FetchDeps, signal: AbortSignal): Promise<void> {
  const work = new AbortController();
  // One signal ends all downloads: Node would take its many listeners for a leak.
  setMaxListeners(0, work.signal);
  const stop = (): void => work.abort(signal.reason);
  signal.addEventListener('abort', stop, { once: true });
  const urls = new FreshUrls(page, deps.clock);
  const waiting = [...page.items];
  let fault: { readonly reason: unknown } | undefined;
  const worker = async (): Promise<void> => {
    for (let item = waiting.shift(); item !== undefined && fault === undefined; item = waiting.shift()) {
      try {
        await fetchItem(item, { ...deps, urls, picker: page.picker }, work.signal);
      } catch (error) {
        fault ??= { reason: error };
        work.abort(error);
      }
    }
  };
  try {
    signal.throwIfAborted();
    await Promise.all(Array.from({ length: deps.parallel }, worker));
  } finally {
    signal.removeEventListener('abort', stop);
    await deps.batch.flush().catch((error: unknown) => {
      fault ??= { reason: error };
    });
  }
  if (fault !== undefined) throw fault.reason;
}

type ItemDeps = FetchDeps & { readonly urls: FreshUrls; readonly picker: RemotePicker };

async function fetchItem(item: PickedListing, deps: ItemDeps, signal: AbortSignal): Promise<void> {
  const { picks, store, batch } = deps;
  const { id } = item;
  const state = picks.stateOf(id);
  // A file that a person removed is fetched again when it is picked again.
  if (state === undefined || state === 'forgotten' || (state === 'stored' && (await store.has(id)))) return;
  if (state === 'stored' && picks.storedFile(id)?.folder !== store.folder) return;
  if (item.videoStatus === 'FAILED') {
    picks.notStored(id, 'failed', 'Google could not process this video.');
    return;
  }
  if (item.videoStatus === 'PROCESSING' || item.videoStatus === 'UNSPECIFIED') {
    picks.notStored(id, 'waiting', 'Google is still processing this video.');
    return;
  }
  // Another session may fetch the same item: it is stored for both.
  if (!(await batch.take(id))) return;
  let written: WrittenFile;
  try {
    written = (await store.adopt(id)) ?? (await download(item, deps, signal));
  } catch (error) {
    batch.giveUp(id);
    if (!isOfItem(error)) throw error;
    picks.notStored(id, 'failed', messageOf(error));
    return;
  }
  await batch.add(storedFile(id, store.folder, written));
}

/** Tries a few times; a base URL that is refused is renewed once. */
async function download(item: PickedListing, deps: ItemDeps, signal: AbortSignal): Promise<WrittenFile> {
  const { urls, clock, random } = deps;
  let isRenewed = false;
  for (let tries = 1; ; tries += 1) {
    const listed = await urls.of(item);
    try {
      return await bytesOf(listed, deps, signal);
    } catch (error) {
      if (!isOfItem(error)) throw error;
      const isRefused = error.status === 403 || error.status === 404;
      if (isRefused && !isRenewed) {
        isRenewed = true;
        await urls.renew(listed);
      } else if (isRefused || tries >= TRIES) throw error;
      else await clock.sleep(backoff(tries, RETRY_MS, random), signal);
    }
  }
}

async function bytesOf(item: PickedListing, deps: ItemDeps, signal: AbortSignal): Promise<WrittenFile> {
  const { picker, store, turn } = deps;
  await turn();
  const stream = await picker.bytes(item, signal);
  try {
    await store.checkRoom(stream.bodyLength ?? 0);
  } catch (error) {
    // Its connection is closed, since nobody reads the body.
    await stream.body
      .forEach(() => {
        throw new Error('there is no room for it');
      })
      .catch(() => undefined);
    throw error;
  }
  return store.write(item.id, inSteps(stream.body, turn));
}

/** A body that asks for its turn before each step. */
function inSteps(body: MediaBody, turn: FetchDeps['turn']): MediaBody {
  let left = STEP_BYTES;
  return {
    forEach: (take) =>
      body.forEach((piece) => {
        left -= piece.length;
        if (left > 0) return take(piece);
        left = STEP_BYTES;
        const wait = turn();
        return wait === undefined ? take(piece) : wait.then(() => take(piece));
      }),
  };
}

function storedFile(id: MediaId, folder: string, { size, crc, sha256 }: WrittenFile): StoredFile {
  return { id, folder, size, crc, sha256 };
}

/** The base URLs of a page: as it was listed, or as it was listed again. */
class FreshUrls {
  readonly #again: FetchPage['again'];
  readonly #clock: Clock;
  #listed: ReadonlyMap<MediaId, PickedListing>;
  #listedAt: number;
  #renewing: Promise<void> | undefined;

  constructor({ items, again }: FetchPage, clock: Clock) {
    this.#again = again;
    this.#clock = clock;
    this.#listed = new Map(items.map((item) => [item.id, item]));
    this.#listedAt = clock.now();
  }

  /** The item with a base URL that should work. */
  async of(item: PickedListing): Promise<PickedListing> {
    if (this.#clock.now() - this.#listedAt > OLD_URL_MS) await this.#renew();
    const listed = this.#listed.get(item.id);
    if (listed?.baseUrl === undefined) throw new RemoteError('not-found', 'Google lists this item no more.');
    return listed;
  }

  /** This item's base URL was refused. */
  async renew(refused: PickedListing): Promise<void> {
    if (this.#listed.get(refused.id)?.baseUrl === refused.baseUrl) await this.#renew();
  }

  #renew(): Promise<void> {
    this.#renewing ??= this.#again()
      .then((items) => {
        this.#listed = new Map(items.map((item) => [item.id, item]));
        this.#listedAt = this.#clock.now();
      })
      .finally(() => {
        this.#renewing = undefined;
      });
    return this.#renewing;
  }
}
