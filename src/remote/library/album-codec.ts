import type { Album, AlbumId } from '../../library/album.js';
import { LONGEST_TEXT } from './answer-limits.js';
import { countOf, shortTextOf, textOf, type JsonObject } from './json-reader.js';

/** Undefined where there is no usable id. */
export function decodeAlbum(json: JsonObject): Album | undefined {
  const id = shortTextOf(json, 'id', LONGEST_TEXT.id);
  if (id === '') return undefined;
  const cover = shortTextOf(json, 'coverPhotoMediaItemId', LONGEST_TEXT.id);
  return {
    id: id as AlbumId,
    title: textOf(json, 'title').slice(0, LONGEST_TEXT.name),
    productUrl: shortTextOf(json, 'productUrl', LONGEST_TEXT.url),
    mediaItemsCount: countOf(json, 'mediaItemsCount') ?? 0,
    isWriteable: json['isWriteable'] === true,
    ...(cover === '' ? {} : { coverPhotoMediaItemId: cover }),
  };
}
