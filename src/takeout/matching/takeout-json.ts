import { decodeText } from '../../support/decode-text.js';

/** What a sidecar says of a photograph or video. Absent, empty or senseless values are left out or empty. */
export interface SidecarValues {
  /** The name at upload. It never has Google's counter, and may hold any character. */
  readonly title?: string;
  /** Milliseconds since the epoch, negative before 1970. 0 is kept: Google writes it where it knows no time. */
  readonly takenAt?: number;
  /** When the item came to Google. */
  readonly createdAt?: number;
  readonly description: string;
  readonly url?: string;
  readonly favorite: boolean;
  readonly archived: boolean;
  readonly trashed: boolean;
  readonly locked: boolean;
  readonly people: readonly string[];
  readonly place?: Place;
  /** The item came from the partner whose library is shared with this one. */
  readonly fromPartner: boolean;
}

/** Degrees and metres. */
export interface Place {
  readonly latitude: number;
  readonly longitude: number;
  readonly altitude?: number;
}

/** What the json of an album folder says. */
export interface AlbumValues {
  /** '' where the album has no title. */
  readonly title: string;
  readonly description: string;
  /** Milliseconds since the epoch. */
  readonly date?: number;
}

export type TakeoutJson =
  | { readonly kind: 'sidecar'; readonly values: SidecarValues }
  | ({ readonly kind: 'album' } & AlbumValues)
  | { readonly kind: 'other' }
  | { readonly kind: 'unreadable' };

/** A sidecar has some 1 KiB, the json of an album less. Whatever is longer is not read. */
export const MAX_JSON_BYTES = 1_048_576;

const LAST_TIME_MS = 8.64e15;

type Json = Readonly<Record<string, unknown>>;

/**
 * Reads one json file of an export. Its kind follows from its content alone: names differ by language. Never throws; what
 * cannot be parsed, or has more than {@link MAX_JSON_BYTES}, is `unreadable`.
 */
export function readTakeoutJson(content: Uint8Array | string): TakeoutJson {
  if (content.length > MAX_JSON_BYTES) return { kind: 'unreadable' };
  let parsed: unknown;
  try {
    const text = typeof content === 'string' ? content : decodeText(content);
    parsed = JSON.parse(text.startsWith('\uFEFF') ? text.slice(1) : text);
  } catch {
    return { kind: 'unreadable' };
  }
  const json = objectIn(parsed);
  if (json === undefined) return { kind: 'other' };
  if (isSidecar(json)) return { kind: 'sidecar', values: sidecarValues(json) };
  const album = albumValues(json);
  return album === undefined ? { kind: 'other' } : { kind: 'album', ...album };
}

function isSidecar(json: Json): boolean {
  const timestamp = own(objectIn(own(json, 'photoTakenTime')), 'timestamp');
  if (typeof timestamp === 'string' || typeof timestamp === 'number') return true;
  if (textOf(json, 'title') === undefined) return false;
  return ['creationTime', 'url', 'imageViews'].some((name) => Object.hasOwn(json, name));
}

function sidecarValues(json: Json): SidecarValues {
  const title = textOf(json, 'title');
  const takenAt = timeOf(json, 'photoTakenTime');
  const createdAt = timeOf(json, 'creationTime');
  const url = textOf(json, 'url');
  const place = placeOf(json, 'geoData') ?? placeOf(json, 'geoDataExif');
  return {
    ...(title === undefined || title === '' ? {} : { title }),
    ...(takenAt === undefined ? {} : { takenAt }),
    ...(createdAt === undefined ? {} : { createdAt }),
    description: textOf(json, 'description') ?? '',
    ...(url === undefined || url === '' ? {} : { url }),
    favorite: own(json, 'favorited') === true,
    archived: own(json, 'archived') === true,
    trashed: own(json, 'trashed') === true,
    locked: own(json, 'inLockedFolder') === true,
    people: peopleOf(json),
    ...(place === undefined ? {} : { place }),
    fromPartner: objectIn(own(objectIn(own(json, 'googlePhotosOrigin')), 'fromPartnerSharing')) !== undefined,
  };
}

/** `{}` is the json of an album without a title. */
function albumValues(json: Json): AlbumValues | undefined {
  const inner = objectIn(own(json, 'albumData'));
  const source = textOf(json, 'title') === undefined && inner !== undefined ? inner : json;
  const title = textOf(source, 'title') ?? (Object.keys(json).length === 0 ? '' : undefined);
  if (title === undefined) return undefined;
  const date = timeOf(source, 'date');
  return { title, description: textOf(source, 'description') ?? '', ...(date === undefined ? {} : { date }) };
}

function peopleOf(json: Json): string[] {
  const list = own(json, 'people');
  if (!Array.isArray(list)) return [];
  const names = list.map((person) => textOf(objectIn(person), 'name')?.trim() ?? '');
  return [...new Set(names.filter((name) => name !== ''))];
}

/** 0/0 stands for no place. */
function placeOf(json: Json, name: string): Place | undefined {
  const geo = objectIn(own(json, name));
  const latitude = degreesOf(geo, 'latitude', 90);
  const longitude = degreesOf(geo, 'longitude', 180);
  if (latitude === undefined || longitude === undefined || (latitude === 0 && longitude === 0)) return undefined;
  const altitude = own(geo, 'altitude');
  const hasAltitude = typeof altitude === 'number' && Number.isFinite(altitude);
  return { latitude, longitude, ...(hasAltitude ? { altitude } : {}) };
}

function degreesOf(json: Json | undefined, name: string, most: number): number | undefined {
  const value = own(json, name);
  return typeof value === 'number' && Math.abs(value) <= most ? value : undefined;
}

/** Google writes seconds, as text. */
function timeOf(json: Json, name: string): number | undefined {
  const value = own(objectIn(own(json, name)), 'timestamp');
  const isTime = typeof value === 'number' || (typeof value === 'string' && /^-?\d{1,14}(?:\.\d{1,9})?$/.test(value));
  // `+ 0`: "-0" is 0.
  const time = isTime ? Math.trunc(Number(value) * 1000) + 0 : Number.NaN;
  return Math.abs(time) <= LAST_TIME_MS ? time : undefined;
}

function textOf(json: Json | undefined, name: string): string | undefined {
  const value = own(json, name);
  return typeof value === 'string' ? value : undefined;
}

/** Only what the file itself has: `__proto__` and `constructor` in it are names as others. */
function own(json: Json | undefined, name: string): unknown {
  return json !== undefined && Object.hasOwn(json, name) ? json[name] : undefined;
}

function objectIn(value: unknown): Json | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Json) : undefined;
}
