import type { CatalogWriter } from '../../catalog/catalog-writer.js';
import type { FolderRecord } from '../../catalog/takeout-files.js';
import type { PartRecord } from '../../catalog/takeout-parts.js';
import type { Calendar } from '../../library/calendar.js';
import type { ArchiveError } from '../archives/archive-error.js';
import type { ArchiveThreads } from '../archives/archive-threads.js';
import { yearOfFolder } from '../matching/folder-kind.js';
import { SuffixLearner } from '../matching/learn-suffixes.js';
import { readingsOfFolder } from './item-readings.js';
import { putItems, type PutItemsDeps } from './put-items.js';
import { FolderJsonReader } from './read-folder-json.js';
import { removeLostAlbums, settleAlbums, type WrittenAlbums } from './settle-albums.js';
import { settleFolder, takeoutFolderOf } from './settle-folder.js';
import { folderName, settleAlike } from './settle-items.js';
import { shownTime } from './stamp.js';

export interface SettlingDeps {
  readonly catalog: CatalogWriter;
  readonly threads: ArchiveThreads;
  /** Of the profile: times without a zone are read in it. */
  readonly calendar: Calendar;
  readonly failed: (part: PartRecord, error: ArchiveError) => void;
  /** Hears after each folder; not its name, which may be that of a locked folder or of an album that is not shown. */
  readonly progress: (done: number, total: number) => void;
}

/** Key of the catalog's state: the time zone in which times without a zone were last read. */
const ZONE = 'takeout.zone';

/**
 * Makes items of what parts list. All parts that are there must have been listed before: a name is given once, so sidecars and originals
 * must be known by then, in whichever part they lie.
 */
export class Settling {
  readonly #deps: SettlingDeps;
  readonly #put: PutItemsDeps;
  readonly #json: FolderJsonReader;
  readonly #writtenAlbums: WrittenAlbums = new Map();

  constructor(deps: SettlingDeps) {
    this.#deps = deps;
    const { catalog, calendar } = deps;
    this.#json = new FolderJsonReader(deps);
    this.#put = { catalog, instantOf: (local) => calendar.instantOf(shownTime(local)) };
  }

  /** Settles all folders that have changed. True if any had. */
  async run(signal: AbortSignal): Promise<boolean> {
    const { catalog, calendar, progress } = this.#deps;
    const readings = catalog.takeoutReadings;
    const isSameZone = catalog.state.get(ZONE) === calendar.zone;
    const left = [...readings.itemsWithoutFiles(), ...(isSameZone ? [] : readings.timelessItems())];
    const folders = inOrder(catalog.takeoutFiles.dirty());
    const suffixes = new Map<string, readonly string[]>();
    for (const { exportName } of folders)
      if (!suffixes.has(exportName)) suffixes.set(exportName, this.#learn(exportName));
    for (const [done, folder] of folders.entries()) {
      if (signal.aborted) return true;
      await this.#settle(folder, suffixes.get(folder.exportName) ?? [], folders[done + 1]);
      progress(done + 1, folders.length);
    }
    if (left.length > 0) await removeLostAlbums(catalog, this.#writtenAlbums);
    await putItems(left, this.#put);
    if (!isSameZone) catalog.transaction(() => catalog.state.set(ZONE, calendar.zone));
    const hasChanged = folders.length > 0 || left.length > 0;
    if (hasChanged || this.#writtenAlbums.size === 0) await this.settleAlbums();
    return hasChanged;
  }

  /** Writes the albums that have other members, or another order, than they had. */
  async settleAlbums(): Promise<void> {
    await putItems(await settleAlbums(this.#deps.catalog, this.#writtenAlbums), this.#put);
  }

  /** Writes items again, of which these heads were read. */
  putHeads(heads: ReadonlyMap<string, string>): Promise<void> {
    return putItems(heads.keys(), { ...this.#put, heads });
  }

  async #settle({ id }: FolderRecord, suffixes: readonly string[], next: FolderRecord | undefined): Promise<void> {
    const { catalog } = this.#deps;
    const parts = new Map(catalog.takeoutParts.list().map((part) => [part.id, part]));
    await this.#json.read(id, parts);
    if (next !== undefined) this.#json.readAhead(next.id, parts);
    const touched = await settleAlike(catalog, await settleFolder(catalog, id, suffixes), id);
    await this.#putFolder(id, touched);
    catalog.transaction(() => catalog.takeoutFiles.makeClean(id));
  }

  /** Writes the items of a folder, and `others`. */
  async #putFolder(folderId: number, others: ReadonlySet<string>): Promise<void> {
    const { ids, ...readings } = readingsOfFolder(this.#deps.catalog.takeoutReadings, folderId);
    // In an order that a kill does not change: names and inodes are given as items come.
    await putItems([...new Set([...others, ...ids])].sort(), { ...this.#put, readings });
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
