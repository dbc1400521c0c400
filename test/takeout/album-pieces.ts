import { shownName, type AlbumPiece, type TruthAlbum } from './builder/truth.js';

/** A folder of a mount, with the SHA-256 of what it holds of the library's certain items. */
export interface AlbumContents {
  readonly name: string;
  readonly items: ReadonlySet<string>;
}

/** Albums that their title tells from all others, and groups of those that only their items tell. */
export function sameTitled(albums: readonly TruthAlbum[]): [alone: TruthAlbum[], groups: TruthAlbum[][]] {
  const byTitle = new Map<string, TruthAlbum[]>();
  for (const album of albums) byTitle.set(album.title, [...(byTitle.get(album.title) ?? []), album]);
  const isGroup = (group: readonly TruthAlbum[]): boolean =>
    group.every(({ pieces }) => pieces !== undefined) && (group[0]?.title === '' || group.length > 1);
  const all = [...byTitle.values()];
  return [all.filter((group) => !isGroup(group)).flat(), all.filter(isGroup)];
}

/** The names that folders of such a group may have, and what exports have of its albums. */
export function piecesOf(group: readonly TruthAlbum[]): { names: ReadonlySet<string>; pieces: readonly AlbumPiece[] } {
  const pieces = group.flatMap((album) => album.pieces ?? []);
  const title = group[0]?.title ?? '';
  const names =
    title === '' ? [...pieces.map(({ folder }) => shownName(folder)), 'Untitled album'] : [shownName(title)];
  return { names: new Set(names), pieces };
}

/**
 * What is wrong with the folders of a group, a sentence each: every piece lies whole in one folder, a folder is made of pieces only, and no folder is there without a piece. `certain`: the items that are shown for certain.
 */
export function wrongPieces(
  pieces: readonly AlbumPiece[],
  folders: readonly AlbumContents[],
  certain: ReadonlySet<string>,
): string[] {
  const known = pieces.map((piece) => ({ ...piece, shown: piece.items.filter((item) => certain.has(item)) }));
  const found: string[] = [];
  for (const { folder, shown } of known)
    if (shown.length > 0 && !folders.some(({ items }) => shown.every((item) => items.has(item))))
      found.push(`no folder holds all ${shown.length} items of ${folder}.`);
  for (const { name, items } of folders) {
    const inside = known.filter(({ shown }) => shown.length > 0 && shown.every((item) => items.has(item)));
    const made = new Set(inside.flatMap(({ shown }) => shown));
    const strange = [...items].filter((item) => !made.has(item));
    if (strange.length > 0) found.push(`${name} holds ${strange.length} items that no such album has.`);
  }
  const empty = folders.filter(({ items }) => items.size === 0).length;
  const isEmpty = known.filter(({ items }) => items.length === 0).length;
  const mayBeEmpty = known.filter(({ shown }) => shown.length === 0).length;
  if (empty < isEmpty || empty > mayBeEmpty) found.push(`${empty} folders are empty, not ${isEmpty}.`);
  if (folders.length > pieces.length) found.push(`${folders.length} folders are there of ${pieces.length} albums.`);
  return found;
}
