import { openCatalogView } from '../catalog/catalog-view.js';
import type { Rebuilt } from '../catalog/rebuild-catalog.js';
import type { ContentStore } from '../content/content-store.js';
import type { PickKeeper } from '../picker/pick-keeper.js';
import type { PinKeeper } from '../pins/pin-keeper.js';
import type { FileSystem } from '../filesystem/file-system.js';
import { noticeUse } from '../filesystem/notice-use.js';
import type { Problem } from '../library/problem.js';
import { systemClock } from '../support/clock.js';
import { GiveWay } from '../support/give-way.js';
import type { SyncTrouble } from '../sync/trouble.js';
import { defaultCacheLimit } from './cache-limit.js';
import type { PickTarget } from './pick-requests.js';
import type { DaemonConfig } from './daemon-config.js';
import type { LibraryParts } from './library-parts.js';
import { openBytes, type OpenBytes } from './open-bytes.js';
import { openPicks } from './open-picks.js';
import { forgetPicked } from './forget-picked.js';
import { openView } from './open-view.js';
import { openTakeouts, type OpenTakeouts } from './open-takeouts.js';
import { openProfileLedger, removeOldPins } from './profile-ledger.js';
import { prepareCatalog } from './prepare-catalog.js';

/** The mounted file system, and the parts that keep it up to date. */
export interface OpenLibrary {
  readonly content: Pick<ContentStore, 'stats' | 'clear'>;
  readonly pins: PinKeeper;
  readonly takeouts: Pick<OpenTakeouts, 'add' | 'remove'>;
  readonly picks: PickKeeper;
  /** Resolves to the number of picked items that are removed. UserError where there are none. */
  forgetPicked(target: PickTarget): Promise<number>;
  readonly fileSystem: FileSystem;
  /** Starts the thread that writes the catalog. */
  startWriter(): void;
  startSync(): void;
  /** Uses a new sign-in, or the first one, and syncs at once. Rejects with RemoteError if Google refuses it. */
  reloadSignIn(): Promise<void>;
  /** The network or the clock changed: polls at once, and asks hosts again that were gone. */
  environmentChanged(): void;
  /** Uses the limits, intervals and reserve of another configuration. */
  configure(config: DaemonConfig): Promise<void>;
  /** As `WriterLink.isWell`: whether the thread that writes the catalog answers. */
  isWell(ms: number): Promise<boolean>;
  /** As `SyncLink.syncNow`. */
  syncNow(wanted: { readonly full: boolean; readonly acceptRemovals: boolean }): Promise<SyncTrouble | undefined>;
}

/** Problems that are over when they are reported. */
const NOTICES: ReadonlySet<string> = new Set(['item-changed']);

