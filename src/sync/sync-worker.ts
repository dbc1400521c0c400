import { setMaxListeners } from 'node:events';
import { isMainThread, parentPort, workerData, type MessagePort } from 'node:worker_threads';
import { openCatalogWriter } from '../catalog/catalog-writer.js';
import { createHttp } from '../remote/http/http.js';
import { GOOGLE_LIBRARY_URL } from '../remote/http/endpoint-rules.js';
import { createMediaSource } from '../remote/media/google-media-source.js';
import { createRemoteLibrary } from '../remote/library/google-library.js';
import { calendarOf } from '../library/calendar.js';
import { listedBaseUrlOf, type MediaId } from '../library/media-item.js';
import type { QuotaKind } from '../library/quota.js';
import { systemClock as clock } from '../support/clock.js';
import { giveMemoryBackAtRest } from '../support/memory-at-rest.js';
import { messageOf } from '../support/message-of.js';
import { openFileLimit, shareDescriptors } from '../support/open-file-limit.js';
import { nextQuotaReset, quotaDay } from '../support/quota-day.js';
import { ExitCode, UserError } from '../support/user-error.js';
import { Budget } from './budget.js';
import { RateMeter } from './rate-meter.js';
import { Measurer } from './measurer.js';
import { PortTokens } from './port-tokens.js';
import { SyncEngine } from './sync-engine.js';
import { plainUserError, type FromSyncWorker, type SyncWorkerData, type ToSyncWorker } from './sync-messages.js';
import type { SyncStatus } from './sync-status.js';
import { treeNames } from './tree-names.js';
import { nothingHeldTrouble, type SyncTrouble } from './trouble.js';

/** Milliseconds between two reports of counters to the main thread and the catalog. */
const PULSE = 500;

/** The client tries only twice: longer retries are the engine's, which reports them in status. */
const RETRY_LIMITS = { tries: 2, deadlineMs: 10_000 };

if (!isMainThread && parentPort !== null) {
  try {
    work(parentPort, workerData as SyncWorkerData);
  } catch (error) {
    send(parentPort, { type: 'failed', error: plainUserError(error, ExitCode.internal) });
    parentPort.close();
  }
}

function send(port: MessagePort, message: FromSyncWorker): void {
  port.postMessage(message);
}

function catalogTrouble(error: unknown): SyncTrouble {
  const text = messageOf(error);
  const hint = error instanceof UserError ? error.hint : 'Check the free space on the disk of the catalog.';
  return { code: 'catalog', message: `The catalog could not be written: ${text}`, hint, at: clock.now() };
}

function rounded(value: number | undefined): number | undefined {
  return value === undefined ? undefined : Math.round(value);
}

