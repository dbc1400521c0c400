import type { MediaId, MediaItem } from '../../library/media-item.js';
import type { Priority } from '../../library/media-source.js';
import { RemoteError } from '../../library/remote-error.js';
import type { BatchHints } from '../../library/remote-library.js';
import { TOO_LARGE } from '../http/too-large.js';
import { LONGEST_ANSWER } from './answer-limits.js';
import type { ApiClient } from './api-client.js';
import { decodeBatch } from './batch-codec.js';
import { decodeMediaItem } from './media-item-codec.js';

const BATCH_LIMIT = 50;

/** As `RemoteLibrary.batchGetMediaItems`. */
export async function getBatch(
  client: ApiClient,
  ids: readonly MediaId[],
  signal?: AbortSignal,
  { priority, companions = 0 }: BatchHints = {},
): Promise<ReadonlyMap<MediaId, MediaItem | RemoteError>> {
  if (ids.length === 0) return new Map();
  if (ids.length > BATCH_LIMIT || new Set(ids).size < ids.length)
    throw new RemoteError('invalid', `A batch holds at most ${BATCH_LIMIT} ids, none of them twice.`);
  const query = new URLSearchParams(ids.map((id): [string, string] => ['mediaItemIds', id]));
  try {
    const tries = ids.length === 1 ? {} : { tries: 2 };
    const call = { path: 'v1/mediaItems:batchGet', query, limit: LONGEST_ANSWER.batch, signal, priority, ...tries };
    return decodeBatch(ids, await client.call(call));
  } catch (error) {
    // One bad id can fail the whole batch, or one long description make it too large. Asked for one by one, the other
    // items still come.
    const isWhole =
      error instanceof RemoteError && (error.status === 500 || error.status === 400 || error.reason === TOO_LARGE);
    if (!isWhole) throw error;
    const needed = ids.slice(0, ids.length - companions);
    const entries = needed.map(async (id) => [id, await getOne(client, id, signal, priority)] as const);
    return new Map(await Promise.all(entries));
  }
}

async function getOne(
  client: ApiClient,
  id: MediaId,
  signal: AbortSignal | undefined,
  priority: Priority | undefined,
): Promise<MediaItem | RemoteError> {
  try {
    const path = `v1/mediaItems/${encodeURIComponent(id)}`;
    const limit = LONGEST_ANSWER.item;
    const asked = { subject: 'item' } as const;
    const item = decodeMediaItem(await client.call({ path, limit, asked, signal, priority, tries: 1 }));
    return item ?? new RemoteError('protocol', 'Google answered with an item that has no id.');
  } catch (error) {
    if (error instanceof RemoteError && error.kind !== 'aborted') return error;
    throw error;
  }
}
