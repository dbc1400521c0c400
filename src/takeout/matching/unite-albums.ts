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
  /** Id of the album that the folder was shown as before; absent for a new one. */
  readonly knownId?: string;
}

/** An album as it was shown. */
export interface ShownAlbum {
  readonly title: string;
  /** The number of albums that came before it. */
  readonly order: number;
}

/** One album, over all exports. */
export interface UnitedAlbum<Album extends ExportedAlbum> {
  readonly id: string;
  /** The title; of an album without one the title that it was shown with first, which is the name of a folder. */
  readonly title: string;
  readonly description: string;
  readonly date?: number;
  /** Each once; those of the oldest export first. */
  readonly items: readonly string[];
  /** Oldest export first. */
  readonly parts: readonly [Album, ...Album[]];
}

interface Draft<Album> {
  readonly title: string;
  readonly parts: [Album, ...Album[]];
  readonly items: Set<string>;
}

/**
 * Unites the albums of several exports: by title where each export has it at most once, else, and for albums without a title, by
 * the most shared items. An export is a union with the others: absence from a newer one means nothing. An album keeps the id that one
 * of its folders was shown with first, and so its name, whichever export comes when; `shownAs` tells how an id was shown.
 */
export function uniteAlbums<Album extends ExportedAlbum>(
  albums: Iterable<Album>,
  shownAs: (id: string) => ShownAlbum | undefined = () => undefined,
): UnitedAlbum<Album>[] {
  const byTitle = new Map<string, Album[]>();
  for (const album of [...albums].sort(byAge)) {
    const title = album.title?.trim() ?? '';
    byTitle.set(title, [...(byTitle.get(title) ?? []), album]);
  }
  const drafts = [...byTitle].flatMap(([title, sameTitle]) => {
    const exports = sameTitle.map(({ exportName }) => exportName);
    const isUnique = title !== '' && new Set(exports).size === exports.length;
    return isUnique ? inOne(title, sameTitle) : bySharedItems(title, sameTitle);
  });
  const ids = idsOf(drafts, shownAs);
  return drafts.map((draft, index) => albumOf(draft, ids[index] ?? '', shownAs));
}

/** Ids known before are kept, of several the first that was given; the others are free ones, by title or folder. */
function idsOf(drafts: readonly Draft<ExportedAlbum>[], shownAs: (id: string) => ShownAlbum | undefined): string[] {
  const taken = new Set<string>();
  const kept = drafts.map(({ parts }) => {
    const known = new Set(parts.flatMap(({ knownId }) => knownId ?? []).filter((one) => !taken.has(one)));
    const order = (one: string): number => shownAs(one)?.order ?? Infinity;
    const [id] = known.size > 1 ? [...known].sort((a, b) => order(a) - order(b)) : known;
    if (id !== undefined) taken.add(id);
    return id;
  });
  const ordinals = new Map<string, number>();
  return drafts.map(({ title, parts: [oldest] }, index) => {
    const key = title === '' ? `folder\0${oldest.folder}` : `title\0${title}`;
    let id = kept[index];
    while (id === undefined || (kept[index] === undefined && taken.has(id))) {
      const ordinal = ordinals.get(key) ?? 0;
      ordinals.set(key, ordinal + 1);
      id = `takeout:album:${createHash('sha256').update(`${key}\0${ordinal}`).digest('base64url')}`;
    }
    taken.add(id);
    return id;
  });
}

function inOne<Album extends ExportedAlbum>(title: string, [first, ...others]: readonly Album[]): Draft<Album>[] {
  if (first === undefined) return [];
  return [others.reduce((draft: Draft<Album>, album) => together(draft, album), draftOf(title, first))];
}

function draftOf<Album extends ExportedAlbum>(title: string, album: Album): Draft<Album> {
  return { title, parts: [album], items: new Set(album.items) };
}

function together<Album extends ExportedAlbum>(draft: Draft<Album>, album: Album): Draft<Album> {
  draft.parts.push(album);
  for (const item of album.items) draft.items.add(item);
  return draft;
}

function bySharedItems<Album extends ExportedAlbum>(title: string, albums: readonly Album[]): Draft<Album>[] {
  const drafts: Draft<Album>[] = [];
  for (const album of albums) {
    const [best, second] = drafts
      .filter(({ parts }) => parts.every(({ exportName }) => exportName !== album.exportName))
      .map((draft) => ({ draft, shared: album.items.filter((item) => draft.items.has(item)).length }))
      .filter(({ shared }) => shared > 0)
      .sort((a, b) => b.shared - a.shared);
    // As many with two of them: it stays apart, and nothing is lost.
    if (best === undefined || best.shared === second?.shared) drafts.push(draftOf(title, album));
    else together(best.draft, album);
  }
  return drafts;
}

function albumOf<Album extends ExportedAlbum>(
  { title, parts, items }: Draft<Album>,
  id: string,
  shownAs: (id: string) => ShownAlbum | undefined,
): UnitedAlbum<Album> {
  const [oldest] = parts;
  const newest = parts.at(-1) ?? oldest;
  const isKnown = parts.some(({ knownId }) => knownId === id);
  return {
    id,
    title: title !== '' ? title : ((isKnown ? shownAs(id)?.title : undefined) ?? oldest.folder),
    description: newest.description ?? '',
    ...(newest.date === undefined ? {} : { date: newest.date }),
    items: [...items],
    parts,
  };
}

function byAge(a: ExportedAlbum, b: ExportedAlbum): number {
  return byUnits(a.exportName, b.exportName) || byUnits(a.folder, b.folder);
}
