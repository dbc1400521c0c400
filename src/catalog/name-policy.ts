import type { MediaId } from '../library/media-item.js';

/** How names are made. The catalog only guarantees that a key is used once. `isTaken` takes a key. */
export interface NamePolicy {
  key(name: string): string;
  itemName(filename: string, mimeType: string, id: MediaId, isTaken: (key: string) => boolean): string;
  albumName(title: string, id: string, isTaken: (key: string) => boolean): string;
  /**
   * The path of an album if album names are split into nested folders, its own folder last. Otherwise the name alone.
   */
  albumPath(name: string): readonly string[];
  cameraName(make: string, model: string, isTaken: (key: string) => boolean): string;
}
