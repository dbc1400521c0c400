import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import type { Photo, Place } from './library.js';
import { splitExtension, titleWithExtension } from './names.js';
import { yearOf } from './plan.js';
import type { Plan, PlannedFile } from './planned-file.js';

/** What a mount must show for one photograph, its edited version or its moving part. */
export interface TruthItem {
  /** Key of the photograph; the three roles share it. */
  readonly key: string;
  readonly role: 'original' | 'edited' | 'moving';
  readonly title: string;
  /** Name in the mount, but for the mark of a namesake. */
  readonly name: string;
  readonly sha256: string;
  readonly size: number;
  readonly crc32: number;
  /** Milliseconds since the Unix epoch. */
  readonly takenMs: number;
  /**
   * Where the time comes from, and so how much of it is known: with `year` only the year counts, with `day` the day. With `export`
   * nothing tells a time, and that of the export stands for it.
   */
  readonly timeSource: 'sidecar' | 'exif' | 'name' | 'day' | 'year' | 'export';
  /** Keys of the albums. */
  readonly albums: readonly string[];
  readonly people: readonly string[];
  readonly description: string;
  readonly favorite: boolean;
  readonly archived: boolean;
  readonly trashed: boolean;
  readonly locked: boolean;
  readonly place: Place | undefined;
  /** Name of the original. */
  readonly editedOf: string | undefined;
  /** Name of the still. */
  readonly movingOf: string | undefined;
  /** The archive does not decide what it belongs to: only that it is shown, with its bytes, is certain. */
  readonly unsure: boolean;
}

export interface TruthAlbum {
  readonly key: string;
  /** Empty: untitled. */
  readonly title: string;
  /** Name of its folder in the export. */
  readonly folder: string;
  /**
   * Of several exports: what each of them has of the album, with the name of its folder there. Left out for one export. Nothing but the
   * items that they share shows that two folders without a title, or of a title that occurs twice, are one album.
   */
  readonly pieces?: readonly AlbumPiece[];
}

export interface AlbumPiece {
  readonly folder: string;
  /** SHA-256 of its items, of moving parts too. */
  readonly items: readonly string[];
}

/**
 * Numbers of entries. media = items + copies + edited + moving; sidecars = matched + memberships + orphans; entries = media +
 * sidecars + albumFiles + otherJson + skipped + unreadable + repeated + refused. `copies` are further files of an item; a further
 * file of an edited version or a moving part counts as `edited` or `moving`.
 */
export interface Accounting {
  readonly entries: number;
  readonly media: number;
  readonly items: number;
  readonly copies: number;
  readonly edited: number;
  readonly moving: number;
  readonly sidecars: number;
  readonly matched: number;
  readonly memberships: number;
  readonly orphans: number;
  readonly albumFiles: number;
  readonly otherJson: number;
  readonly skipped: number;
  readonly unreadable: number;
  readonly repeated: number;
  readonly refused: number;
  /** Originals without a sidecar of their own in their folder. */
  readonly without: number;
  /** Media files that belong to something which names do not decide; with any, `without`, `matched` and `orphans` may differ. */
  readonly unsure: number;
}

export interface Truth {
  readonly items: readonly TruthItem[];
  readonly albums: readonly TruthAlbum[];
  readonly accounting: Accounting;
}

