import { openCatalogView } from '../catalog/catalog-view.js';
import type { Rebuilt } from '../catalog/rebuild-catalog.js';
import { ContentStore } from '../content/content-store.js';
import { OfflineGate } from '../remote/media/offline-gate.js';
import { SizeBook } from '../content/size-book.js';
import { bytesOfSources } from '../filesystem/bytes-of-sources.js';
import { ItemGroups } from '../pins/item-groups.js';
import { PinKeeper } from '../pins/pin-keeper.js';
import { PhotoReadAhead } from '../filesystem/photo-read-ahead.js';
import { VideoHeadAhead } from '../filesystem/video-head-ahead.js';
import { createFileSystem } from '../filesystem/create-file-system.js';
import type { FileSystem } from '../filesystem/file-system.js';
import { noticeUse } from '../filesystem/notice-use.js';
import { renderReadme } from '../filesystem/readme-text.js';
import { projectOf } from '../auth/client-file.js';
import type { Credentials } from '../auth/credentials.js';
import type { Problem } from '../library/problem.js';
import { RemoteError } from '../library/remote-error.js';
import type { Source } from '../library/source.js';
import { GOOGLE_LIBRARY_URL } from '../remote/http/endpoint-rules.js';
import { systemClock } from '../support/clock.js';
import type { Logger } from '../support/logger.js';
import { openFileLimit, shareDescriptors } from '../support/open-file-limit.js';
import type { SyncTrouble } from '../sync/trouble.js';
import { defaultCacheLimit } from './cache-limit.js';
import type { DaemonConfig } from './daemon-config.js';
import { LazyRemote } from './lazy-remote.js';
import { openProfileLedger, removeOldPins } from './profile-ledger.js';
import { prepareCatalog } from './prepare-catalog.js';
import { SyncLink } from './sync-link.js';
import type { StatusBoard } from './status-board.js';
import type { StatusDocument } from './status-document.js';
import type { Teardown } from './teardown.js';

export interface LibraryParts {
  readonly config: DaemonConfig;
  readonly env: NodeJS.ProcessEnv;
  /** Those that bring items to the profile. */
  readonly sources: readonly Source[];
  /** Undefined where no source needs an account. Then nothing asks Google, and nothing is synced. */
  readonly credentials: Credentials | undefined;
  readonly log: Logger;
  readonly board: StatusBoard;
  readonly teardown: Teardown;
  /** Called now and then while the start takes longer than usual. */
  readonly onBusy: () => void;
}

/** The mounted file system, and the parts that keep it up to date. */
export interface OpenLibrary {
  readonly content: Pick<ContentStore, 'stats' | 'clear'>;
  readonly pins: PinKeeper;
  readonly fileSystem: FileSystem;
  startSync(): void;
  /** Uses a new sign-in, and syncs at once. Rejects with RemoteError if Google refuses it. */
  reloadSignIn(): Promise<void>;
  /** The network or the clock changed: polls at once, and asks hosts again that were gone. */
  environmentChanged(): void;
  /** Uses the limits, intervals and reserve of another configuration. */
  configure(config: DaemonConfig): Promise<void>;
  /** As `SyncLink.isWell`: whether the thread that writes the catalog answers. */
  isWell(ms: number): Promise<boolean>;
  /** As `SyncService.syncNow`. */
  syncNow(wanted: { readonly full: boolean; readonly acceptRemovals: boolean }): Promise<SyncTrouble | undefined>;
}

/** Codes of problems with the size of an item. */
const SIZE_TROUBLES: ReadonlySet<string> = new Set(['size-unknown', 'size-later']);
/** The file system reports these too, with the name of the file. */
const REPORTED_BY_NAME: ReadonlySet<string> = new Set(['content-failed', 'content-later']);
/** Problems that are over when they are reported. */
const NOTICES: ReadonlySet<string> = new Set(['item-changed']);

/** Nothing can be written into a mount yet. */
export const READ_ONLY = true;

