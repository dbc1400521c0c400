import type { CatalogWriter } from '../../catalog/catalog-writer.js';
import type { JsonEntry, MediaEntry } from '../../catalog/takeout-files.js';
import type { NamedEntry, PartCounts, PartIdentity, PartPlan } from '../../catalog/takeout-parts.js';
import type { ListedPart } from '../archives/archive-requests.js';
import type { ArchiveThreads } from '../archives/archive-threads.js';
import type { ArchiveEntry, RefusedEntry } from '../archives/entry.js';
import { folderInPhotos } from '../archives/export-shape.js';
import { isMediaName } from '../matching/media-types.js';
import { readTakeoutJson } from '../matching/takeout-json.js';
import { FolderDigest } from './folder-identity.js';
import { NoPhotosError } from './no-photos-error.js';

export interface ReadPartDeps {
  readonly threads: ArchiveThreads;
  readonly catalog: CatalogWriter;
  /** Where other parts of the same export have their photos. */
  readonly photoFolders: readonly string[];
  /** Hears how far it is. */
  readonly progress: (done: number, total: number) => void;
}

interface Sorted {
  readonly media: ArchiveEntry[];
  readonly json: ArchiveEntry[];
  /** Files of other services, and files that are neither media nor json. */
  skipped: number;
}

/** What is named of a hostile part; there may be millions. */
const MOST_NAMED = 1000;

/**
 * Reads the directory of a part and its sidecars into the catalog. Rejects with ArchiveError where the part cannot be read, and with
 * NoPhotosError where it is no export of Google Photos. A part that was begun is begun anew by the caller.
 */
export async function readPart(id: number, part: PartPlan, deps: ReadPartDeps): Promise<void> {
  const { threads, catalog, progress } = deps;
  const entries: ArchiveEntry[] = [];
  const digest = new FolderDigest();
  const listed = await threads.list(part, (some) => {
    entries.push(...some);
    if (part.kind === 'folder') digest.add(some);
  });
  const photoFolders = listed.shape.photoFolders.length > 0 ? listed.shape.photoFolders : deps.photoFolders;
  if (photoFolders.length === 0) throw new NoPhotosError(part.path, listed.shape.isTakeout);
  const folderOf = folderIds(part.exportName, photoFolders, catalog);
  const { media, json, skipped } = sorted(entries, photoFolders);
  const total = media.length + json.length;
  let done = 0;
  await catalog.inSlices(media, (some) => {
    const rows = some.map((entry) => mediaEntry(entry, folderOf(entry)));
    catalog.takeoutFiles.addFiles(id, rows);
    done += some.length;
    progress(done, total);
  });
  const read = { otherJson: 0, faults: [] as NamedEntry[] };
  for await (const batch of threads.readJson(part, listed.identity, json)) {
    const rows: JsonEntry[] = [];
    for (const { index, text } of batch.texts) {
      const entry = json[index];
      if (entry === undefined) continue;
      const row = jsonEntry(entry, folderOf, text);
      if (typeof row === 'object') rows.push(row);
      else if (row === 'other') read.otherJson += 1;
      else read.faults.push({ name: pathOf(entry), reason: 'it is no JSON' });
    }
    for (const { index, reason } of batch.faults) {
      const entry = json[index];
      if (entry !== undefined) read.faults.push({ name: pathOf(entry), reason });
    }
    await catalog.inSlices(rows, (some) => catalog.takeoutFiles.addJson(id, some));
    done += batch.texts.length + batch.faults.length;
    progress(done, total);
  }
  catalog.transaction(() => {
    const { identity } = listed;
    const known = part.kind === 'folder' ? digest.identity(identity.mtimeMs) : identityOf(listed);
    catalog.takeoutParts.setRead(id, known, countsOf(listed, skipped, read, photoFolders));
    catalog.takeoutFiles.makeDirty(id);
  });
}

/** Folders of the catalog by their path; called within a transaction. */
function folderIds(
  exportName: string,
  photoFolders: readonly string[],
  catalog: CatalogWriter,
): (entry: ArchiveEntry) => number {
  const known = new Map<string, number>();
  return ({ folder }) => {
    const path = (folderInPhotos(folder, photoFolders) ?? '').normalize('NFC');
    const id = known.get(path) ?? catalog.takeoutFiles.folder(exportName, path);
    known.set(path, id);
    return id;
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

function mediaEntry(entry: ArchiveEntry, folderId: number): MediaEntry {
  const { folder, name, size, crc, method, packed, headerOffset } = entry;
  return { folderId, inside: folder, name, size, crc, method, packed, headerOffset };
}

function jsonEntry(
  entry: ArchiveEntry,
  folderOf: (entry: ArchiveEntry) => number,
  text: string,
): JsonEntry | 'other' | 'unreadable' {
  const json = readTakeoutJson(text);
  if (json.kind === 'other' || json.kind === 'unreadable') return json.kind;
  const { title, takenAt } = json.kind === 'sidecar' ? json.values : { title: json.title, takenAt: json.date };
  const value = JSON.stringify(json.kind === 'sidecar' ? json.values : json);
  return { folderId: folderOf(entry), name: entry.name, kind: json.kind, title, takenAt, value };
}

function countsOf(
  { counts }: ListedPart,
  skipped: number,
  { otherJson, faults }: { readonly otherJson: number; readonly faults: readonly NamedEntry[] },
  photoFolders: readonly string[],
): PartCounts {
  const refused: readonly RefusedEntry[] = counts.refused;
  return {
    entries: counts.total - counts.folders,
    skipped: counts.skipped + skipped,
    repeated: counts.repeated,
    otherJson,
    refused: counts.refusedCount,
    unreadable: faults.length,
    named: [...refused, ...faults].slice(0, MOST_NAMED),
    photoFolders,
  };
}

function identityOf({ identity, directory }: Pick<ListedPart, 'identity' | 'directory'>): PartIdentity {
  const { size, mtimeMs } = identity;
  const { directoryOffset = 0, directoryCrc = 0 } = directory ?? {};
  return { size, mtimeMs, directoryOffset, directoryCrc };
}

function pathOf({ folder, name }: ArchiveEntry): string {
  return folder === '' ? name : `${folder}/${name}`;
}
