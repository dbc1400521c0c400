import { projectOf } from '../auth/client-file.js';
import type { CatalogView } from '../catalog/records.js';
import { ContentStore } from '../content/content-store.js';
import { SizeBook } from '../content/size-book.js';
import { routedSource } from '../library/routed-source.js';
import type { Problem } from '../library/problem.js';
import type { QuotaKind } from '../library/quota.js';
import { RemoteError } from '../library/remote-error.js';
import { GOOGLE_LIBRARY_URL } from '../remote/http/endpoint-rules.js';
import { OfflineGate } from '../remote/media/offline-gate.js';
import { systemClock } from '../support/clock.js';
import { openFileLimit, shareDescriptors } from '../support/open-file-limit.js';
import { defaultCacheLimit } from './cache-limit.js';
import { LazyRemote } from './lazy-remote.js';
import type { LibraryParts } from './library-parts.js';
import type { OpenTakeouts } from './open-takeouts.js';
import { WriterLink } from './writer-link.js';

/** Codes of problems with the size of an item. */
const SIZE_TROUBLES: ReadonlySet<string> = new Set(['size-unknown', 'size-later']);
/** The file system reports these too, with the name of the file. */
const REPORTED_BY_NAME: ReadonlySet<string> = new Set(['content-failed', 'content-later']);

/** What brings the bytes of items here, and what is learnt of them into the catalog. */
export interface OpenBytes {
  readonly remote: LazyRemote;
  readonly sizes: SizeBook;
  readonly content: ContentStore;
  readonly link: WriterLink;
  /** Asks hosts again that were gone, by new connections, and polls. */
  networkChanged(): void;
}

/** Makes the way from Google to the cache, and the link to the writer thread. Asks and starts nothing. */
export async function openBytes(
  parts: LibraryParts,
  catalog: CatalogView,
  timeZone: string,
  report: (problem: Problem) => void,
  takeouts: Pick<OpenTakeouts, 'deflated'>,
): Promise<OpenBytes> {
  const { config, log, board } = parts;
  const { paths } = config;
  const remote = openRemote(parts, catalog, (kind) => link.countRequest(kind));
  const link = openLink(parts, timeZone, remote, () => sizes);
  // One gate for both, so that what one learns about the network also counts for the other.
  const source = new OfflineGate(remote, systemClock);
  const all = routedSource(source, { takeout: takeouts.deflated });
  const sizes: SizeBook = new SizeBook({
    source: all,
    clock: systemClock,
    onMeasured: (batch) => {
      const ids = new Set<string>(batch.map(({ id }) => id));
      for (const id of ids) board.dropUnmeasurable(id);
      board.resolve(({ code, subject }) => SIZE_TROUBLES.has(code) && ids.has(subject));
      link.commitSizes(batch);
    },
    onFailure: (ref, error) => board.addUnmeasurable(ref, error.message),
    contacts: () => content.contacts,
  });
  const content: ContentStore = new ContentStore({
    source: all,
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
  const networkChanged = (): void => {
    remote.renewConnections();
    source.networkChanged();
    link.environmentChanged();
  };
  return { remote, sizes, content, link, networkChanged };
}

function openRemote(
  { config, signIn, env, log, board, teardown }: LibraryParts,
  catalog: CatalogView,
  onRequest: (kind: QuotaKind) => void,
): LazyRemote {
  const remote = new LazyRemote(async () => {
    const { credentials } = signIn;
    if (credentials === undefined) throw new RemoteError('signed-out', 'No source of this profile needs an account.');
    const { makeRemoteParts } = await import('./remote-parts.js');
    return makeRemoteParts({
      credentials,
      configDir: config.paths.configDir,
      profile: config.profile,
      libraryUrl: libraryUrl(env),
      env,
      clock: systemClock,
      random: Math.random,
      onRequest,
      report: (message) => log.log('warn', message),
      neighbours: (id, limit) => catalog.neighbours(id, limit),
      onSignIn: (state) => {
        if (!board.signedIn(state)) return;
        const { message } = board.document().signIn;
        if (message !== null) log.log('error', message);
      },
      caFile: config.caFile,
    });
  });
  teardown.add('closing connections', 2000, () => remote.close());
  return remote;
}

function openLink(
  { config, signIn, env, log, board, teardown }: LibraryParts,
  timeZone: string,
  remote: LazyRemote,
  sizes: () => SizeBook,
): WriterLink {
  const link = new WriterLink({
    config,
    libraryUrl: libraryUrl(env),
    timeZone,
    get project() {
      return signIn.credentials === undefined ? undefined : projectOf(signIn.credentials.clientId);
    },
    token: remote.token,
    clock: systemClock,
    log,
    board,
    onCommitted: (ids) => sizes().committed(ids),
    onListed: (items) => remote.learn(items),
  });

  teardown.addThreads('ending the writer thread', 8000, () => {
    // A change seen just now must survive the restart.
    sizes().flush();
    return link.stop();
  });
  return link;
}

const libraryUrl = (env: NodeJS.ProcessEnv): string => env['GPHOTOS_LIBRARY_URL'] ?? GOOGLE_LIBRARY_URL;
