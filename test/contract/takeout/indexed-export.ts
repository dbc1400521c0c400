import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openCatalogView } from '../../../src/catalog/catalog-view.js';
import { openCatalogWriter, type CatalogWriter } from '../../../src/catalog/catalog-writer.js';
import type { ItemDetails, ItemRecord } from '../../../src/catalog/records.js';
import { UTC, type Calendar } from '../../../src/library/calendar.js';
import type { ItemSelection } from '../../../src/library/item-selection.js';
import { systemClock } from '../../../src/support/clock.js';
import { treeNames } from '../../../src/sync/tree-names.js';
import { ArchiveThreads, type ReadPiece, type ReadRequest } from '../../../src/takeout/archives/archive-threads.js';
import { TakeoutIndexer } from '../../../src/takeout/indexing/takeout-indexer.js';
import type { WrittenExport } from '../../takeout/builder/write-export.js';

/** Counts the reads of files: nothing else but heads is read that way while an export is indexed. */
export class CountingThreads extends ArchiveThreads {
  readonly reads: ReadRequest[] = [];
  /** Called before each read. */
  onRead: () => void = () => undefined;
  /** Called before json files are read, of each part and folder. */
  onJson: () => void = () => undefined;

  override read(request: ReadRequest): Promise<ReadPiece> {
    this.onRead();
    this.reads.push(request);
    return super.read(request);
  }

  override readJson(...asked: Parameters<ArchiveThreads['readJson']>): ReturnType<ArchiveThreads['readJson']> {
    this.onJson();
    return super.readJson(...asked);
  }
}

/** What a reader finds in the catalog. */
export interface Shown {
  readonly names: (selection?: ItemSelection) => string[];
  readonly item: (name: string) => ItemRecord;
  readonly details: (name: string) => ItemDetails;
  readonly cameras: () => Readonly<Record<string, string[]>>;
  readonly album: (title: string) => string[];
  /** Names of all albums, with their rows. */
  readonly albums: () => Readonly<Record<string, number>>;
}

/** A run of the program on a profile: its own connection and threads. */
export interface IndexerRun {
  readonly indexer: TakeoutIndexer;
  readonly threads: CountingThreads;
  readonly catalog: CatalogWriter;
  /** Reads the heads that are left, all or until the signal aborts. Resolves to the number of reads that it took. */
  readonly readHeads: (stop?: AbortSignal) => Promise<number>;
}

export interface IndexedProfile {
  readonly folder: string;
  /** The catalog. */
  readonly file: string;
  /** Indexes the parts, reads no head, and works on. `before` gets the catalog before it is written to. */
  readonly run: <T>(
    written: readonly WrittenExport[],
    work: (run: IndexerRun) => Promise<T>,
    options?: {
      readonly calendar?: Calendar;
      readonly before?: (catalog: CatalogWriter) => void;
      readonly onJson?: () => void;
    },
  ) => Promise<T>;
  readonly look: <T>(work: (shown: Shown) => T) => T;
}

/** A catalog file of its own, in a folder for exports. */
export async function withIndexedProfile(
  work: (profile: IndexedProfile) => Promise<void>,
  calendar: Calendar = UTC,
): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'takeout-heads-'));
  const file = join(folder, 'catalog.db');
  try {
    await work({
      ...{ folder, file },
      run: async (written, useRun, { calendar: zone = calendar, before, onJson = () => undefined } = {}) => {
        const catalog = openCatalogWriter(file, { names: treeNames, calendar: zone });
        before?.(catalog);
        const threads = new CountingThreads({ clock: systemClock });
        threads.onJson = onJson;
        try {
          const deps = { catalog, threads, calendar: zone, clock: systemClock };
          const indexer = new TakeoutIndexer({ ...deps, log: () => undefined, changed: () => undefined });
          indexer.setParts(written.flatMap(plansOf), 1);
          await indexer.update(new AbortController().signal);
          return await useRun({
            ...{ indexer, threads, catalog },
            readHeads: async (stop = new AbortController().signal) => {
              const before = threads.reads.length;
              await indexer.readHeads(stop);
              return threads.reads.length - before;
            },
          });
        } finally {
          await threads.close();
          catalog.close();
        }
      },
      look: (look) => {
        const view = openCatalogView(file, { showArchived: true, calendar });
        try {
          return look(shownIn(view));
        } finally {
          view.close();
        }
      },
    });
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function shownIn(view: ReturnType<typeof openCatalogView>): Shown {
  const names = (selection: ItemSelection = { by: 'all' }): string[] =>
    view.listItems(selection).map(({ name }) => name);
  const item = (name: string): ItemRecord => {
    const found = view.findItem({ by: 'all' }, name);
    if (found === undefined) throw new Error(`no item ${name} among ${names().join(', ')}`);
    return found;
  };
  return {
    names,
    item,
    details: (name) => {
      const details = view.details(item(name).rowId);
      if (details === undefined) throw new Error(`no details of ${name}`);
      return details;
    },
    cameras: () =>
      Object.fromEntries(
        view.cameras().map(({ rowId, name }) => [name, names({ by: 'camera', cameraRowId: rowId }).sort()]),
      ),
    albums: () => Object.fromEntries(view.albums().map(({ name, rowId }) => [name, rowId])),
    album: (title) => names({ by: 'album', albumRowId: view.albumByName(title)?.rowId ?? 0 }),
  };
}

function plansOf({ name, parts }: WrittenExport) {
  const stamp = name.slice(name.indexOf('-') + 1);
  return parts.map(({ file }) => {
    const kind = file.endsWith('.zip') ? ('zip' as const) : ('folder' as const);
    return { path: file, kind, exportName: name, stamp };
  });
}