/** Opens catalog, cache and views of a profile. Asks Google nothing; UserError where a file will not do. */
export async function openLibrary(parts: LibraryParts): Promise<OpenLibrary> {
  const { config, signIn, log, board, teardown } = parts;
  const { paths } = config;
  const report = reporter(parts);
  const { ledger, calendar } = await openProfileLedger(config, log);
  teardown.add('closing the ledger', 1000, () => ledger.close());
  if (ledger.fault !== undefined) {
    const { message, hint } = ledger.fault;
    report({ code: 'ledger', message, hint });
  }
  board.sources.timeZone = () => calendar.zone;

  // Makes or migrates the file. From then on the writer thread alone writes.
  const rebuilt = await prepareCatalog(paths.catalogFile, {
    log,
    onBusy: parts.onBusy,
    reserve: config.quotaReserve,
    timeZone: calendar.zone,
  });
  if (rebuilt !== undefined) report(rebuiltReport(rebuilt));
  const { showArchived, showTrashed, showLocked } = config;
  const catalog = openCatalogView(paths.catalogFile, {
    ...{ showArchived, showTrashed, showLocked, calendar },
    onDamage: ({ message, hint }) => report({ code: 'catalog-damaged', message, hint }),
  });
  teardown.add('closing the catalog', 1000, () => catalog.close());

  const takeouts = openTakeouts(parts, catalog, ledger);
  const bytes = await openBytes(parts, catalog, calendar.zone, report, takeouts);
  const { remote, content, link } = bytes;
  const takeoutLink = link.takeouts(ledger.takeout);
  takeoutLink.follow(takeouts);
  const pickedLink = link.picked(ledger.picks);
  const giveWay = new GiveWay(systemClock);
  const picks = openPicks(parts, ledger, pickedLink, { picker: () => remote.picker(), giveWay });
  board.sources.counts = () => catalog.counts();
  board.sources.waits = () => remote.waits();
  board.sources.cache = () => {
    const { bytes, limit } = content.stats();
    return { bytes, limit };
  };
  const live = { reserve: config.quotaReserve };
  const mayFetch = (): boolean => {
    const { used, limit } = board.document().quota.media;
    return used < limit * (1 - live.reserve);
  };
  const { fileSystem, pins } = openView(parts, { catalog, ledger, bytes, takeouts, picks, report, mayFetch });
  // Last: a start that is refused for its root leaves no cache behind.
  await content.run();
  teardown.add('closing the cache', 5000, () => content.stop());
  return {
    fileSystem: noticeUse(fileSystem, { used: () => link.used(systemClock.now()), waits: () => giveWay.enter() }),
    content,
    pins,
    takeouts,
    picks: picks.keeper,
    forgetPicked: (target) => forgetPicked(target, { keeper: picks.keeper, catalog, ...config }),
    startWriter: () => link.run(),
    startSync: () => {
      removeOldPins(ledger, paths.dataDir);
      if (signIn.credentials !== undefined) link.startSync();
      takeoutLink.start();
      pickedLink.start();
      picks.keeper.run();
      void pins.run();
    },
    reloadSignIn: () => reloadSignIn(parts, bytes).finally(() => picks.keeper.environmentChanged({ signIn: true })),
    environmentChanged: () => {
      bytes.networkChanged();
      picks.keeper.environmentChanged();
    },
    configure: (next) => {
      live.reserve = next.quotaReserve;
      return configure(bytes, next);
    },
    isWell: (ms) => link.isWell(ms),
    syncNow: (wanted) => (signIn.credentials === undefined ? Promise.resolve(undefined) : link.syncNow(wanted)),
  };
}

function reporter({ log, board }: LibraryParts): (problem: Problem, subject?: string) => void {
  return (problem, subject = '') => {
    log.log('warn', `${problem.code}: ${problem.message}`);
    board.add({ ...problem, subject });
    if (NOTICES.has(problem.code)) board.resolve(({ code }) => code === problem.code);
  };
}

async function configure({ content, link }: OpenBytes, next: DaemonConfig): Promise<void> {
  const maxBytes = next.cacheMaxBytes ?? (await defaultCacheLimit(next.paths.cacheDir));
  content.setLimits({ maxBytes, maxAgeMs: next.cacheMaxAgeMs });
  link.configure(next);
}

/** Begins to sync where this is the first sign-in of a profile that had Takeouts alone. */
async function reloadSignIn({ signIn, board }: LibraryParts, { remote, link }: OpenBytes): Promise<void> {
  const isFirst = await signIn.takeUpFirst();
  if (signIn.credentials === undefined) return;
  if (isFirst) {
    board.useSources(signIn.sources);
    link.startSync();
  }
  await remote.reloadSignIn();
  if (!isFirst) void link.syncNow({ full: false, acceptRemovals: false });
}

function rebuiltReport({ items, albums, keptAs }: Rebuilt): Problem {
  return {
    code: 'catalog-rebuilt',
    message: `The catalog was damaged and a new one was made: ${items} items and ${albums} albums kept their names.`,
    hint:
      'The rest is read again from Google after midnight Pacific time, or at once with a smaller --quota-reserve. ' +
      `The damaged file is kept as ${keptAs}; it may be deleted.`,
  };
}
