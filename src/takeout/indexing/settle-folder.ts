import type { CatalogWriter } from '../../catalog/catalog-writer.js';
import type { FileMatch, FolderFile, FolderJson, SidecarUse } from '../../catalog/takeout-files.js';
import { idOfLoneFile, type Alike } from './settle-items.js';
import { matchFolder, type FolderMatch, type MediaMatch } from '../matching/match-folder.js';
import type { TakeoutFolder } from '../matching/takeout-folder.js';

export interface FolderRows {
  readonly files: readonly FolderFile[];
  readonly json: readonly FolderJson[];
}

/** What the matcher needs of a folder: each name once, that of the first part. */
export function takeoutFolderOf({ files, json }: FolderRows): TakeoutFolder {
  const sidecars = new Map<string, FolderJson>();
  for (const row of json) if (mayBeSidecar(row) && !sidecars.has(row.name)) sidecars.set(row.name, row);
  return {
    media: [...new Set(files.map(({ name }) => name))],
    sidecars: [...sidecars.values()].map(({ name, title, takenAt }) => ({
      name,
      ...(title === null ? {} : { title }),
      ...(takenAt === null ? {} : { takenAt }),
    })),
    isAlbum: json.some(({ kind }) => kind === 'album'),
  };
}

/**
 * Matches the names of one folder, and notes the outcome. A file that is like no other is an item at once. Returns the bytes of the others
 * whose item may be another one now. The folder stays dirty until its items are settled, so that a kill loses nothing.
 */
export async function settleFolder(
  catalog: CatalogWriter,
  folderId: number,
  suffixes: readonly string[],
): Promise<Map<string, Alike>> {
  const rows = { files: catalog.takeoutFiles.files(folderId), json: catalog.takeoutFiles.json(folderId) };
  const match = matchFolder(takeoutFolderOf(rows), suffixes);
  const sidecarIds = new Map<string, number>();
  for (const { id, name, kind } of rows.json)
    if (mayBeSidecar({ kind }) && !sidecarIds.has(name)) sidecarIds.set(name, id);
  const alike = new Map<string, Alike>();
  const alone = catalog.takeoutReadings.filesAlone(folderId);
  const known = new Set<string>();
  await catalog.inLargeSlices(rows.files, (some) => {
    for (const file of some) {
      const { id, name, size, crc, item } = file;
      const key = `${size}/${crc ?? ''}/${name}`;
      const found = fileMatch(match.media.get(name), sidecarIds, known.has(key));
      known.add(key);
      const loneItem = alone.has(id) ? idOfLoneFile(file) : undefined;
      const isOther = catalog.takeoutFiles.setMatch(id, found, loneItem);
      if (loneItem === undefined && (isOther || item === null)) alike.set(`${size}/${crc ?? ''}`, file);
    }
  });
  const uses = usesOf(match);
  const seen = new Set<string>();
  await catalog.inLargeSlices(rows.json, (some) => {
    for (const { id, name, kind } of some) {
      if (kind !== 'sidecar') continue;
      catalog.takeoutFiles.setUse(id, seen.has(name) ? 'repeated' : (uses.get(name) ?? 'matched'));
      seen.add(name);
    }
  });
  return alike;
}

function fileMatch(
  match: MediaMatch | undefined,
  sidecarIds: ReadonlyMap<string, number>,
  isRepeated: boolean,
): FileMatch {
  return {
    role: match?.role ?? 'original',
    ofName: match?.of ?? null,
    sidecar: match?.sidecar === undefined ? null : (sidecarIds.get(match.sidecar) ?? null),
    isAmbiguous: match?.isAmbiguous ?? false,
    isRepeated,
  };
}

/** Members of an album are found later, when all items are known: until then they are orphans. */
function usesOf({ orphans, memberships }: FolderMatch): ReadonlyMap<string, SidecarUse> {
  return new Map([...orphans, ...memberships].map((name) => [name, 'orphan'] as const));
}

/** One that could not be read yet is known by its name alone. */
function mayBeSidecar({ kind }: Pick<FolderJson, 'kind'>): boolean {
  return kind === 'sidecar' || kind === 'unread';
}
