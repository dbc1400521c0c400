import type { MediaId, MediaKind, VideoStatus } from '../../library/media-item.js';
import { RemoteError } from '../../library/remote-error.js';
import type { PickedListing, PickedPage, PickingSession } from '../../library/remote-picker.js';
import { sourceNamed } from '../../library/source.js';
import { parseWebUrl } from '../../support/loopback.js';
import { LONGEST_TEXT } from '../library/answer-limits.js';
import { asObject, objectOf, shortTextOf, textOf, type JsonObject } from '../library/json-reader.js';
import { decodeTimestamp, filled, optional, positive } from '../library/media-item-codec.js';
import { decodePage } from '../library/page-codec.js';

const { prefix } = sourceNamed('picker');
const DEFAULT_INTERVAL_MS = 5_000;
const DEFAULT_POLLING_MS = 30 * 60_000;
const STATUSES: ReadonlySet<string> = new Set<VideoStatus>(['UNSPECIFIED', 'PROCESSING', 'READY', 'FAILED']);

/** The id that Google gave an item. */
export function googleIdOf(id: MediaId): string {
  return id.slice(prefix.length);
}

/** @throws RemoteError `protocol` where there is no id, or no address on the web. */
export function decodeSession(json: JsonObject): PickingSession {
  const id = shortTextOf(json, 'id', LONGEST_TEXT.id);
  const uri = shortTextOf(json, 'pickerUri', LONGEST_TEXT.url);
  if (id === '' || parseWebUrl(uri) === undefined)
    throw new RemoteError('protocol', 'Google sent a picking session without an id or an address.');
  const polling = objectOf(json, 'pollingConfig');
  const isPicked = json['mediaItemsSet'] === true;
  return {
    id,
    uri,
    expires: timeOf(json, 'expireTime'),
    isPicked,
    polling: isPicked
      ? undefined
      : {
          intervalMs: durationOf(polling, 'pollInterval') ?? DEFAULT_INTERVAL_MS,
          leftMs: durationOf(polling, 'timeoutIn') ?? DEFAULT_POLLING_MS,
        },
  };
}

/** One page; an empty pick is `{}`. */
export function decodePickedPage(json: JsonObject): { readonly page: PickedPage; readonly skipped: number } {
  return decodePage(json, 'mediaItems', decodePickedItem);
}

function decodePickedItem(json: JsonObject): PickedListing | undefined {
  const id = shortTextOf(json, 'id', LONGEST_TEXT.id);
  if (id === '') return undefined;
  const file = objectOf(json, 'mediaFile') ?? {};
  const facts = objectOf(file, 'mediaFileMetadata') ?? {};
  const mimeType = shortTextOf(file, 'mimeType', LONGEST_TEXT.word);
  const kind = kindOf(textOf(json, 'type'), mimeType);
  const status = textOf(asObject(facts['videoMetadata']) ?? {}, 'processingStatus');
  const creationTimeText = shortTextOf(json, 'createTime', LONGEST_TEXT.word);
  return {
    id: `${prefix}${id}` as MediaId,
    kind,
    filename: textOf(file, 'filename').slice(0, LONGEST_TEXT.name),
    mimeType,
    creationTime: decodeTimestamp(creationTimeText),
    creationTimeText,
    ...optional('width', positive(facts, 'width')),
    ...optional('height', positive(facts, 'height')),
    ...optional('cameraMake', filled(facts, 'cameraMake', LONGEST_TEXT.word)),
    ...optional('cameraModel', filled(facts, 'cameraModel', LONGEST_TEXT.word)),
    ...optional('videoStatus', kind === 'video' ? statusOf(status) : undefined),
    ...optional('baseUrl', filled(file, 'baseUrl', LONGEST_TEXT.url)),
  };
}

function kindOf(type: string, mimeType: string): MediaKind {
  if (type === 'VIDEO' || type === 'PHOTO') return type === 'VIDEO' ? 'video' : 'photo';
  return mimeType.toLowerCase().startsWith('video/') ? 'video' : 'photo';
}

// A video of which nothing is said is tried: its bytes tell.
function statusOf(text: string): VideoStatus {
  return STATUSES.has(text) ? (text as VideoStatus) : 'READY';
}

/** Milliseconds of a duration such as `5s` or `1799.999s`. */
function durationOf(object: JsonObject | undefined, name: string): number | undefined {
  const seconds = /^(\d{1,9}(?:\.\d{1,9})?)s$/.exec(object === undefined ? '' : textOf(object, name))?.[1];
  return seconds === undefined ? undefined : Math.round(Number(seconds) * 1000);
}

function timeOf(object: JsonObject, name: string): number | undefined {
  const time = decodeTimestamp(shortTextOf(object, name, LONGEST_TEXT.word));
  return time === 0 ? undefined : time;
}
