import { setMaxListeners } from 'node:events';
import type { CatalogWriter } from '../catalog/catalog-writer.js';
import type { MediaId, MediaItem } from '../library/media-item.js';
import type { QuotaKind } from '../library/quota.js';
import type { TokenSource } from '../library/token-source.js';
import { GOOGLE_LIBRARY_URL } from '../remote/http/endpoint-rules.js';
import { createHttp, type OwnHttp } from '../remote/http/http.js';
import { createMediaSource, type LearningMediaSource } from '../remote/media/google-media-source.js';
import { createRemoteLibrary } from '../remote/library/google-library.js';
import type { Clock } from '../support/clock.js';
import { openFileLimit, shareDescriptors } from '../support/open-file-limit.js';
import type { Budget } from './budget.js';
import { Measurer } from './measurer.js';
import { statusOf } from './status-of.js';
import { SyncEngine } from './sync-engine.js';
import type { SyncSettings } from './sync-settings.js';
import type { SyncStatus } from './sync-status.js';
import { catalogTrouble, nothingHeldTrouble, type SyncTrouble } from './trouble.js';

export interface SyncingDeps {
  readonly catalog: CatalogWriter;
  readonly budget: Budget;
  /** Looked at each time, so that a reload reaches it. */
  readonly settings: SyncSettings;
  readonly token: TokenSource;
  readonly clock: Clock;
  readonly random: () => number;
  /** Root of the Library API, before `/v1/`; undefined for Google's own. */
  readonly libraryUrl: string | undefined;
  readonly caFile: string | undefined;
  readonly project: string | undefined;
  readonly parallel: number | undefined;
  readonly measureInBackground: boolean;
  readonly warn: (message: string) => void;
  readonly trouble: (trouble: SyncTrouble) => void;
  /** These items were just listed, with base URLs. */
  readonly listed: (items: readonly MediaItem[]) => void;
  readonly statusChanged: () => void;
}

/** The client tries only twice: longer retries are the engine's, which reports them in status. */
const RETRY_LIMITS = { tries: 2, deadlineMs: 10_000 };

/** Google's library on its way into the catalog: the engine, the measurer, and the connections that they share. */
export class Syncing {
  readonly #deps: SyncingDeps;
  readonly #http: OwnHttp;
  readonly #media: LearningMediaSource;
  readonly #measurer: Measurer;
  readonly #engine: SyncEngine;
  readonly status: () => SyncStatus;

  constructor(deps: SyncingDeps) {
    this.#deps = deps;
    const { catalog, budget, settings, token, clock, random, project } = deps;
    const { syncConnections: places } = shareDescriptors(openFileLimit());
    const http = createHttp({
      route: { env: process.env, caFile: deps.caFile },
      perHost: { foreground: places, 'read-ahead': places, background: places },
    });
    const baseUrl = deps.libraryUrl ?? GOOGLE_LIBRARY_URL;
    const onRequest = (kind: QuotaKind): void => budget.spend(kind);
    const library = createRemoteLibrary({
      ...{ baseUrl, token, http, project, clock, random, onRequest },
      priority: 'background',
      retryLimits: RETRY_LIMITS,
      report: deps.warn,
    });
    const retryLimits = { foreground: RETRY_LIMITS, 'read-ahead': RETRY_LIMITS, background: RETRY_LIMITS };
    // Base URLs of the items measured next: a batch of fifty costs the same as one.
    const neighbours = (_id: MediaId, limit: number): MediaId[] =>
      catalog.sizes.worklist(limit, clock.now()).map(({ id }) => id);
    const media = createMediaSource({ library, baseUrl, http, clock, random, onRequest, retryLimits, neighbours });
    const { trouble, statusChanged } = deps;
    const measurer = new Measurer({ catalog, media, budget, clock, random, changed: () => measurer.wake(), trouble });
    const changed = (): void => measurer.wake();
    const allowOneRequest = (): void => library.allowOneRequest();
    const learn = (items: readonly MediaItem[]): void => {
      media.learn(items);
      deps.listed(items);
    };
    this.#engine = new SyncEngine(
      { library, catalog, budget, clock, random, changed, trouble, allowOneRequest, learn, statusChanged },
      engineOptions(settings, deps.parallel),
    );
    this.#http = http;
    this.#media = media;
    this.#measurer = measurer;
    const reserve = (): number => settings.reserve;
    this.status = statusOf({ catalog, engine: this.#engine, measurer, budget, clock, reserve });
  }

  /** Runs until the signal aborts. Rejects where a part fails; then the other parts have ended too. */
  async run(signal: AbortSignal): Promise<void> {
    const stopping = new AbortController();
    // Every request under way listens to it; Node would warn of a leak at eleven.
    setMaxListeners(0, stopping.signal);
    const stop = (): void => stopping.abort(signal.reason);
    signal.addEventListener('abort', stop);
    const loops = [this.#engine.run(stopping.signal)];
    if (this.#deps.measureInBackground) loops.push(this.#measurer.run(stopping.signal));
    try {
      await Promise.all(loops);
    } finally {
      stop();
      await Promise.allSettled(loops);
      await this.#http.close();
      this.#deps.budget.flush();
    }
  }

  /**
   * Begins a poll at once, with `full` a full pass; with `acceptRemovals` a full pass that may remove what was held
   * back. Resolves at its end, with the trouble if there was any.
   */
  async syncNow(wanted: {
    readonly full: boolean;
    readonly acceptRemovals: boolean;
  }): Promise<SyncTrouble | undefined> {
    const { full, acceptRemovals } = wanted;
    const { clock } = this.#deps;
    try {
      if (acceptRemovals && !this.#engine.acceptRemovals()) return nothingHeldTrouble(clock.now());
      this.#measurer.wake();
      return await this.#engine.syncNow({ full: full || acceptRemovals });
    } catch (error) {
      // A failure of the catalog is answered like any other failure of the sync.
      return catalogTrouble(error, clock.now());
    }
  }

  /** The mount is being used: polls become frequent again. */
  used(): void {
    this.#engine.used();
  }

  /** The network or the clock changed: connections may be dead, and a poll is due. */
  environmentChanged(): void {
    // Requests under way may wait on dead connections, and would delay the poll.
    this.#http.renewConnections({ breakOff: true });
    this.#engine.environmentChanged();
    this.#measurer.wake();
  }

  /** Everything is measured: the base URLs are not needed any more. */
  rest(): void {
    this.#media.forget();
  }
}

/** The settings themselves, so that the engine sees a reload. */
function engineOptions(
  settings: SyncSettings,
  parallel: number | undefined,
): ConstructorParameters<typeof SyncEngine>[1] {
  return {
    get pollIntervalMs() {
      return settings.pollIntervalMs;
    },
    get idleIntervalMs() {
      return settings.idleIntervalMs;
    },
    get fullSyncIntervalMs() {
      return settings.fullSyncIntervalMs;
    },
    get stretchFullPasses() {
      return settings.stretchFullPasses;
    },
    // Stretched full passes begin at night.
    hourOf: (now) => (settings.stretchFullPasses ? new Date(now).getHours() : undefined),
    parallel,
  };
}