/** `madeMs`: when the export was made, in milliseconds since the Unix epoch. */
export function truthOf({ library, files, albums }: Plan, repeated: readonly PlannedFile[], madeMs: number): Truth {
  const unsure = new Set(
    files.flatMap(({ unsure: is, role, photo }) => (is === true ? [`${role} ${photo ?? ''}`] : [])),
  );
  const sidecarOnly = new Set(
    files.flatMap(({ use, photo }) => (use === 'membership' && photo !== undefined ? [photo] : [])),
  );
  const items = library.photos.flatMap((photo) => {
    const inAlbums = albums.flatMap(({ album }) => {
      const isMember = album.members.includes(photo.key);
      const isNamed = album.sidecarMembers.includes(photo.key) && sidecarOnly.has(photo.key);
      return isMember || isNamed ? [album.key] : [];
    });
    const isUnsure = (role: string): boolean => unsure.has(`${role} ${photo.key}`);
    // A sidecar that readers may give to another file takes the membership with it.
    const home = homeOf(photo, files, madeMs);
    // Without a sidecar only the name of the archive's folder tells that it is archived, in languages of which the word is known.
    const mayBeArchived = photo.archived && photo.sidecar === 'none' && !home.isYearFolder;
    return itemsOf(photo, inAlbums, home, (role) =>
      role === 'original' ? mayBeArchived || isUnsure(role) || isUnsure('sidecar') : isUnsure(role),
    );
  });
  return {
    items,
    albums: albums.map(({ album: { key, title }, folder }) => ({ key, title, folder })),
    accounting: accountingOf(files, repeated, library.photos.length),
  };
}

/** Where a photograph lies, but for albums. */
interface Home {
  /** Decides the name of an item without a sidecar. */
  readonly fileName: string;
  readonly isYearFolder: boolean;
  readonly madeMs: number;
}

function itemsOf(
  photo: Photo,
  albums: string[],
  home: Home,
  isUnsure: (role: 'original' | 'edited' | 'moving') => boolean,
): TruthItem[] {
  const hasSidecar = photo.sidecar !== 'none';
  const name = shownName(hasSidecar ? titleWithExtension(photo.title, photo.kind) : home.fileName);
  const [stem, extension] = splitExtension(name);
  const known = {
    key: photo.key,
    title: photo.title,
    ...timeOf(photo, home),
    albums,
    people: hasSidecar ? photo.people : [],
    description: hasSidecar ? photo.description : '',
    favorite: hasSidecar && photo.favorite,
    archived: hasSidecar && photo.archived,
    trashed: hasSidecar && photo.trashed,
    locked: hasSidecar && photo.locked,
    place: hasSidecar ? (photo.place ?? photo.placeExif) : undefined,
    editedOf: undefined,
    movingOf: undefined,
  };
  const original = isUnsure('original');
  const found: TruthItem[] = [{ ...known, role: 'original', name, ...digestOf(photo.bytes), unsure: original }];
  if (photo.edited !== undefined)
    found.push({
      ...known,
      role: 'edited',
      name: `${stem}-edited${extension}`,
      ...digestOf(photo.edited),
      editedOf: name,
      unsure: original || isUnsure('edited'),
    });
  if (photo.moving !== undefined)
    found.push({
      ...known,
      role: 'moving',
      name: movingShown(stem, photo.moving.extension),
      ...digestOf(photo.moving.bytes),
      movingOf: name,
      unsure: original || isUnsure('moving'),
    });
  return found;
}

/** `.MP4` and `.MOV` stay; what no program would take for a video gets `.mp4`. `X.MP.jpg` has the part `X.MP.mp4`. */
function movingShown(stem: string, extension: string): string {
  if (/^\.(?:mp4|mov)$/i.test(extension)) return `${stem}${extension}`;
  return stem.endsWith(extension) ? `${stem}.mp4` : `${stem}${extension}.mp4`;
}

