import type { AlbumId } from '../library/album.js';
import type { MediaId } from '../library/media-item.js';
import { kindOf, videoStatusOf } from './codes.js';
import type { AlbumRecord, CachedItem } from './records.js';

/** Columns of an item that {@link cachedItem} decodes; `name` as in a selection. */
export function cachedColumns(name = 'i.name'): string {
  return `i.media_id, ${name} AS name, i.kind, i.size, i.etag, i.video_status`;
}

export function cachedItem(row: unknown): CachedItem {
  const [id, name, kind, size, etag, status] = row as [
    string,
    string,
    number,
    number | null,
    string | null,
    number | null,
  ];
  const videoStatus = videoStatusOf(status);
  const isReadable = videoStatus !== 'PROCESSING' && videoStatus !== 'FAILED';
  return { mediaId: id as MediaId, name, kind: kindOf(kind), size, etag, isReadable };
}

/** Columns of an album that {@link albumRecord} decodes. */
export const ALBUM_COLUMNS = 'id, album_id, name, title';

export function albumRecord(row: unknown): AlbumRecord {
  const [rowId, albumId, name, title] = row as [number, string, string, string];
  return { rowId, albumId: albumId as AlbumId, name, title };
}
