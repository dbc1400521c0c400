import type { Accounting, AlbumPiece, Truth, TruthAlbum, TruthItem } from './truth.js';

/**
 * The truth of several exports of one library, oldest first: a union. The newest export states the values of an item, its albums
 * are those of all exports. An item whose bytes changed between two exports is two items. `arrived`: the same in the order in which they
 * were added, oldest first if left out. An item keeps the name that it came with.
 */
export function mergeTruths(exports: readonly Truth[], arrived: readonly Truth[] = exports): Truth {
  const items = new Map<string, TruthItem>();
  const names = new Map<string, string>();
  for (const item of arrived.flatMap((one) => one.items)) if (!names.has(idOf(item))) names.set(idOf(item), item.name);
  const albums = new Map<string, TruthAlbum>();
  for (const { items: more, albums: moreAlbums } of exports) {
    for (const item of more) {
      const id = idOf(item);
      const before = items.get(id);
      items.set(id, {
        ...item,
        name: names.get(id) ?? item.name,
        ...timeOf(before, item),
        albums: [...new Set([...(before?.albums ?? []), ...item.albums])],
        unsure: item.unsure || before?.unsure === true,
      });
    }
    for (const album of moreAlbums) {
      const own = more.filter((item) => item.albums.includes(album.key)).map(({ sha256 }) => sha256);
      const piece: AlbumPiece = { folder: album.folder, items: own };
      const before = albums.get(album.key)?.pieces ?? [];
      albums.set(album.key, { ...album, pieces: [...before, ...(album.pieces ?? [piece])] });
    }
  }
  const merged = [...items.values()];
  return { items: merged, albums: [...albums.values()], accounting: mergeAccounting(exports, merged) };
}

function idOf({ key, role, sha256 }: TruthItem): string {
  return `${key} ${role} ${sha256}`;
}

function mergeAccounting(exports: readonly Truth[], merged: readonly TruthItem[]): Accounting {
  const sums = { ...exports[0]?.accounting } as Record<keyof Accounting, number>;
  for (const { accounting } of exports.slice(1))
    for (const key of Object.keys(sums) as (keyof Accounting)[]) sums[key] += accounting[key];
  const items = merged.filter(({ role }) => role === 'original').length;
  return { ...sums, items, copies: sums.media - items - sums.edited - sums.moving };
}

/** Any export may hold the item in a folder of its year. Where none does, the first export stands for the time. */
function timeOf(before: TruthItem | undefined, { takenMs, timeSource }: TruthItem) {
  const isTold = before !== undefined && timeSource === 'export';
  return isTold ? { takenMs: before.takenMs, timeSource: before.timeSource } : { takenMs, timeSource };
}
