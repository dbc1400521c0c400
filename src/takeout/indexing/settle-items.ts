import type { CatalogWriter } from '../../catalog/catalog-writer.js';
import type { ReadFile } from '../../catalog/takeout-readings.js';
import { takeoutItemId } from '../matching/item-id.js';
import { partitionTwins } from '../matching/partition-twins.js';
import type { TwinFile } from '../matching/twin-groups.js';
import type { SidecarValues } from '../matching/takeout-json.js';
import { folderKindOf } from '../matching/folder-kind.js';

interface SettledFile extends TwinFile {
  readonly row: ReadFile;
}

/** The last part of a folder's path: what a person sees as its name. */
export function folderName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

/**
 * Decides which files are one photograph, for all files of these sizes in this folder and in those settled before, and notes the item of each. Returns the items whose files, or
 * what is said of them, may have changed: those that lost their last file too.
 */
export async function settleSizes(
  catalog: CatalogWriter,
  sizes: Iterable<number>,
  folderId: number,
): Promise<Set<string>> {
  const touched = new Set<string>();
  await catalog.inSlices([...sizes], (some) => {
    for (const size of some) settleSize(catalog, { size, folderId }, touched);
  });
  return touched;
}

function settleSize(
  catalog: CatalogWriter,
  { size, folderId }: { readonly size: number; readonly folderId: number },
  touched: Set<string>,
): void {
  const rows = catalog.takeoutReadings.filesOfSize(size, folderId);
  const files = withoutRepeats(rows).map(twinFile);
  for (const { id, files: own } of partitionTwins(files, knownOrdinal(files.length))) {
    touched.add(id);
    for (const { row } of own) for (const same of repeatsOf(rows, row)) setItem(catalog, same, id, touched);
  }
}

function setItem(catalog: CatalogWriter, { id, item }: ReadFile, next: string, touched: Set<string>): void {
  if (item === next) return;
  if (item !== null) touched.add(item);
  catalog.takeoutFiles.setItem(id, next);
}

/** The same path with the same bytes in two parts is one file. */
function withoutRepeats(rows: readonly ReadFile[]): ReadFile[] {
  const seen = new Map<string, ReadFile>();
  for (const row of rows) {
    const key = repeatKey(row);
    if (!seen.has(key)) seen.set(key, row);
  }
  return [...seen.values()];
}

function repeatsOf(rows: readonly ReadFile[], row: ReadFile): ReadFile[] {
  const key = repeatKey(row);
  return rows.filter((other) => repeatKey(other) === key);
}

function repeatKey({ folderId, name, crc }: ReadFile): string {
  return `${folderId}/${crc ?? ''}/${name}`;
}

function twinFile(row: ReadFile): SettledFile {
  const { age: exportName, folder, inAlbum, name, size, crc, sidecar } = row;
  const values = sidecar === null ? undefined : (JSON.parse(sidecar) as SidecarValues);
  return {
    ...{ row, exportName, folder, name, size },
    isYearFolder: folderKindOf(folderName(folder), inAlbum) === 'year',
    ...(crc === null ? {} : { crc }),
    ...(values === undefined ? {} : { sidecar: values }),
  };
}

/** The ordinal in the id that a file has, so that items keep their ids when others come. */
function knownOrdinal(most: number): (file: SettledFile) => number | undefined {
  return ({ row, name, size, crc }) => {
    if (row.item === null) return undefined;
    for (let ordinal = 0; ordinal < most; ordinal += 1)
      if (takeoutItemId({ size, name, ordinal, ...(crc === undefined ? {} : { crc }) }) === row.item) return ordinal;
    return undefined;
  };
}
