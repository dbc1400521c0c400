import { createHash } from 'node:crypto';
import { byUnits } from './takeout-folder.js';

/** An album folder of one export. It may have no items. */
export interface ExportedAlbum {
  readonly exportName: string;
  readonly folder: string;
  /** '' or absent: the album has none. */
  readonly title?: string;
  readonly description?: string;
  readonly date?: number;
  /** Ids of its items: those with media in it and those of its sidecars. */
  readonly items: readonly string[];
}

/** One album, over all exports. */
export interface UnitedAlbum<Album extends ExportedAlbum> {
  readonly id: string;
  /** The title, or the name of the folder of an album without one. */
  readonly title: string;
  readonly description: string;
  readonly date?: number;
  /** Each once; those of the oldest export first. */
  readonly items: readonly string[];
  /** Oldest export first. */
  readonly parts: readonly [Album, ...Album[]];
}

interface Draft<Album> {
  readonly parts: [Album, ...Album[]];
  readonly items: Set<string>;
}

/**
 * Unites the albums of several exports: by title where each export has it at most once, else, and for albums without a title, by
 * the most shared items. An export is a union with the others: absence from a newer one means nothing.
 */
export function uniteAlbums<Album extends ExportedAlbum>(albums: Iterable<Album>): UnitedAlbum<Album>[] {
  const byTitle = new Map<string, Album[]>();
  for (const album of [...albums].sort(byAge)) {
    const title = album.title?.trim() ?? '';
    byTitle.set(title, [...(byTitle.get(title) ?? []), album]);
  }
  const ordinals = new Map<string, number>();
  return [...byTitle].flatMap(([title, sameTitle]) => {
    const exports = sameTitle.map(({ exportName }) => exportName);
    const isUnique = title !== '' && new Set(exports).size === exports.length;
    const drafts = isUnique ? inOne(sameTitle) : bySharedItems(sameTitle);
    return drafts.map((draft) => albumOf(title, draft, ordinals));
  });
}

function inOne<Album extends ExportedAlbum>([first, ...others]: readonly Album[]): Draft<Album>[] {
  if (first === undefined) return [];
  return [others.reduce((draft: Draft<Album>, album) => together(draft, album), draftOf(first))];
}

function draftOf<Album extends ExportedAlbum>(album: Album): Draft<Album> {
  return { parts: [album], items: new Set(album.items) };
}

function together<Album extends ExportedAlbum>(draft: Draft<Album>, album: Album): Draft<Album> {
  draft.parts.push(album);
  for (const item of album.items) draft.items.add(item);
  return draft;
}

function bySharedItems<Album extends ExportedAlbum>(albums: readonly Album[]): Draft<Album>[] {
  const drafts: Draft<Album>[] = [];
  for (const album of albums) {
    const [best, second] = drafts
      .filter(({ parts }) => parts.every(({ exportName }) => exportName !== album.exportName))
      .map((draft) => ({ draft, shared: album.items.filter((item) => draft.items.has(item)).length }))
      .filter(({ shared }) => shared > 0)
      .sort((a, b) => b.shared - a.shared);
    // As many with two of them: it stays apart, and nothing is lost.
    if (best === undefined || best.shared === second?.shared) drafts.push(draftOf(album));
    else together(best.draft, album);
  }
  return drafts;
}

function albumOf<Album extends ExportedAlbum>(
  title: string,
  { parts, items }: Draft<Album>,
  ordinals: Map<string, number>,
): UnitedAlbum<Album> {
  const [oldest] = parts;
  const newest = parts.at(-1) ?? oldest;
  const key = title === '' ? `folder\0${oldest.folder}` : `title\0${title}`;
  const ordinal = ordinals.get(key) ?? 0;
  ordinals.set(key, ordinal + 1);
  return {
    id: `takeout:album:${createHash('sha256').update(`${key}\0${ordinal}`).digest('base64url')}`,
    title: title === '' ? oldest.folder : title,
    description: newest.description ?? '',
    ...(newest.date === undefined ? {} : { date: newest.date }),
    items: [...items],
    parts,
  };
}

function byAge(a: ExportedAlbum, b: ExportedAlbum): number {
  return byUnits(a.exportName, b.exportName) || byUnits(a.folder, b.folder);
}
