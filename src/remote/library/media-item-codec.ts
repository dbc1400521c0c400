import type { MediaId, MediaItem, MediaKind, VideoStatus } from '../../library/media-item.js';
import { LONGEST_TEXT } from './answer-limits.js';
import { countOf, objectOf, shortTextOf, textOf, type JsonObject } from './json-reader.js';

const VIDEO_STATUSES: ReadonlySet<string> = new Set<VideoStatus>(['UNSPECIFIED', 'PROCESSING', 'READY', 'FAILED']);

/** Undefined if there is no usable id: such an item cannot be named, asked for or distinguished from others. */
export function decodeMediaItem(json: JsonObject): MediaItem | undefined {
  const id = shortTextOf(json, 'id', LONGEST_TEXT.id);
  if (id === '') return undefined;
  const metadata = objectOf(json, 'mediaMetadata') ?? {};
  const mimeType = shortTextOf(json, 'mimeType', LONGEST_TEXT.word);
  const video = objectOf(metadata, 'video');
  const photo = objectOf(metadata, 'photo');
  const kind = kindOf(video, photo, mimeType);
  const camera = video ?? photo ?? {};
  const creationTimeText = shortTextOf(metadata, 'creationTime', LONGEST_TEXT.word);
  return {
    id: id as MediaId,
    kind,
    ...optional('isKindGuessed', isKindStated(video, photo, mimeType) ? undefined : true),
    filename: textOf(json, 'filename').slice(0, LONGEST_TEXT.name),
    description: textOf(json, 'description'),
    productUrl: shortTextOf(json, 'productUrl', LONGEST_TEXT.url),
    mimeType,
    creationTime: decodeTimestamp(creationTimeText),
    creationTimeText,
    ...optional('width', positive(metadata, 'width')),
    ...optional('height', positive(metadata, 'height')),
    ...optional('cameraMake', filled(camera, 'cameraMake', LONGEST_TEXT.word)),
    ...optional('cameraModel', filled(camera, 'cameraModel', LONGEST_TEXT.word)),
    ...optional('videoStatus', kind === 'video' ? statusOf(video ?? {}) : undefined),
    ...optional('baseUrl', filled(json, 'baseUrl', LONGEST_TEXT.url)),
  };
}

/** Milliseconds since the epoch of an RFC 3339 time, cut to milliseconds; 0 if it is missing or not such a time. */
export function decodeTimestamp(text: string): number {
  const shape = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d+)?(?:Z|[+-]\d{2}:\d{2})$/;
  const time = shape.test(text) ? Date.parse(text) : NaN;
  return Number.isNaN(time) ? 0 : time;
}

// An empty `photo` or `video` message may be left out, and the MIME type is then all there is.
function kindOf(video: JsonObject | undefined, photo: JsonObject | undefined, mimeType: string): MediaKind {
  if (video !== undefined) return 'video';
  if (photo !== undefined) return 'photo';
  return mimeType.toLowerCase().startsWith('video/') ? 'video' : 'photo';
}

function isKindStated(video: JsonObject | undefined, photo: JsonObject | undefined, mimeType: string): boolean {
  return video !== undefined || photo !== undefined || /^(?:image|video)\//i.test(mimeType);
}

function statusOf(video: JsonObject): VideoStatus {
  const status = textOf(video, 'status');
  return VIDEO_STATUSES.has(status) ? (status as VideoStatus) : 'UNSPECIFIED';
}

/** A count that is there and not 0. */
export function positive(object: JsonObject, name: string): number | undefined {
  const count = countOf(object, name);
  return count === 0 ? undefined : count;
}

/** A text that is there and not empty. */
export function filled(object: JsonObject, name: string, most: number): string | undefined {
  const text = shortTextOf(object, name, most);
  return text === '' ? undefined : text;
}

/** A member, or nothing where it has no value. */
export function optional<K extends string, V>(name: K, value: V | undefined): Partial<Record<K, V>> {
  return value === undefined ? {} : ({ [name]: value } as Partial<Record<K, V>>);
}
