import type { EmulatedItem } from './item.js';
import type { PickerContext } from './picker-routes.js';
import type { PickingSession } from './picking-sessions.js';
import { hash32 } from './random.js';

type Json = Record<string, unknown>;

const seconds = (ms: number): string => `${Number((ms / 1000).toFixed(3))}s`;

/** A session as the Picker API writes it: the config of polling is there only until Done. */
export function sessionJson(session: PickingSession, { sessions, switches, urls }: PickerContext): Json {
  const { id, most, expiresAt, picked } = session;
  const page = switches.pickerPage === 'google' ? 'https://photos.google.com/picker' : `${urls.origin}/picking`;
  return {
    id,
    pickerUri: `${page}/${id}`,
    expireTime: new Date(expiresAt).toISOString().replace('Z', '456Z'),
    pickingConfig: { maxItemCount: String(most) },
    ...(picked === undefined
      ? {
          pollingConfig: {
            pollInterval: seconds(switches.pickPollIntervalMs),
            timeoutIn: seconds(sessions.pollingLeft(session)),
          },
        }
      : { mediaItemsSet: true }),
  };
}

/** An item as the Picker API writes it: no description, album, size or hash; its id is of another kind than that of the Library API. */
export function pickedItemJson(item: EmulatedItem, session: PickingSession, { urls, sessions }: PickerContext): Json {
  const { number, kind, width, height } = item;
  const left = (sessions.processing.get(number) ?? 0) - (session.lists - 1);
  const status = left === Infinity ? 'FAILED' : left > 0 ? 'PROCESSING' : 'READY';
  const camera = {
    ...(item.cameraMake === undefined ? {} : { cameraMake: item.cameraMake }),
    ...(item.cameraModel === undefined ? {} : { cameraModel: item.cameraModel }),
  };
  const shot =
    item.cameraMake === undefined || kind === 'video'
      ? {}
      : {
          photoMetadata: {
            ...{ focalLength: 6.9, apertureFNumber: 1.7, exposureTime: '0.008s' },
            isoEquivalent: 50 + (hash32(number, 3) % 16) * 50,
          },
        };
  return {
    id: pickedIdOf(number),
    createTime: item.creationTime,
    type: kind === 'video' ? 'VIDEO' : 'PHOTO',
    mediaFile: {
      baseUrl: urls.make(number).replace('/lr/', `/ppa/${session.id}/`),
      mimeType: item.mimeType,
      filename: item.filename,
      mediaFileMetadata: {
        ...(width === undefined || height === undefined ? {} : { width, height }),
        ...camera,
        ...shot,
        ...(kind === 'video' ? { videoMetadata: { fps: 30, processingStatus: status } } : {}),
      },
    },
  };
}

/** The id that the Picker gives the item of this number. */
export function pickedIdOf(number: number): string {
  return `AKp${Buffer.from(`picked item ${String(number).padStart(9, '0')}`).toString('base64url')}`;
}