/** Connects the parts of the thread and runs them until a `stop` message. */
function work(port: MessagePort, data: SyncWorkerData): void {
  const post = (message: FromSyncWorker): void => {
    send(port, message);
  };
  const catalog = openCatalogWriter(data.catalogFile, { names: treeNames, calendar: calendarOf(data.timeZone) });
  // The engine and the budget look at it each time, so that a reload reaches them.
  const settings = {
    ...data,
    hourOf: (now: number): number | undefined =>
      // Stretched full passes begin at night.
      settings.stretchFullPasses ? new Date(now).getHours() : undefined,
  };
  const calendar = { day: quotaDay, nextReset: nextQuotaReset };
  const budget = new Budget({
    catalog,
    calendar,
    now: () => clock.now(),
    get reserve() {
      return settings.reserve;
    },
  });
  const tokens = new PortTokens(clock, (id, refused) => {
    post({ type: 'token-request', id, refused });
  });
  const { syncConnections: places } = shareDescriptors(openFileLimit());
  const http = createHttp({
    route: { env: process.env, caFile: data.caFile },
    perHost: { foreground: places, 'read-ahead': places, background: places },
  });
  const random = Math.random;
  const baseUrl = data.libraryUrl ?? GOOGLE_LIBRARY_URL;
  const onRequest = (kind: QuotaKind): void => {
    budget.spend(kind);
  };
  const library = createRemoteLibrary({
    baseUrl,
    token: tokens.source,
    http,
    project: data.project,
    clock,
    random,
    onRequest,
    priority: 'background',
    retryLimits: RETRY_LIMITS,
    report: (message) => {
      post({ type: 'log', level: 'warn', message });
    },
  });
  const retryLimits = { foreground: RETRY_LIMITS, 'read-ahead': RETRY_LIMITS, background: RETRY_LIMITS };
  // Base URLs of the items measured next: a batch of fifty costs the same as one.
  const neighbours = (_id: MediaId, limit: number): MediaId[] =>
    catalog.sizes.worklist(limit, clock.now()).map(({ id }) => id);
  const media = createMediaSource({ library, baseUrl, http, clock, random, onRequest, retryLimits, neighbours });
  const changed = (): void => {
    post({ type: 'changed' });
    measurer.wake();
  };
  const trouble = (entry: SyncTrouble): void => {
    post({ type: 'trouble', trouble: entry });
  };
  const measurer = new Measurer({ catalog, media, budget, clock, random, changed, trouble });
  const engine = new SyncEngine(
    {
      library,
      catalog,
      budget,
      clock,
      random,
      changed,
      trouble,
      allowOneRequest: () => {
        library.allowOneRequest();
      },
      learn: (items) => {
        media.learn(items);
        // Without descriptions and names, so that the main thread spends little time on a page.
        post({ type: 'listed', items: items.map(listedBaseUrlOf) });
      },
      statusChanged: () => {
        post({ type: 'status', status: status() });
      },
    },
    settings,
  );
  const rate = new RateMeter();
  const pageRate = new RateMeter();

  function status(): SyncStatus {
    const number = (key: string): number | undefined => {
      const text = catalog.state.get(key);
      return text === undefined ? undefined : Number(text);
    };
    const counts = catalog.counts();
    const firstSyncDone = catalog.state.get('first.done') !== undefined;
    const [items, albums] = (catalog.state.get('held.count') ?? '').split(' ').map(Number);
    const remainingWork = firstSyncDone ? undefined : engine.remainingWork();
    const pagesPerSecond = firstSyncDone ? undefined : pageRate.perSecond(clock.now(), catalog.state.pagesRead());
    const isFull = !budget.allows('api') || !budget.allows('media');
    return {
      ...counts,
      phase: engine.phase,
      firstSyncDone,
      heldBack: items === undefined || albums === undefined ? undefined : { items, albums },
      itemsPerSecond: firstSyncDone ? undefined : rounded(rate.perSecond(clock.now(), counts.sources.app)),
      itemsLeft: remainingWork?.items,
      secondsLeft: remainingWork && pagesPerSecond ? Math.round(remainingWork.pages / pagesPerSecond) : undefined,
      backgroundResumesAt: isFull ? budget.nextReset() : undefined,
      lastSuccess: number('success.last'),
      lastFullPass: number('full.last'),
      fullPassShare: engine.passShare,
      lastError: engine.lastError,
      waitingUntil: engine.waitingUntil,
      measuringPaused: measurer.paused,
      measuringResumesAt: measurer.resumesAt,
      quotaUsed: budget.used(),
      reserve: settings.reserve,
    };
  }

  let last = '';
  const pulse = setInterval(() => {
    const now = status();
    const text = JSON.stringify(now);
    if (text === last) return;
    last = text;
    post({ type: 'status', status: now });
  }, PULSE);

  const answer = async ({
    full,
    acceptRemovals,
  }: ToSyncWorker & { type: 'sync-now' }): Promise<SyncTrouble | undefined> => {
    if (acceptRemovals && !engine.acceptRemovals()) return nothingHeldTrouble(clock.now());
    measurer.wake();
    return engine.syncNow({ full: full || acceptRemovals });
  };
  const stopping = new AbortController();
  // Every request under way listens to it; Node would warn of a leak at eleven.
  setMaxListeners(0, stopping.signal);
  const handle = (message: ToSyncWorker): void => {
    switch (message.type) {
      case 'token':
        tokens.arrived(message.id, message.token);
        break;
      case 'token-failed':
        tokens.failed(message.id, message.error);
        break;
      case 'sizes':
        catalog.transaction(() => {
          catalog.sizes.put(message.sizes);
        });
        post({ type: 'sizes-committed', mediaIds: message.sizes.map(({ mediaId }) => mediaId) });
        post({ type: 'changed' });
        break;
      case 'counts':
        budget.spend('api', message.counts.api);
        budget.spend('media', message.counts.media);
        budget.flush();
        break;
      case 'sync-now':
        // A failure of the catalog is answered like any other failure of the sync.
        void answer(message)
          .catch((error: unknown) => catalogTrouble(error))
          .then((done) => {
            post({ type: 'sync-done', id: message.id, trouble: done });
          });
        break;
      case 'used':
        engine.used();
        break;
      case 'environment-changed':
        // Requests under way may wait on dead connections, and would delay the poll.
        http.renewConnections({ breakOff: true });
        engine.environmentChanged();
        measurer.wake();
        break;
      case 'configure':
        Object.assign(settings, message.settings);
        break;
      case 'ask-alive':
        post({ type: 'alive' });
        break;
      case 'stop':
        stopping.abort(new Error('the program ends'));
    }
  };
  port.on('message', (message: ToSyncWorker) => {
    try {
      handle(message);
    } catch (error) {
      // A full disk must not end the thread: sizes stay in the main thread's overlay until they are acknowledged.
      trouble(catalogTrouble(error));
    }
  });
  post({ type: 'ready', status: status() });

  const endMemoryWatch = giveMemoryBackAtRest(() => {
    catalog.freeMemory();
    // Everything is measured: the base URLs are not needed any more.
    media.forget();
  });
  const loops = [engine.run(stopping.signal)];
  if (data.measureInBackground) loops.push(measurer.run(stopping.signal));
  void Promise.all(loops)
    .then(async () => {
      clearInterval(pulse);
      endMemoryWatch();
      await http.close();
      budget.flush();
    })
    .finally(() => {
      catalog.close();
      post({ type: 'stopped' });
      port.close();
    });
}
