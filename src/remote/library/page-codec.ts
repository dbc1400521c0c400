import { RemoteError } from '../../library/remote-error.js';
import type { Page } from '../../library/remote-library.js';
import { LONGEST_PAGE_TOKEN, MOST_ENTRIES, tooMany } from './answer-limits.js';
import { asObject, type JsonObject } from './json-reader.js';

export interface DecodedPage<T> {
  readonly page: Page<T>;
  /** Entries that could not be used. */
  readonly skipped: number;
}

/**
 * Decodes one page of a listing whose entries stand in the array `name`. An absent array is an empty page.
 * @throws RemoteError `protocol` where the array or the token is of another type: taking either for absent would end a
 * listing early, and items not listed would look deleted. Also if either is far longer than Google ever sends.
 */
export function decodePage<T>(
  body: JsonObject,
  name: 'mediaItems' | 'albums',
  decode: (json: JsonObject) => T | undefined,
): DecodedPage<T> {
  const entries: unknown = body[name] ?? [];
  const token: unknown = body['nextPageToken'] ?? '';
  if (!Array.isArray(entries) || typeof token !== 'string')
    throw new RemoteError('protocol', `Google sent a page of ${name} in a form that is not known.`);
  if (entries.length > MOST_ENTRIES[name] || token.length > LONGEST_PAGE_TOKEN) throw tooMany();
  const items: T[] = [];
  for (const entry of entries) {
    const json = asObject(entry);
    const item = json && decode(json);
    if (item !== undefined) items.push(item);
  }
  return {
    page: token === '' ? { items } : { items, nextPageToken: token },
    skipped: entries.length - items.length,
  };
}
