import type { CatalogWriter } from '../../catalog/catalog-writer.js';
import type { FolderRecord } from '../../catalog/takeout-files.js';
import type { PartRecord } from '../../catalog/takeout-parts.js';
import type { Calendar } from '../../library/calendar.js';
import type { ArchiveError } from '../archives/archive-error.js';
import type { ArchiveThreads } from '../archives/archive-threads.js';
import { yearOfFolder } from '../matching/folder-kind.js';
import { SuffixLearner } from '../matching/learn-suffixes.js';
import { putItems, type PutItemsDeps } from './put-items.js';
import { readFolderJson } from './read-folder-json.js';
import { settleAlbums, type WrittenAlbums } from './settle-albums.js';
import { settleFolder, takeoutFolderOf } from './settle-folder.js';
import { folderName, settleSizes } from './settle-items.js';
import { shownTime } from './stamp.js';

export interface SettlingDeps {
  readonly catalog: CatalogWriter;
  readonly threads: ArchiveThreads;
  /** Of the profile: times without a zone are read in it. */
  readonly calendar: Calendar;
  readonly failed: (part: PartRecord, error: ArchiveError) => void;
  /** Hears after each folder. */
  readonly progress: (done: number, total: number, folder: FolderRecord) => void;
}

/**
 * Makes items of what parts list. All parts that are there must have been listed before: a name is given once, so sidecars and originals
 * must be known by then, in whichever part they lie.
 */
export class Settling {
  readonly #deps: SettlingDeps;
  readonly #put: PutItemsDeps;
  readonly #writtenAlbums: WrittenAlbums = new Map();

  constructor(deps: SettlingDeps) {
    this.#deps = deps;
    const { catalog, calendar } = deps;
    this.#put = { catalog, instantOf: (local) => calendar.instantOf(shownTime(local)) };
  }

  /** Settles all folders that have changed. */
  async run(signal: AbortSignal): Promise<void> {
    const { catalog, progress } = this.#deps;
    const left = catalog.takeoutReadings.itemsWithoutFiles();
    const folders = inOrder(catalog.takeoutFiles.dirty());
    const suffixes = new Map<string, readonly string[]>();
    for (const { exportName } of folders)
      if (!suffixes.has(exportName)) suffixes.set(exportName, this.#learn(exportName));
    for (const [done, folder] of folders.entries()) {
      if (signal.aborted) return;
      await this.#settle(folder, suffixes.get(folder.exportName) ?? []);
      progress(done + 1, folders.length, folder);
    }
    await putItems(left, this.#put);
    if (folders.length > 0 || left.length > 0 || this.#writtenAlbums.size === 0)
      await putItems(await settleAlbums(catalog, this.#writtenAlbums), this.#put);
  }

  async #settle({ id }: FolderRecord, suffixes: readonly string[]): Promise<void> {
    const { catalog } = this.#deps;
    const parts = new Map(catalog.takeoutParts.list().map((part) => [part.id, part]));
    await readFolderJson(id, parts, this.#deps);
    const sizes = await settleFolder(catalog, id, suffixes);
    const touched = await settleSizes(catalog, sizes, id);
    for (const item of catalog.takeoutReadings.allItemsIn(id)) touched.add(item);
    // In an order that a kill does not change: names and inodes are given as items come.
    await putItems([...touched].sort(), this.#put);
    catalog.transaction(() => catalog.takeoutFiles.makeClean(id));
  }

  /** Words that the export adds to the names of edited versions: names alone tell, so that nothing has to be read before. */
  #learn(exportName: string): string[] {
    const { catalog } = this.#deps;
    const learner = new SuffixLearner();
    for (const { id } of catalog.takeoutFiles.foldersOf(exportName))
      learner.add(takeoutFolderOf({ files: catalog.takeoutFiles.files(id), json: catalog.takeoutFiles.json(id) }));
    return learner.suffixes();
  }
}

/** Folders of years first: they hold everything, and albums only copies. Newest first, as a person looks at them. */
function inOrder(folders: readonly FolderRecord[]): FolderRecord[] {
  const yearOf = ({ path }: FolderRecord): number => yearOfFolder(folderName(path)) ?? 0;
  return [...folders].sort((a, b) => yearOf(b) - yearOf(a));
}
