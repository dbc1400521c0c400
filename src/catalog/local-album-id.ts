import { createHash } from 'node:crypto';
import type { AlbumId } from '../library/album.js';
import { sourceNamed } from '../library/source.js';

const { prefix } = sourceNamed('picker');

/** The id of an album that only picked items are in, until another source lists an album of that title. */
export function localAlbumId(title: string): AlbumId {
  return `${prefix}album:${createHash('sha256').update(title).digest('hex').slice(0, 32)}` as AlbumId;
}
