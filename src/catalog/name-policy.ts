import type { MediaId } from '../library/media-item.js';

/** How names are made; the catalog knows only that a key is given once. `isTaken` takes a key. */
export interface NamePolicy {
  key(name: string): string;
  itemName(filename: string, mimeType: string, id: MediaId, isTaken: (key: string) => boolean): string;
  albumName(title: string, id: string, isTaken: (key: string) => boolean): string;
  cameraName(make: string, model: string, isTaken: (key: string) => boolean): string;
}
