import { RemoteError } from '../library/remote-error.js';
import type { Page } from '../library/remote-library.js';
import { asObject, type JsonObject } from './json-reader.js';

export interface DecodedPage<T> {
  readonly page: Page<T>;
  /** Entries that could not be used. */
  readonly skipped: number;
}

/**
 * Decodes one page of a listing whose entries stand in the array `name`. An absent array is an empty page.
 * @throws RemoteError `protocol` where the array or the token is of another type: taking either for absent would end a
 * listing early, and what was not listed would look deleted.
 */
export function decodePage<T>(
  body: JsonObject,
  name: string,
  decode: (json: JsonObject) => T | undefined,
): DecodedPage<T> {
  const entries: unknown = body[name] ?? [];
  const token: unknown = body['nextPageToken'] ?? '';
  if (!Array.isArray(entries) || typeof token !== 'string')
    throw new RemoteError('protocol', `Google sent a page of ${name} in a form that is not known.`);
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
