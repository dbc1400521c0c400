import { SOURCES, type SourceName } from '../library/source.js';
import type { CatalogCounts } from './records.js';

const NAMES = SOURCES.map(({ name }) => name);

/** Reads the row that {@link countsOf} decodes. `totals` has a column for each source, of its name. */
export const COUNTS = `SELECT items, albums, unmeasured, bytes, app_albums, ${NAMES.join(', ')} FROM totals`;

export function countsOf(row: unknown): CatalogCounts {
  const [items, albums, unmeasured, bytes, appAlbums, ...rest] = row as [
    ...[items: number, albums: number, unmeasured: number, bytes: number, appAlbums: number],
    ...number[],
  ];
  const sources = Object.fromEntries(NAMES.map((name, index) => [name, rest[index]])) as Record<SourceName, number>;
  return { items, albums, unmeasured, bytes, sources, appAlbums };
}
