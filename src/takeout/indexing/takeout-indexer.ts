import { setImmediate as nextTurn } from 'node:timers/promises';
import type { CatalogWriter } from '../../catalog/catalog-writer.js';
import type { PartIdentity, PartPlan, PartRecord } from '../../catalog/takeout-parts.js';
import { ROWS_A_TRANSACTION } from '../../catalog/transaction-size.js';
import type { Calendar } from '../../library/calendar.js';
import type { Clock } from '../../support/clock.js';
import { messageOf } from '../../support/message-of.js';
import { ArchiveError } from '../archives/archive-error.js';
import type { ArchiveThreads } from '../archives/archive-threads.js';
import { SuffixLearner } from '../matching/learn-suffixes.js';
import { accountExports } from './export-accounts.js';
import { folderIdentity } from './folder-identity.js';
import { NoPhotosError } from './no-photos-error.js';
import { putItems, type PutItemsDeps } from './put-items.js';
import { readPart } from './read-part.js';
import { settleAlbums, type WrittenAlbums } from './settle-albums.js';
import { settleFolder, takeoutFolderOf } from './settle-folder.js';
import { settleSizes } from './settle-items.js';
import { shownTime } from './stamp.js';
import { exportStatusOf, type ExportStatus, type TakeoutStatus } from './takeout-status.js';

export interface TakeoutIndexerDeps {
  readonly catalog: CatalogWriter;
  readonly threads: ArchiveThreads;
  readonly clock: Clock;
  /** Of the profile: times without a zone are read in it. */
  readonly calendar: Calendar;
  readonly log: (level: 'info' | 'warn', message: string) => void;
  /** Called whenever {@link TakeoutIndexer.status} is another one. */
  readonly changed: () => void;
}

/** Between two looks at parts that are not there. */
const LOOK_AGAIN_MS = 10_000;
/** Between two looks at parts that are well. */
const LOOK_MS = 60_000;
/** Items are settled this long after they were settled last, and twice as long as that took. */
const SETTLE_AFTER_MS = 1000;

/** Reads the parts of exports into the catalog, and keeps looking whether they are there. Archives are only read. */
export class TakeoutIndexer {
  readonly #deps: TakeoutIndexerDeps;
  readonly #putDeps: PutItemsDeps;
  readonly #writtenAlbums: WrittenAlbums = new Map();
  readonly #suffixes = new Map<string, readonly string[]>();
  #plans: readonly PartPlan[] = [];
  /** Numbers of the list of parts, and of the last one that was read to its end. */
  #version = 0;
  #doneVersion = 0;
  #exports: readonly ExportStatus[] = [];
  #reading: TakeoutStatus['reading'] = null;
  #wake: () => void = () => undefined;
  #nextSettleAt = 0;

  constructor(deps: TakeoutIndexerDeps) {
    this.#deps = deps;
    const { catalog, calendar } = deps;
    this.#putDeps = { catalog, instantOf: (local) => calendar.instantOf(shownTime(local)) };
    this.#account();
  }

  /** The parts that the profile has; they are looked at now. */
  setParts(plans: readonly PartPlan[], version: number): void {
    this.#plans = plans;
    this.#version = version;
    this.#wake();
  }

  progress(): { readonly status: TakeoutStatus; readonly version: number } {
    return { status: { exports: this.#exports, reading: this.#reading }, version: this.#doneVersion };
  }

  /** Runs until the signal aborts. */
  async run(signal: AbortSignal): Promise<void> {
    for (;;) {
      const isWell = this.#version === 0 || (await this.update(signal));
      if (signal.aborted) return;
      if (this.#doneVersion === this.#version) await this.#sleep(isWell ? LOOK_MS : LOOK_AGAIN_MS, signal);
    }
  }

  /** Reads what is new or has changed, once. True where all parts are well. */
  async update(signal: AbortSignal): Promise<boolean> {
    const plans = this.#plans;
    const version = this.#version;
    await this.#takeOutOthers(plans);
    const { catalog } = this.#deps;
    catalog.transaction(() => {
      for (const plan of plans) catalog.takeoutParts.add(plan);
    });
    const parts = catalog.takeoutParts.list();
    let done = 0;
    for (const part of parts) {
      if (signal.aborted) return false;
      if (part.state === 'new' || part.state === 'reading') this.#tellReading(part, done, parts.length);
      await this.#lookAt(part, signal);
      done += 1;
      if (this.#deps.clock.now() >= this.#nextSettleAt && done < parts.length) await this.#settle(signal, false);
    }
    await this.#settle(signal, true);
    if (signal.aborted) return false;
    this.#reading = null;
    this.#doneVersion = version;
    this.#account();
    this.#deps.changed();
    return catalog.takeoutParts.list().every(({ state }) => state === 'ready');
  }

  #tellReading({ path }: PartRecord, done: number, total: number): void {
    this.#reading = { part: path, done, total };
    this.#deps.changed();
  }

  #sleep(ms: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const end = new AbortController();
      const wake = (): void => {
        end.abort();
        signal.removeEventListener('abort', wake);
        resolve();
      };
      this.#wake = wake;
      signal.addEventListener('abort', wake);
      void this.#deps.clock.sleep(ms, end.signal).then(wake, wake);
    });
  }

  async #takeOutOthers(plans: readonly PartPlan[]): Promise<void> {
    const paths = new Set(plans.map(({ path }) => path));
    for (const part of this.#deps.catalog.takeoutParts.list())
      if (!paths.has(part.path)) await this.#takeOut(part, true);
  }

