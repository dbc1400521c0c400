import { setImmediate as nextTurn } from 'node:timers/promises';
import type { CatalogWriter } from '../../catalog/catalog-writer.js';
import type { PartIdentity, PartPlan, PartRecord } from '../../catalog/takeout-parts.js';
import { ROWS_A_TRANSACTION } from '../../catalog/transaction-size.js';
import type { Calendar } from '../../library/calendar.js';
import type { Clock } from '../../support/clock.js';
import { ArchiveError } from '../archives/archive-error.js';
import type { ArchiveThreads } from '../archives/archive-threads.js';
import { accountExports } from './export-accounts.js';
import { folderIdentity } from './folder-identity.js';
import { HeadPass } from './head-pass.js';
import { listEntries, readDirectory, type PartDirectory } from './list-entries.js';
import { NoPhotosError } from './no-photos-error.js';
import { Settling } from './settling.js';
import { exportStatusOf, type ExportStatus, type TakeoutStatus } from './takeout-status.js';

export interface TakeoutIndexerDeps {
  readonly catalog: CatalogWriter;
  readonly threads: ArchiveThreads;
  readonly clock: Clock;
  /** Of the profile: times without a zone are read in it. */
  readonly calendar: Calendar;
  readonly log: (level: 'info' | 'warn', message: string) => void;
  /** Called whenever {@link TakeoutIndexer.progress} is another one. */
  readonly changed: () => void;
}

/** Between two looks at parts that are not there. */
const LOOK_AGAIN_MS = 10_000;
/** Between two looks at parts that are well. */
const LOOK_MS = 60_000;

/** Reads the parts of exports into the catalog, and keeps looking whether they are there. Archives are only read. */
export class TakeoutIndexer {
  readonly #deps: TakeoutIndexerDeps;
  readonly #settling: Settling;
  readonly #heads: HeadPass;
  #plans: readonly PartPlan[] = [];
  /** Numbers of the list of parts, and of the last one that was read to its end. */
  #version = 0;
  #doneVersion = 0;
  #exports: readonly ExportStatus[] = [];
  #reading: TakeoutStatus['reading'] = null;
  /** The parts that could be read at the last look, as text. */
  #readable = '';
  #wake: () => void = () => undefined;
  /** A directory that is read before its turn. */
  #ahead: { readonly id: number; readonly directory: Promise<PartDirectory> } | undefined;

