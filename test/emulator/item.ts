export type MediaKind = 'photo' | 'video';
export type VideoStatus = 'UNSPECIFIED' | 'PROCESSING' | 'READY' | 'FAILED';

/** What an item's download consists of: a generated sample of an exact size, or bytes handed in. */
export type ItemContent =
  | { readonly type: 'sample'; readonly look: 'template' | 'scene'; readonly size: number }
  | { readonly type: 'bytes'; readonly bytes: Buffer };

/** The cheap part of an item, enough for ordering and filtering. */
export interface ItemTraits {
  /** Capture time, milliseconds since the Unix epoch. */
  readonly time: number;
  readonly kind: MediaKind;
  readonly favorite: boolean;
  readonly archived: boolean;
  /** When it entered the library, emulator's clock; -Infinity for seeded items. */
  readonly addedAt: number;
}

/** The whole truth about one item of the emulated library. */
export interface EmulatedItem extends ItemTraits {
  readonly id: string;
  /** Position in the order of creation: seeded items first. */
  readonly number: number;
  readonly filename: string;
  readonly mimeType: string;
  /** RFC 3339, as the API spells it. */
  readonly creationTime: string;
  readonly description: string;
  readonly width?: number;
  readonly height?: number;
  readonly cameraMake?: string;
  readonly cameraModel?: string;
  /** Videos only. */
  readonly videoStatus?: VideoStatus;
  /** A video turns READY by itself at this moment of the emulator's clock. */
  readonly readyAt?: number | undefined;
  readonly content: ItemContent;
  /** Goes up when the bytes are replaced; the ETag depends on it. */
  readonly contentVersion: number;
}

/** A generated library: items 0..count-1, newest first. */
export interface SeededItems {
  readonly count: number;
  timeAt(index: number): number;
  traitsAt(index: number): ItemTraits;
  /** Everything but the id, which the library gives. */
  itemAt(index: number): Omit<EmulatedItem, 'id' | 'number'>;
}

export interface SeededAlbum {
  readonly title: string;
  /** Item numbers in album order. */
  readonly members: readonly number[];
}
