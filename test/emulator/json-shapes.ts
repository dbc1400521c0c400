import type { EmulatedAlbum } from './album-shelf.js';
import type { BaseUrls } from './base-urls.js';
import type { EmulatedItem } from './item.js';
import { hash32 } from './random.js';

/** A MediaItem as the Library API writes it: int64 as text, empty values left out, exactly one of photo and video. */
export function mediaItemJson(item: EmulatedItem, urls: BaseUrls): Record<string, unknown> {
  const camera = {
    ...(item.cameraMake === undefined ? {} : { cameraMake: item.cameraMake }),
    ...(item.cameraModel === undefined ? {} : { cameraModel: item.cameraModel }),
  };
  const processing = item.videoStatus === 'PROCESSING';
  const size =
    item.width === undefined || item.height === undefined || processing
      ? {}
      : { width: String(item.width), height: String(item.height) };
  const shot =
    item.cameraMake === undefined
      ? {}
      : {
          focalLength: 4.2,
          apertureFNumber: 2.8,
          isoEquivalent: 50 + (hash32(item.number, 3) % 16) * 50,
          exposureTime: '0.004s',
        };
  return {
    id: item.id,
    ...(item.description === '' ? {} : { description: item.description }),
    productUrl: `https://photos.google.com/lr/photo/${item.id}`,
    baseUrl: urls.make(item.number),
    mimeType: item.mimeType,
    mediaMetadata: {
      creationTime: item.creationTime,
      ...size,
      ...(item.kind === 'photo'
        ? { photo: { ...camera, ...shot } }
        : {
            video: {
              ...camera,
              ...(processing ? {} : { fps: 25 }),
              ...(item.videoStatus === 'UNSPECIFIED' ? {} : { status: item.videoStatus }),
            },
          }),
    },
    ...(item.filename === '' ? {} : { filename: item.filename }),
  };
}

/** An Album as the Library API writes it. */
export function albumJson(
  album: EmulatedAlbum,
  urls: BaseUrls,
  idOf: (number: number) => string,
): Record<string, unknown> {
  const cover = album.cover ?? album.members[0];
  return {
    id: album.id,
    ...(album.title === '' ? {} : { title: album.title }),
    productUrl: `https://photos.google.com/lr/album/${album.id}`,
    ...(album.isWriteable ? { isWriteable: true } : {}),
    ...(album.members.length === 0 ? {} : { mediaItemsCount: String(album.members.length) }),
    ...(cover === undefined ? {} : { coverPhotoBaseUrl: urls.make(cover), coverPhotoMediaItemId: idOf(cover) }),
  };
}