  constructor(deps: TakeoutIndexerDeps) {
    this.#deps = deps;
    this.#settling = new Settling({
      ...deps,
      failed: (part, error) => this.#failed(part, error),
      progress: (done, total) => this.#tellSettled(done / total),
    });
    this.#heads = new HeadPass({ ...deps, settling: this.#settling });
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

  /** Runs until the signal aborts. Heads are read between two looks at the parts. */
  async run(signal: AbortSignal): Promise<void> {
    for (;;) {
      const isWell = this.#version === 0 || (await this.update(signal));
      if (signal.aborted) return;
      if (this.#doneVersion !== this.#version) continue;
      const nextLook = new AbortController();
      const rest = this.#sleep(isWell ? LOOK_MS : LOOK_AGAIN_MS, signal).then(() => nextLook.abort());
      try {
        if (this.#version > 0) await this.readHeads(nextLook.signal);
      } catch (error) {
        this.#wake();
        throw error;
      }
      await rest;
    }
  }

  /** Reads the heads of files that were not read yet, after {@link update}. */
  readHeads(stop: AbortSignal): Promise<void> {
    return this.#heads.run(stop);
  }

  /** Reads what is new or has changed, once. True where all parts are well. */
  async update(signal: AbortSignal): Promise<boolean> {
    const { catalog, changed } = this.#deps;
    const version = this.#version;
    this.#ahead = undefined;
    await this.#takeParts(this.#plans);
    const parts = catalog.takeoutParts.list();
    for (const [done, part] of parts.entries()) {
      if (signal.aborted) return false;
      if (part.state === 'new' || part.state === 'reading') this.#tellReading(part.path, done, parts.length);
      await this.#lookAt(part, parts[done + 1], () => this.#tellReading(part.path, done, parts.length));
    }
    const hasChanged = await this.#settling.run(signal);
    if (signal.aborted) return false;
    this.#markReady();
    this.#noteReadable(hasChanged);
    this.#reading = null;
    this.#doneVersion = version;
    this.#account();
    changed();
    return catalog.takeoutParts.list().every(({ state }) => state === 'ready');
  }

  #tellReading(part: string, done: number, total: number): void {
    this.#reading = { part, done, total };
    this.#deps.changed();
  }

  /** Folders are settled across parts: `share` of them counts as that share of the parts. */
  #tellSettled(share: number): void {
    const parts = this.#deps.catalog.takeoutParts.list();
    const done = Math.min(Math.floor(share * parts.length), parts.length - 1);
    this.#reading = { part: parts[done]?.path ?? '', done, total: parts.length, share };
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

  /** Makes the catalog's list of parts that of the profile. */
  async #takeParts(plans: readonly PartPlan[]): Promise<void> {
    const { catalog } = this.#deps;
    const paths = new Set(plans.map(({ path }) => path));
    for (const part of catalog.takeoutParts.list()) {
      if (paths.has(part.path)) continue;
      await this.#takeOut(part);
      catalog.transaction(() => catalog.takeoutParts.remove(part.id));
    }
    catalog.transaction(() => {
      for (const plan of plans) catalog.takeoutParts.add(plan);
    });
  }

  /** Takes what was read of a part out of the catalog. Its items stay until they are settled. */
  async #takeOut({ id }: PartRecord): Promise<void> {
    const { catalog } = this.#deps;
    catalog.transaction(() => {
      catalog.takeoutFiles.makeDirty(id);
      catalog.takeoutParts.setUnlisted(id);
    });
    const takeSome = (): boolean => catalog.transaction(() => catalog.takeoutFiles.takeOut(id, ROWS_A_TRANSACTION));
    while (takeSome()) await nextTurn();
  }

  /** Lists a part that is new or has changed. `onReading` is called before that takes time; `next`: the part looked at after it. */
  async #lookAt(part: PartRecord, next: PartRecord | undefined, onReading: () => void): Promise<void> {
    const { catalog, log } = this.#deps;
    try {
      const found = part.identity === undefined ? undefined : await this.#identityNow(part, part.identity);
      if (found === undefined) {
        onReading();
        // Another file in the place of a part must be a part by itself: else the items of the part stay.
        const photoFolders = part.identity === undefined ? this.#photoFolders(part) : [];
        const directory = await this.#directory(part, next);
        await listEntries(part.id, part, directory, { catalog, photoFolders, takeOut: () => this.#takeOut(part) });
        log('info', `listed ${part.path}`);
      } else if (part.state !== 'ready' || found.mtimeMs !== part.identity?.mtimeMs) {
        catalog.transaction(() => {
          catalog.takeoutParts.moved(part.id, part.path, found);
          catalog.takeoutParts.setState(part.id, 'reading');
          if (catalog.takeoutFiles.hasUnread(part.id)) catalog.takeoutFiles.makeDirty(part.id);
        });
      }
    } catch (error) {
      if (!(error instanceof ArchiveError) && !(error instanceof NoPhotosError)) throw error;
      this.#failed(part, error);
    }
  }

  /** While a directory is written, the thread reads that of the next new part. */
  async #directory(part: PartRecord, next: PartRecord | undefined): Promise<PartDirectory> {
    const { threads } = this.#deps;
    const read = this.#ahead?.id === part.id ? this.#ahead.directory : readDirectory(part, threads);
    this.#ahead = undefined;
    const directory = await read;
    if (next?.state === 'new') {
      this.#ahead = { id: next.id, directory: readDirectory(next, threads) };
      this.#ahead.directory.catch(() => undefined);
    }
    return directory;
  }

  #failed(part: PartRecord, error: ArchiveError | NoPhotosError): void {
    const { catalog, log } = this.#deps;
    const { message } = error;
    if (part.error !== message) log('warn', message);
    const isAway = error instanceof ArchiveError && ['missing', 'silent', 'forbidden'].includes(error.fault);
    catalog.transaction(() => catalog.takeoutParts.setState(part.id, isAway ? 'missing' : 'damaged', message));
  }

  /** All that can be read of the parts was read. */
  #markReady(): void {
    const { catalog } = this.#deps;
    catalog.transaction(() => {
      for (const { id, state } of catalog.takeoutParts.list())
        if (state === 'reading') catalog.takeoutParts.setState(id, 'ready');
    });
  }

  /** Heads are looked for again where files have changed, and where parts are back. */
  #noteReadable(hasChanged: boolean): void {
    const parts = this.#deps.catalog.takeoutParts.list().filter(({ state }) => state === 'ready');
    const readable = JSON.stringify(parts.map(({ id, identity }) => [id, identity]));
    if (hasChanged || readable !== this.#readable) this.#heads.restart();
    this.#readable = readable;
  }

  /** The identity of a part that is as it was listed; undefined where it has to be listed again. */
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

  #account(): void {
    const { catalog } = this.#deps;
    this.#exports = accountExports(catalog.takeoutParts.list(), catalog.takeoutReadings).map(exportStatusOf);
  }
}
