import type { Shelf } from '../library/shelf.js';

/** What of an item decides which folders show it. */
export interface ItemPlace {
  readonly rowId: number;
  readonly kind: 'photo' | 'video';
  /** Milliseconds since the epoch, UTC. */
  readonly creationTime: number;
  readonly shelf: Shelf;
  readonly favorite: boolean;
  /** Albums that hold the item and are not gone. */
  readonly albumCount: number;
  /** Null where the item names no camera. */
  readonly cameraRowId: number | null;
  /** People named on it. */
  readonly peopleCount: number;
}
