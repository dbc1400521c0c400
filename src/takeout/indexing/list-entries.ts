import type { CatalogWriter } from '../../catalog/catalog-writer.js';
import type { FiledEntry } from '../../catalog/takeout-files.js';
import type { PartCounts, PartIdentity, PartPlan } from '../../catalog/takeout-parts.js';
import type { ListedPart } from '../archives/archive-requests.js';
import type { ArchiveThreads } from '../archives/archive-threads.js';
import type { ArchiveEntry } from '../archives/entry.js';
import { folderInPhotos } from '../archives/export-shape.js';
import { isMediaName } from '../matching/media-types.js';
import { FolderDigest } from './folder-identity.js';
import { NoPhotosError } from './no-photos-error.js';

/** A part's directory, as its thread has read it. */
export interface PartDirectory {
  readonly entries: readonly ArchiveEntry[];
  readonly listed: ListedPart;
  readonly identity: PartIdentity;
}

export interface ListEntriesDeps {
  readonly catalog: CatalogWriter;
  /** Where other parts of the same export have their photos. */
  readonly photoFolders: readonly string[];
  /** Takes out what the catalog has of the part. Called when its directory was read: a part that cannot be read keeps its items. */
  readonly takeOut: () => Promise<void>;
}

interface Sorted {
  readonly media: ArchiveEntry[];
  readonly json: ArchiveEntry[];
  /** Files of other services, and files that are neither media nor json. */
  skipped: number;
}

/** Rejects with ArchiveError where the part cannot be read. */
export async function readDirectory(part: PartPlan, threads: ArchiveThreads): Promise<PartDirectory> {
  const entries: ArchiveEntry[] = [];
  const digest = new FolderDigest();
  const listed = await threads.list(part, (some) => {
    entries.push(...some);
    if (part.kind === 'folder') digest.add(some);
  });
  const identity = part.kind === 'folder' ? digest.identity(listed.identity.mtimeMs) : identityOf(listed);
  return { entries, listed, identity };
}

/**
 * Writes the directory of a part into the catalog: what its json files say is read later. Rejects with NoPhotosError where it is no
 * export of Google Photos.
 */
export async function listEntries(
  id: number,
  part: PartPlan,
  { entries, listed, identity }: PartDirectory,
  deps: ListEntriesDeps,
): Promise<void> {
  const { catalog } = deps;
  const photoFolders = listed.shape.photoFolders.length > 0 ? listed.shape.photoFolders : deps.photoFolders;
  if (photoFolders.length === 0) throw new NoPhotosError(part.path, listed.shape.isTakeout);
  await deps.takeOut();
  const { media, json, skipped } = sorted(entries, photoFolders);
  const filed = filing(part.exportName, photoFolders, catalog);
  await catalog.inLargeSlices(media, (some) => catalog.takeoutFiles.addFiles(id, some.map(filed)));
  await catalog.inLargeSlices(json, (some) => catalog.takeoutFiles.addJson(id, some.map(filed)));
  catalog.transaction(() => {
    catalog.takeoutParts.setListed(id, identity, countsOf(listed, skipped, photoFolders));
    catalog.takeoutFiles.makeDirty(id);
  });
}

/** Finds the folder of each entry in the catalog; called within a transaction. */
function filing(
  exportName: string,
  photoFolders: readonly string[],
  catalog: CatalogWriter,
): (entry: ArchiveEntry) => FiledEntry {
  const known = new Map<string, number>();
  return (entry) => {
    const path = (folderInPhotos(entry.folder, photoFolders) ?? '').normalize('NFC');
    const folderId = known.get(path) ?? catalog.takeoutFiles.folder(exportName, path);
    known.set(path, folderId);
    return { ...entry, folderId };
  };
}

function sorted(entries: readonly ArchiveEntry[], photoFolders: readonly string[]): Sorted {
  const all: Sorted = { media: [], json: [], skipped: 0 };
  for (const entry of entries) {
    const folder = folderInPhotos(entry.folder, photoFolders);
    if (folder === undefined) all.skipped += 1;
    else if (/\.json$/i.test(entry.name)) all.json.push(entry);
    else if (isMediaName(entry.name)) all.media.push(entry);
    else all.skipped += 1;
  }
  return all;
}

function countsOf({ counts }: ListedPart, skipped: number, photoFolders: readonly string[]): PartCounts {
  return {
    entries: counts.total - counts.folders,
    skipped: counts.skipped + skipped,
    repeated: counts.repeated,
    refused: counts.refusedCount,
    named: counts.refused,
    photoFolders,
  };
}

function identityOf({ identity, directory }: Pick<ListedPart, 'identity' | 'directory'>): PartIdentity {
  const { size, mtimeMs } = identity;
  const { directoryOffset = 0, directoryCrc = 0 } = directory ?? {};
  return { size, mtimeMs, directoryOffset, directoryCrc };
}
