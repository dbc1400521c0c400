/** Opaque identifier of an album, unique within an account. */
export type AlbumId = string & { readonly __brand: 'AlbumId' };

/** An album as the Library API describes it, decoded. Titles may repeat or be empty. */
export interface Album {
  readonly id: AlbumId;
  readonly title: string;
  readonly productUrl: string;
  /** Number of media items that Google counts in it; 0 where the reply leaves it out. */
  readonly mediaItemsCount: number;
  readonly isWriteable: boolean;
  readonly coverPhotoMediaItemId?: string;
}
