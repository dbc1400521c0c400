import { pictureOf, type PictureKind } from './pictures.js';

export interface Place {
  readonly latitude: number;
  readonly longitude: number;
  readonly altitude: number;
}

/** A picture that goes with a photograph. */
export interface MovingPart {
  /** What Google writes behind the stem: `.MP4`, `.MOV`, `.MP`, `.MV`, `.MP~2` or nothing. */
  readonly extension: string;
  readonly bytes: Buffer;
}

/** One photograph or video of a library, as its owner sees it in Google Photos. */
export interface Photo {
  /** Unique in the library; only tests see it. */
  readonly key: string;
  /** Name at upload, which the sidecar states. */
  readonly title: string;
  readonly kind: PictureKind;
  readonly bytes: Buffer;
  /** Milliseconds since the Unix epoch, whole seconds, may be negative. */
  readonly takenMs: number;
  /** What the bytes say; undefined where they say nothing. */
  readonly exifMs: number | undefined;
  /** `own`: the sidecar has photoTakenTime; `zero`: it is "0"; `absent`: the field is not there; `none`: no sidecar at all. */
  readonly sidecar: 'own' | 'zero' | 'absent' | 'none';
  readonly people: readonly string[];
  /** What the user set (geoData), and what the camera wrote (geoDataExif). */
  readonly place: Place | undefined;
  readonly placeExif: Place | undefined;
  readonly description: string;
  readonly favorite: boolean;
  readonly archived: boolean;
  readonly trashed: boolean;
  readonly locked: boolean;
  /** Bytes of the edited version. */
  readonly edited: Buffer | undefined;
  readonly moving: MovingPart | undefined;
}

export interface Album {
  readonly key: string;
  /** Empty: untitled. */
  readonly title: string;
  readonly description: string;
  /** Keys of photographs whose media lies in the album's folder. */
  readonly members: readonly string[];
  /** Keys of photographs of which only the sidecar lies there. */
  readonly sidecarMembers: readonly string[];
}

/** A photograph that the export has no media of. */
export interface Orphan {
  readonly title: string;
  readonly takenMs: number;
}

export interface Library {
  readonly photos: readonly Photo[];
  readonly albums: readonly Album[];
  readonly orphans: readonly Orphan[];
}

export type PhotoDraft = Partial<Omit<Photo, 'edited' | 'moving' | 'bytes'>> & {
  readonly title: string;
  /** True: an edited version with bytes of its own. */
  readonly edited?: boolean;
  /** Extension of the moving part. */
  readonly moving?: string;
  /** Size of the media; smaller than the smallest picture of its kind counts as that. */
  readonly size?: number;
  /** Key of an earlier photograph with the same bytes. */
  readonly sameBytesAs?: string;
  readonly camera?: { readonly make: string; readonly model: string };
};

export type AlbumDraft = Partial<Album> & { readonly title: string };

export interface LibraryDraft {
  readonly photos: readonly PhotoDraft[];
  readonly albums?: readonly AlbumDraft[];
  readonly orphans?: readonly Orphan[];
  /** Another number gives other bytes. */
  readonly seed?: number;
}

const NOON_2023 = Date.UTC(2023, 6, 19, 12);

/** Fills in what a draft leaves out. The bytes of each photograph differ from all others unless the draft says `sameBytesAs`. */
export function describeLibrary({ photos, albums = [], orphans = [], seed = 1 }: LibraryDraft): Library {
  const made = new Map<string, Photo>();
  photos.forEach((draft, index) => {
    const photo = describePhoto(draft, index, seed, made);
    if (made.has(photo.key)) throw new Error(`two photographs with the key ${photo.key}`);
    made.set(photo.key, photo);
  });
  const described = albums.map((album, index) => ({
    key: `a${index}`,
    description: '',
    members: [],
    sidecarMembers: [],
    ...album,
  }));
  for (const { title, members, sidecarMembers } of described)
    for (const key of [...members, ...sidecarMembers])
      if (!made.has(key)) throw new Error(`album ${title}: no photograph has the key ${key}`);
  return { photos: [...made.values()], albums: described, orphans };
}

function describePhoto(draft: PhotoDraft, index: number, seed: number, made: ReadonlyMap<string, Photo>): Photo {
  const { camera, size = 0, sameBytesAs, edited, moving, ...given } = draft;
  const kind = draft.kind ?? kindOf(draft.title);
  const takenMs = draft.takenMs ?? NOON_2023 + index * 60_000;
  // PNG, HEIC-like and GIF bytes carry no time here.
  const exifMs = kind === 'png' || kind === 'heic' ? undefined : draft.exifMs;
  const number = seed * 1_000_003 + index * 4;
  const twin = sameBytesAs === undefined ? undefined : made.get(sameBytesAs);
  if (sameBytesAs !== undefined && twin === undefined) throw new Error(`no earlier photograph ${sameBytesAs}`);
  const picture = (offset: number, of: PictureKind): Buffer =>
    pictureOf({ kind: of, seed: number + offset, size, timeMs: exifMs, camera });
  return {
    key: `p${index}`,
    sidecar: 'own',
    people: [],
    place: undefined,
    placeExif: undefined,
    description: '',
    favorite: false,
    archived: false,
    trashed: false,
    locked: false,
    ...given,
    kind,
    takenMs,
    exifMs: twin === undefined ? exifMs : twin.exifMs,
    bytes: twin?.bytes ?? picture(0, kind),
    edited: edited === true ? picture(1, kind) : undefined,
    moving: moving === undefined ? undefined : { extension: moving, bytes: picture(2, 'mp4') },
  };
}

const KINDS: Readonly<Record<string, PictureKind>> = {
  jpg: 'jpeg',
  jpeg: 'jpeg',
  png: 'png',
  heic: 'heic',
  mp4: 'mp4',
  mov: 'mov',
  dng: 'raw',
};

function kindOf(title: string): PictureKind {
  return KINDS[title.slice(title.lastIndexOf('.') + 1).toLowerCase()] ?? 'jpeg';
}