/** Most bytes that are prefetched at once; an eighth of a smaller cache. */
const PHOTOS_AHEAD_BYTES = 33_554_432;

/** Opens catalog, cache and views of a profile. Asks Google nothing; UserError where a file will not do. */
export async function openLibrary(parts: LibraryParts): Promise<OpenLibrary> {
  const { config, credentials, log, board, teardown } = parts;
  const { paths } = config;
  const report = (problem: Problem, subject = ''): void => {
    log.log('warn', `${problem.code}: ${problem.message}`);
    board.add({ ...problem, subject });
    if (NOTICES.has(problem.code)) board.resolve(({ code }) => code === problem.code);
  };

  const { ledger, calendar } = await openProfileLedger(config, log);
  teardown.add('closing the ledger', 1000, () => ledger.close());
  if (ledger.fault !== undefined) {
    const { message, hint } = ledger.fault;
    report({ code: 'ledger', message, hint });
  }
  board.sources.timeZone = () => calendar.zone;

  // Makes or migrates the file. From then on the sync worker alone writes.
  const rebuilt = await prepareCatalog(paths.catalogFile, {
    log,
    onBusy: parts.onBusy,
    reserve: config.quotaReserve,
    timeZone: calendar.zone,
  });
  if (rebuilt !== undefined) report(rebuiltReport(rebuilt));
  const catalog = openCatalogView(paths.catalogFile, {
    showArchived: config.showArchived,
    calendar,
    onDamage: ({ message, hint }) => report({ code: 'catalog-damaged', message, hint }),
  });
  teardown.add('closing the catalog', 1000, () => catalog.close());

  const remote = new LazyRemote(async () => {
    if (credentials === undefined) throw new RemoteError('signed-out', 'No source of this profile needs an account.');
    const { makeRemoteParts } = await import('./remote-parts.js');
    return makeRemoteParts({
      credentials,
      configDir: paths.configDir,
      profile: config.profile,
      libraryUrl: libraryUrl(parts.env),
      env: parts.env,
      clock: systemClock,
      random: Math.random,
      onRequest: (kind) => link.countRequest(kind),
      report: (message) => log.log('warn', message),
      neighbours: (id, limit) => catalog.neighbours(id, limit),
      onSignIn: (state) => {
        if (!board.signedIn(state)) return;
        const { signIn } = board.document();
        if (signIn.message !== null) log.log('error', signIn.message);
      },
      caFile: config.caFile,
    });
  });
  teardown.add('closing connections', 2000, () => remote.close());

  const link = new SyncLink({
    config,
    libraryUrl: libraryUrl(parts.env),
    timeZone: calendar.zone,
    project: credentials === undefined ? undefined : projectOf(credentials.clientId),
    token: remote.token,
    clock: systemClock,
    log,
    board,
    onCommitted: (ids) => sizes.committed(ids),
    onListed: (items) => remote.learn(items),
  });

  teardown.add('ending the sync', 8000, () => {
    // A change seen just now must survive the restart.
    sizes.flush();
    return link.stop();
  });

  // One gate for both, so that what one learns about the network also counts for the other.
  const source = new OfflineGate(remote, systemClock);
  const sizes = new SizeBook({
    source,
    clock: systemClock,
    onMeasured: (batch) => {
      const ids = new Set<string>(batch.map(({ id }) => id));
      for (const id of ids) board.dropUnmeasurable(id);
      board.resolve(({ code, subject }) => SIZE_TROUBLES.has(code) && ids.has(subject));
      link.commitSizes(batch);
    },
    onFailure: (ref, error) => board.addUnmeasurable(ref, error.message),
  });
  const content = new ContentStore({
    source,
    sizes,
    clock: systemClock,
    folder: paths.cacheDir,
    maxBytes: config.cacheMaxBytes ?? (await defaultCacheLimit(paths.cacheDir)),
    maxAgeMs: config.cacheMaxAgeMs,
    openFiles: shareDescriptors(openFileLimit()).cacheFiles,
    report: (problem) => {
      if (REPORTED_BY_NAME.has(problem.code)) log.log('debug', `${problem.code}: ${problem.message}`);
      else report(problem);
    },
  });
  board.sources.counts = () => catalog.counts();
  board.sources.waits = () => remote.waits();
  board.sources.cache = () => {
    const { bytes, limit } = content.stats();
    return { bytes, limit };
  };
  const { root, nestedAlbums } = config;
  const live = { reserve: config.quotaReserve };
  const mayFetch = (): boolean => {
    const { used, limit } = board.document().quota.media;
    return used < limit * (1 - live.reserve);
  };
  const pins = new PinKeeper({
    groups: new ItemGroups({ catalog, root, nestedAlbums }),
    bytes: content,
    sizes,
    revision: () => catalog.revision(),
    list: ledger.pins,
    durable: () => ledger.durable(),
    mayFetch,
    clock: systemClock,
    report,
  });
  teardown.add('ending background downloads', 2000, () => pins.stop());
  const fileSystem = createFileSystem({
    catalog,
    sizes,
    content: bytesOfSources({ app: content }),
    readAhead: new PhotoReadAhead({
      catalog,
      bytes: content,
      sizes,
      mayFetch,
      mostBytes: Math.min(PHOTOS_AHEAD_BYTES, content.stats().limit / 8),
      clock: systemClock,
    }),
    videoHeads: new VideoHeadAhead({ catalog, bytes: content, sizes, mayFetch, clock: systemClock }),
    documents: {
      readme: () => renderReadme(readmeFacts(parts, board.document())),
      status: () => `${JSON.stringify(board.document(), null, 2)}\n`,
    },
    readOnly: READ_ONLY,
    ownership: config.ownership,
    root: config.root,
    nestedAlbums: config.nestedAlbums,
    attrTimeoutMs: config.attrTimeoutMs,
    clock: systemClock,
    report,
    recovered: (id) => board.resolve(({ subject }) => subject === id),
  });
  // Last: a start that is refused for its root leaves no cache behind.
  await content.run();
  teardown.add('closing the cache', 5000, () => content.stop());
  return {
    fileSystem: noticeUse(fileSystem, () => link.used(systemClock.now())),
    content,
    pins,
    startSync: () => {
      removeOldPins(ledger, paths.dataDir);
      if (credentials !== undefined) void link.run();
      void pins.run();
    },
    reloadSignIn: async () => {
      if (credentials === undefined) return;
      await remote.reloadSignIn();
      void link.syncNow({ full: false, acceptRemovals: false });
    },
    environmentChanged: () => {
      remote.renewConnections();
      source.networkChanged();
      link.environmentChanged();
    },
    configure: async (next) => {
      live.reserve = next.quotaReserve;
      const maxBytes = next.cacheMaxBytes ?? (await defaultCacheLimit(paths.cacheDir));
      content.setLimits({ maxBytes, maxAgeMs: next.cacheMaxAgeMs });
      link.configure(next);
    },
    isWell: (ms) => link.isWell(ms),
    syncNow: (wanted) => (credentials === undefined ? Promise.resolve(undefined) : link.syncNow(wanted)),
  };
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

const libraryUrl = (env: NodeJS.ProcessEnv): string => env['GPHOTOS_LIBRARY_URL'] ?? GOOGLE_LIBRARY_URL;

function readmeFacts({ config, sources }: LibraryParts, status: StatusDocument): Parameters<typeof renderReadme>[0] {
  const { sync, catalog } = status;
  return {
    profile: config.profile,
    sources: sources.map(({ name }) => name),
    readOnly: READ_ONLY,
    showArchived: config.showArchived,
    timeZone: status.timeZone,
    counts: catalog,
    firstSyncDone: sync.firstSyncDone,
    lastSuccess: sync.lastSuccess === null ? undefined : Date.parse(sync.lastSuccess),
    lastError: sync.lastError?.message,
    signIn: status.signIn,
    problems: status.errors.filter(({ resolvedAt }) => resolvedAt === null),
  };
}
