import type { Album, AlbumId } from '../library/album.js';
import { countOf, textOf, type JsonObject } from './json-reader.js';

/** Undefined where there is no id. */
export function decodeAlbum(json: JsonObject): Album | undefined {
  const id = textOf(json, 'id');
  if (id === '') return undefined;
  const cover = textOf(json, 'coverPhotoMediaItemId');
  return {
    id: id as AlbumId,
    title: textOf(json, 'title'),
    productUrl: textOf(json, 'productUrl'),
    mediaItemsCount: countOf(json, 'mediaItemsCount') ?? 0,
    isWriteable: json['isWriteable'] === true,
    ...(cover === '' ? {} : { coverPhotoMediaItemId: cover }),
  };
}
