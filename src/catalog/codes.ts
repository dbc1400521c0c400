import type { MediaKind, VideoStatus } from '../library/media-item.js';
import type { ItemRole, Shelf } from '../library/shelf.js';

// Numbers in the rows instead of words: a byte an item, and a smaller index. The order is part of the file format.
const KINDS: readonly MediaKind[] = ['photo', 'video'];
const VIDEO_STATUSES: readonly VideoStatus[] = ['UNSPECIFIED', 'PROCESSING', 'READY', 'FAILED'];
const SHELVES: readonly Shelf[] = ['shown', 'archived', 'trashed', 'locked'];
const ROLES: readonly ItemRole[] = ['original', 'edited', 'moving'];

/** The number that stands for READY in `media_items.video_status`. */
export const READY = VIDEO_STATUSES.indexOf('READY');

export const kindCode = (kind: MediaKind): number => KINDS.indexOf(kind);
export const kindOf = (code: number): MediaKind => KINDS[code] ?? 'photo';
export const videoStatusCode = (status: VideoStatus | undefined): number | null =>
  status === undefined ? null : VIDEO_STATUSES.indexOf(status);
export const videoStatusOf = (code: number | null): VideoStatus | null =>
  code === null ? null : (VIDEO_STATUSES[code] ?? 'UNSPECIFIED');

export const shelfCode = (shelf: Shelf): number => SHELVES.indexOf(shelf);
/** A number that no version wrote hides the item. */
export const shelfOf = (code: number): Shelf => SHELVES[code] ?? 'locked';
/** Whether items of this shelf are shown only by an option of their own. */
export const isHidden = (shelf: number): boolean => shelf > 1;
export const roleCode = (role: ItemRole): number => ROLES.indexOf(role);

/** The page where Google shows an item. Only a different URL is stored. */
export const usualProductUrl = (mediaId: string): string => `https://photos.google.com/lr/photo/${mediaId}`;

/** The RFC 3339 text that Google writes for whole seconds. Only a different text is stored. */
export const usualDateText = (ms: number): string => new Date(ms).toISOString().replace('.000Z', 'Z');
