/** Opaque identifier of a media item: unique within an account, never changes (about 98 base64url characters). */
export type MediaId = string & { readonly __brand: 'MediaId' };

export type MediaKind = 'photo' | 'video';

/** Processing state of a video at Google. Bytes exist only for `READY`; photos have no status. */
export type VideoStatus = 'UNSPECIFIED' | 'PROCESSING' | 'READY' | 'FAILED';

/** The least that is needed to ask for an item's bytes: the kind decides between `=d` and `=dv`. */
export interface MediaRef {
  readonly id: MediaId;
  readonly kind: MediaKind;
}

/** A media item as the Library API describes it, decoded. Google gives neither size nor hash. */
export interface MediaItem extends MediaRef {
  /** The answer does not say whether it is a photo or a video; a kind that is known stays. */
  readonly isKindGuessed?: true;
  /** As Google has it: may be empty, repeated, or hold any character. Never use it as a path. */
  readonly filename: string;
  readonly description: string;
  readonly productUrl: string;
  readonly mimeType: string;
  /** Capture time, milliseconds since the Unix epoch in UTC; negative before 1970. */
  readonly creationTime: number;
  /** The same instant as Google spelled it (RFC 3339), fractions kept. */
  readonly creationTimeText: string;
  /** Pixels; absent while a video is being processed. */
  readonly width?: number;
  readonly height?: number;
  readonly cameraMake?: string;
  readonly cameraModel?: string;
  /** Present for videos only. */
  readonly videoStatus?: VideoStatus;
  /** Short-lived (about 60 minutes) and secret: never log it, never store it. Some replies leave it out. */
  readonly baseUrl?: string;
}

/** The part of a listed item that the book of base URLs stores. */
export type ListedBaseUrl = Pick<MediaItem, 'id' | 'kind' | 'videoStatus' | 'baseUrl'>;

export function listedBaseUrlOf({ id, kind, videoStatus, baseUrl }: MediaItem): ListedBaseUrl {
  return {
    id,
    kind,
    ...(videoStatus === undefined ? {} : { videoStatus }),
    ...(baseUrl === undefined ? {} : { baseUrl }),
  };
}
