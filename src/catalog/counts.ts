import type { CatalogCounts } from './records.js';

/** Reads the row that {@link countsOf} decodes. */
export const COUNTS = 'SELECT items, albums, unmeasured, bytes, app, upload, picker, takeout, app_albums FROM totals';

export function countsOf(row: unknown): CatalogCounts {
  const [items, albums, unmeasured, bytes, app, upload, picker, takeout, appAlbums] = row as [
    ...[items: number, albums: number, unmeasured: number, bytes: number],
    ...[app: number, upload: number, picker: number, takeout: number, appAlbums: number],
  ];
  return { items, albums, unmeasured, bytes, sources: { app, upload, picker, takeout }, appAlbums };
}
