import type { MediaId, MediaItem, MediaKind, VideoStatus } from '../library/media-item.js';
import { countOf, objectOf, textOf, type JsonObject } from './json-reader.js';

const VIDEO_STATUSES: ReadonlySet<string> = new Set<VideoStatus>(['UNSPECIFIED', 'PROCESSING', 'READY', 'FAILED']);

/** Undefined where there is no id: such an item cannot be named, asked for or told from others. */
export function decodeMediaItem(json: JsonObject): MediaItem | undefined {
  const id = textOf(json, 'id');
  if (id === '') return undefined;
  const metadata = objectOf(json, 'mediaMetadata') ?? {};
  const mimeType = textOf(json, 'mimeType');
  const video = objectOf(metadata, 'video');
  const photo = objectOf(metadata, 'photo');
  const kind = kindOf(video, photo, mimeType);
  const camera = video ?? photo ?? {};
  const creationTimeText = textOf(metadata, 'creationTime');
  return {
    id: id as MediaId,
    kind,
    ...optional('isKindGuessed', isKindStated(video, photo, mimeType) ? undefined : true),
    filename: textOf(json, 'filename'),
    description: textOf(json, 'description'),
    productUrl: textOf(json, 'productUrl'),
    mimeType,
    creationTime: decodeTimestamp(creationTimeText),
    creationTimeText,
    ...optional('width', positive(metadata, 'width')),
    ...optional('height', positive(metadata, 'height')),
    ...optional('cameraMake', filled(camera, 'cameraMake')),
    ...optional('cameraModel', filled(camera, 'cameraModel')),
    ...optional('videoStatus', kind === 'video' ? statusOf(video ?? {}) : undefined),
    ...optional('baseUrl', filled(json, 'baseUrl')),
  };
}

/** Milliseconds since the epoch of an RFC 3339 time, its fraction cut to milliseconds; 0 where there is none or it is none. */
function decodeTimestamp(text: string): number {
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

function positive(object: JsonObject, name: string): number | undefined {
  const count = countOf(object, name);
  return count === 0 ? undefined : count;
}

function filled(object: JsonObject, name: string): string | undefined {
  const text = textOf(object, name);
  return text === '' ? undefined : text;
}

function optional<K extends string, V>(name: K, value: V | undefined): Partial<Record<K, V>> {
  return value === undefined ? {} : ({ [name]: value } as Partial<Record<K, V>>);
}