/** A name as folders show it: NFC, `/` as U+FF0F, control characters as their pictures. Names over 255 bytes are not cut here. */
export function shownName(text: string): string {
  return text
    .normalize('NFC')
    .replace(/\//g, '\uFF0F')
    .replace(/\p{Control}/gu, (one) => String.fromCodePoint(one === '\x7f' ? 0x2421 : 0x2400 + one.charCodeAt(0)));
}

/** The first file of a photograph is that of its home. */
function homeOf(photo: Photo, files: readonly PlannedFile[], madeMs: number): Home {
  const file = files.find(({ role, photo: key }) => role === 'original' && key === photo.key);
  const [folder = '', fileName = photo.title] = file?.path.split('/').slice(-2) ?? [];
  return { fileName, isYearFolder: folder.includes(String(yearOf(photo))), madeMs };
}

type Taken = Pick<TruthItem, 'takenMs' | 'timeSource'>;

function timeOf(photo: Photo, { fileName, isYearFolder, madeMs }: Home): Taken {
  if (photo.sidecar === 'own') return { takenMs: photo.takenMs, timeSource: 'sidecar' };
  if (photo.exifMs !== undefined) return { takenMs: photo.exifMs, timeSource: 'exif' };
  const named = timeInName(fileName);
  if (named !== undefined) return named;
  if (!isYearFolder) return { takenMs: madeMs, timeSource: 'export' };
  return { takenMs: Date.UTC(yearOf(photo), 0, 1), timeSource: 'year' };
}

function timeInName(fileName: string): Taken | undefined {
  const digits = /(?<!\d)((?:19|20)\d\d)-?(\d\d)-?(\d\d)(?:[-_ T](\d\d)[-.:]?(\d\d)[-.:]?(\d\d))?(?!\d)/.exec(fileName);
  if (digits !== null) {
    const [year = 0, month = 0, day = 0, ...clock] = digits.slice(1).flatMap((text) => (text ? [Number(text)] : []));
    const takenMs = Date.UTC(year, month - 1, day, ...clock);
    if (new Date(takenMs).getUTCMonth() === month - 1)
      return { takenMs, timeSource: clock.length === 3 ? 'name' : 'day' };
  }
  // Messengers name files by the milliseconds since 1970.
  const milliseconds = /(?<!\d)1\d{12}(?!\d)/.exec(fileName)?.[0];
  return milliseconds === undefined ? undefined : { takenMs: Number(milliseconds), timeSource: 'name' };
}

function digestOf(bytes: Buffer): Pick<TruthItem, 'sha256' | 'size' | 'crc32'> {
  return { sha256: createHash('sha256').update(bytes).digest('hex'), size: bytes.length, crc32: crc32(bytes) };
}

function accountingOf(files: readonly PlannedFile[], repeated: readonly PlannedFile[], items: number): Accounting {
  const count = (wanted: (file: PlannedFile) => boolean): number => files.filter(wanted).length;
  const role = (wanted: PlannedFile['role']): number => count((file) => file.role === wanted);
  const use = (wanted: PlannedFile['use']): number => count((file) => file.use === wanted);
  const originals = role('original');
  return {
    entries: files.length + repeated.length,
    media: originals + role('edited') + role('moving'),
    items,
    copies: originals - items,
    edited: role('edited'),
    moving: role('moving'),
    sidecars: role('sidecar'),
    matched: use('matched'),
    memberships: use('membership'),
    orphans: use('orphan'),
    albumFiles: role('album'),
    otherJson: role('other-json'),
    skipped: role('skipped'),
    unreadable: role('unreadable'),
    repeated: repeated.length,
    refused: 0,
    without: originals - use('matched'),
    unsure: count(({ unsure, role: of }) => unsure === true && of !== 'sidecar'),
  };
}

/** What is broken in an accounting: sums that do not hold, as sentences. */
export function brokenSums(of: Accounting): string[] {
  const sums: [string, number, number][] = [
    ['media = items + copies + edited + moving', of.media, of.items + of.copies + of.edited + of.moving],
    ['sidecars = matched + memberships + orphans', of.sidecars, of.matched + of.memberships + of.orphans],
    [
      'entries = media + sidecars + albumFiles + otherJson + skipped + unreadable + repeated + refused',
      of.entries,
      of.media + of.sidecars + of.albumFiles + of.otherJson + of.skipped + of.unreadable + of.repeated + of.refused,
    ],
  ];
  return sums.flatMap(([text, left, right]) => (left === right ? [] : [`${text}: ${left} is not ${right}`]));
}
