import type { CachedItem } from '../catalog/records.js';
import type { KnownSizes, WholeItem } from './content-access.js';

/** What fetching an item takes, by its latest measurement; undefined where its size is not known, or 0. */
export function wholeItem(
  { mediaId: id, kind, size: listed, etag: listedEtag }: CachedItem,
  sizes: Pick<KnownSizes, 'known' | 'knownEtag'>,
): WholeItem | undefined {
  const newer = sizes.known(id);
  const size = newer ?? listed;
  if (size === null || size === 0) return undefined;
  return { ref: { id, kind }, size, etag: newer === undefined ? (listedEtag ?? undefined) : sizes.knownEtag(id) };
}
