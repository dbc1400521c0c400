import type { MediaId, MediaItem } from '../../library/media-item.js';
import { RemoteError } from '../../library/remote-error.js';
import { MOST_ENTRIES, tooMany } from './answer-limits.js';
import { asObject, countOf, objectOf, textOf, type JsonObject } from './json-reader.js';
import { decodeMediaItem } from './media-item-codec.js';
import { entryRefusal } from './refusals.js';

/**
 * Decodes the answer of `mediaItems:batchGet`. Entries stand in the order of the request and failed ones carry no id;
 * an item's own id goes before its place. Every id asked for gets an entry.
 * @throws RemoteError `protocol` where the answer has no list of results.
 */
export function decodeBatch(ids: readonly MediaId[], body: JsonObject): ReadonlyMap<MediaId, MediaItem | RemoteError> {
  const results: unknown = body['mediaItemResults'];
  if (!Array.isArray(results)) throw new RemoteError('protocol', 'Google answered a batch without results.');
  if (results.length > MOST_ENTRIES.mediaItemResults) throw tooMany();
  const wanted = new Set(ids);
  const found = new Map<MediaId, MediaItem | RemoteError>();
  for (const [place, result] of results.entries()) {
    const entry = asObject(result) ?? {};
    const item = decodeMediaItem(objectOf(entry, 'mediaItem') ?? {});
    const id = item?.id ?? ids[place];
    if (id === undefined || !wanted.has(id) || found.has(id)) continue;
    found.set(id, item ?? failureOf(entry));
  }
  for (const id of ids) if (!found.has(id)) found.set(id, nothingUsable());
  return found;
}

function failureOf(entry: JsonObject): RemoteError {
  const status = objectOf(entry, 'status') ?? {};
  const code = countOf(status, 'code') ?? 0;
  return code === 0 ? nothingUsable() : entryRefusal(code, textOf(status, 'message'));
}

function nothingUsable(): RemoteError {
  return new RemoteError('protocol', 'Google answered a batch without a usable entry for an item.');
}
