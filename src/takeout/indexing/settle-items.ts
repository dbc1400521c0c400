import type { CatalogWriter } from '../../catalog/catalog-writer.js';
import type { FolderFile } from '../../catalog/takeout-files.js';
import type { ReadFile } from '../../catalog/takeout-readings.js';
import { takeoutItemId } from '../matching/item-id.js';
import { partitionTwins } from '../matching/partition-twins.js';
import type { TwinFile } from '../matching/twin-groups.js';
import type { SidecarValues } from '../matching/takeout-json.js';
import { folderKindOf } from '../matching/folder-kind.js';

interface SettledFile extends TwinFile {
  readonly row: ReadFile;
  /** Of its rows. */
  readonly key: string;
}

/** The last part of a folder's path: what a person sees as its name. */
export function folderName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

/** A file whose bytes are to be settled, and with it all that are alike. */
export type Alike = FolderFile;

/**
 * Decides which files are one photograph, for all files alike in this folder and in those settled before, and notes the item of each.
 * Returns the items that may have files elsewhere, and whose files, or what is said of them, may have changed: those that lost their last
 * file too.
 */
export async function settleAlike(
  catalog: CatalogWriter,
  all: ReadonlyMap<string, Alike>,
  folderId: number,
): Promise<Set<string>> {
  const touched = new Set<string>();
  await catalog.inLargeSlices([...all.values()], (some) => {
    for (const alike of some) settleOne(catalog, alike, folderId, touched);
  });
  return touched;
}

/** Most files are like no other: such a file is an item, and nothing has to be compared. */
export function idOfLoneFile({ size, crc, name }: Alike): string {
  return takeoutItemId({ size, name, ordinal: 0, ...(crc === null ? {} : { crc }) });
}

function settleOne(catalog: CatalogWriter, alike: Alike, folderId: number, touched: Set<string>): void {
  const repeats = withRepeats(catalog.takeoutReadings.filesAlike(alike, folderId));
  const files = [...repeats].map(([key, [row]]) => twinFile(row, key));
  for (const { id, files: own } of partitionTwins(files, ({ row }) => row.item ?? undefined)) {
    touched.add(id);
    for (const { key } of own) for (const row of repeats.get(key) ?? []) setItem(catalog, row, id, touched);
  }
}

function setItem(catalog: CatalogWriter, { id, item }: ReadFile, next: string, touched: Set<string>): void {
  if (item === next) return;
  if (item !== null) touched.add(item);
  catalog.takeoutFiles.setItem(id, next);
}

/** The same path with the same bytes in two parts is one file: all rows of each, by a key. */
function withRepeats(rows: readonly ReadFile[]): Map<string, [ReadFile, ...ReadFile[]]> {
  const files = new Map<string, [ReadFile, ...ReadFile[]]>();
  for (const row of rows) {
    const key = `${row.folderId}/${row.crc ?? ''}/${row.name}`;
    const known = files.get(key);
    if (known === undefined) files.set(key, [row]);
    else known.push(row);
  }
  return files;
}

function twinFile(row: ReadFile, key: string): SettledFile {
  const { age: exportName, folder, inAlbum, name, size, crc, role, sidecar } = row;
  const values = sidecar === null ? undefined : (JSON.parse(sidecar) as SidecarValues);
  return {
    ...{ row, key, exportName, folder, name, size },
    isYearFolder: folderKindOf(folderName(folder), inAlbum) === 'year',
    ...(crc === null ? {} : { crc }),
    // An edited version has the sidecar of its original, and is another item even where their sizes are equal.
    ...(values === undefined
      ? {}
      : { sidecar: role === 'original' ? values : { ...values, title: `${values.title ?? ''}\0${role}` } }),
  };
}