  /** Takes the rows of a part out of the catalog; with `forGood` the part itself too. */
  async #takeOut({ id }: PartRecord, forGood: boolean): Promise<void> {
    const { catalog } = this.#deps;
    catalog.transaction(() => {
      catalog.takeoutFiles.makeDirty(id);
      catalog.takeoutParts.setState(id, 'reading');
    });
    const takeSome = (): boolean => catalog.transaction(() => catalog.takeoutFiles.takeOut(id, ROWS_A_TRANSACTION));
    while (takeSome()) await nextTurn();
    if (forGood) catalog.transaction(() => catalog.takeoutParts.remove(id));
  }

  async #lookAt(part: PartRecord, signal: AbortSignal): Promise<void> {
    const { catalog, log } = this.#deps;
    try {
      if (part.identity !== undefined && part.state !== 'reading') {
        const found = await this.#identityNow(part, part.identity);
        if (found !== undefined) {
          if (part.state !== 'ready' || found.mtimeMs !== part.identity.mtimeMs)
            catalog.transaction(() => catalog.takeoutParts.moved(part.id, part.path, found));
          return;
        }
      }
      if (signal.aborted) return;
      this.#tellReading(part, this.#reading?.done ?? 0, this.#reading?.total ?? 1);
      await this.#takeOut(part, false);
      await readPart(part.id, part, {
        ...this.#deps,
        photoFolders: this.#photoFolders(part),
        progress: () => undefined,
      });
      log('info', `read ${part.path}`);
    } catch (error) {
      if (!(error instanceof ArchiveError) && !(error instanceof NoPhotosError)) throw error;
      const isAway = error instanceof ArchiveError && ['missing', 'silent', 'forbidden'].includes(error.fault);
      const message = messageOf(error);
      if (part.error !== message) log('warn', message);
      catalog.transaction(() => catalog.takeoutParts.setState(part.id, isAway ? 'missing' : 'damaged', message));
    }
    this.#account();
  }

  /** The identity of a part that is as it was read; undefined where it has to be read again. */
  async #identityNow(part: PartRecord, known: PartIdentity): Promise<PartIdentity | undefined> {
    const { threads } = this.#deps;
    if (part.kind === 'folder') {
      const now = await folderIdentity(part, threads);
      return now.directoryCrc === known.directoryCrc && now.size === known.size ? now : undefined;
    }
    const { identity } = await threads.stat(part.path);
    if (identity.size === known.size && identity.mtimeMs === known.mtimeMs) return known;
    const { directory } = await threads.directory(part.path);
    const isSame =
      identity.size === known.size &&
      directory.directoryOffset === known.directoryOffset &&
      directory.directoryCrc === known.directoryCrc;
    return isSame ? { ...known, mtimeMs: identity.mtimeMs } : undefined;
  }

  #photoFolders({ exportName }: PartRecord): readonly string[] {
    const folders = this.#deps.catalog.takeoutParts
      .list()
      .filter((other) => other.exportName === exportName)
      .flatMap(({ counts }) => counts.photoFolders);
    return [...new Set(folders)];
  }

  /** Makes items of what was read. `isLast`: all parts are read, so that words of the language can be learnt. */
  async #settle(signal: AbortSignal, isLast: boolean): Promise<void> {
    const { catalog, clock } = this.#deps;
    const began = clock.now();
    let folders = catalog.takeoutFiles.dirty();
    const left = catalog.takeoutReadings.itemsWithoutFiles();
    if (folders.length > 0 && isLast) {
      for (const exportName of new Set(folders.map((folder) => folder.exportName))) this.#learn(exportName);
      folders = catalog.takeoutFiles.dirty();
    }
    for (const { id, exportName } of folders) {
      if (signal.aborted) return;
      const sizes = await settleFolder(catalog, id, this.#suffixes.get(exportName) ?? []);
      const touched = await settleSizes(catalog, sizes);
      for (const item of catalog.takeoutReadings.allItemsIn(id)) touched.add(item);
      await putItems(touched, this.#putDeps);
      catalog.transaction(() => catalog.takeoutFiles.makeClean(id));
    }
    if (left.length > 0) await putItems(left, this.#putDeps);
    if (folders.length > 0 || left.length > 0 || (isLast && this.#writtenAlbums.size === 0))
      await putItems(await settleAlbums(catalog, this.#writtenAlbums), this.#putDeps);
    this.#nextSettleAt = clock.now() + Math.max(SETTLE_AFTER_MS, 2 * (clock.now() - began));
    this.#account();
    this.#deps.changed();
  }

  /** Other words than before may make other edited versions, in any folder of the export. */
  #learn(exportName: string): void {
    const { catalog } = this.#deps;
    const learner = new SuffixLearner();
    for (const { id } of catalog.takeoutFiles.foldersOf(exportName))
      learner.add(takeoutFolderOf({ files: catalog.takeoutFiles.files(id), json: catalog.takeoutFiles.json(id) }));
    const learnt = learner.suffixes();
    const before = this.#suffixes.get(exportName) ?? [];
    this.#suffixes.set(exportName, learnt);
    if (learnt.join('\0') !== before.join('\0'))
      catalog.transaction(() => catalog.takeoutFiles.makeExportDirty(exportName));
  }

  #account(): void {
    const { catalog } = this.#deps;
    this.#exports = accountExports(catalog.takeoutParts.list(), catalog.takeoutReadings).map(exportStatusOf);
  }
}
