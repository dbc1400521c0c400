import type { SignInState } from '../auth/sign-in.js';
import type { CatalogCounts } from '../catalog/records.js';
import { UTC } from '../library/calendar.js';
import { emptyBecause } from '../filesystem/source-texts.js';
import type { MediaRef } from '../library/media-item.js';
import { countsBySource, needAccount, type Source } from '../library/source.js';
import { ErrorList, type StatusError, type Trouble } from './error-list.js';
import type { DaemonConfig } from './daemon-config.js';
import { signInStatus } from './sign-in-status.js';
import { stateOf, type QuotaUse, type SignInStatus, type StatusDocument, type StatusWait } from './status-document.js';

/** The sources of the numbers. A source is missing until its part of the daemon runs. */
export interface StatusSources {
  counts?: () => CatalogCounts;
  timeZone?: () => string;
  sync?: () => StatusDocument['sync'];
  cache?: () => StatusDocument['cache'];
  quota?: () => StatusDocument['quota'];
  waits?: () => readonly StatusWait[];
  takeout?: () => StatusDocument['takeout'];
  picked?: () => StatusDocument['picked'];
}

const ERRORS_KEPT = 50;
const NO_ITEMS: CatalogCounts = {
  ...{ items: 0, albums: 0, unmeasured: 0, bytes: 0, appAlbums: 0 },
  sources: countsBySource(),
};
const UNUSED: QuotaUse = { used: 0, limit: 0, reserve: 0 };
const NOTHING: StatusDocument['quota'] = { api: UNUSED, media: UNUSED, backgroundResumesAt: null };
const NOT_SYNCING: StatusDocument['sync'] = {
  phase: 'starting',
  firstSyncDone: false,
  lastSuccess: null,
  lastFullPass: null,
  fullPassShare: null,
  waitingUntil: null,
  itemsPerSecond: null,
  itemsLeft: null,
  secondsLeft: null,
  heldBack: null,
  lastError: null,
  measuringPaused: null,
};

/** Where no source is read over the network there is no first sync to wait for. */
const NOTHING_TO_SYNC: StatusDocument['sync'] = { ...NOT_SYNCING, phase: 'idle', firstSyncDone: true };

/** Collects what the parts of the daemon know about themselves into one status document. */
export class StatusBoard {
  readonly #config: DaemonConfig;
  readonly #pid: number;
  readonly sources: StatusSources = {};
  mounted = false;
  #profileSources: readonly Source[];
  #signIn: SignInStatus;
  readonly #errors: ErrorList;
  readonly #unmeasurable: ErrorList;
  readonly #startedAt: string;

  /** `profileSources`: those that bring items to the profile. */
  constructor(config: DaemonConfig, profileSources: readonly Source[], pid: number, now: () => number) {
    this.#config = config;
    this.#profileSources = profileSources;
    const state = needAccount(profileSources) ? 'unknown' : 'none';
    this.#signIn = { state, reason: null, message: null, hint: null, scopes: null, missing: [] };
    this.#pid = pid;
    this.#errors = new ErrorList(ERRORS_KEPT, now);
    this.#unmeasurable = new ErrorList(ERRORS_KEPT, now);
    this.#startedAt = new Date(now()).toISOString();
  }

  /** Those that bring items to the profile. */
  get profileSources(): readonly Source[] {
    return this.#profileSources;
  }

  /** The sources that the profile turned out to have. */
  useSources(sources: readonly Source[]): void {
    this.#profileSources = sources;
    const { state } = this.#signIn;
    if (!needAccount(sources)) this.#signIn = { ...this.#signIn, state: 'none' };
    else if (state === 'none') this.#signIn = { ...this.#signIn, state: 'unknown' };
  }

  add(trouble: Trouble): void {
    this.#errors.add(trouble);
  }

  /** Marks the troubles that are over. */
  resolve(isOver: (entry: StatusError) => boolean): void {
    this.#errors.resolve(isOver);
  }

  /** An item whose size a look at its folder, or the background, could not learn. */
  addUnmeasurable({ id }: MediaRef, message: string): void {
    this.#unmeasurable.add({ code: 'unmeasurable', message, hint: '', subject: id });
  }

  /** The item's size is known. */
  dropUnmeasurable(id: string): void {
    this.#unmeasurable.remove(({ subject }) => subject === id);
  }

  /** Takes down what Google said of the sign-in; true where that is news. */
  signedIn({ refusal, scopes }: SignInState): boolean {
    const before = this.#signIn;
    this.#signIn = signInStatus(refusal, scopes);
    return before.state !== this.#signIn.state || before.message !== this.#signIn.message;
  }

  document(): StatusDocument {
    const { sources } = this;
    const config = this.#config;
    const errors = this.#errors.list();
    const named = new Set(errors.map(({ subject, resolvedAt }) => (resolvedAt === null ? subject : '')));
    const unmeasurable = this.#unmeasurable.list().filter(({ subject }) => !named.has(subject));
    const sync = needAccount(this.#profileSources) ? (sources.sync?.() ?? NOT_SYNCING) : NOTHING_TO_SYNC;
    const { items, albums, unmeasured, bytes, sources: bySource } = sources.counts?.() ?? NO_ITEMS;
    const names = this.#profileSources.map(({ name }) => name);
    return {
      mountpoint: config.mountpoint,
      pid: this.#pid,
      version: config.version,
      profile: config.profile,
      state: stateOf({
        mounted: this.mounted,
        firstSyncDone: sync.firstSyncDone,
        syncFailing: sync.lastError !== null,
        cannotRead: this.#signIn.message !== null,
      }),
      startedAt: this.#startedAt,
      root: config.root,
      timeZone: sources.timeZone?.() ?? UTC.zone,
      catalog: { items, albums, unmeasured, bytes, sources: bySource },
      sync,
      waits: [...syncWaits(sync), ...(sources.waits?.() ?? [])],
      signIn: this.#signIn,
      emptyBecause: sync.firstSyncDone && items === 0 ? emptyBecause(names) : null,
      uploads: { queued: 0, active: 0, failed: 0 },
      takeout: sources.takeout?.() ?? { exports: [], reading: null },
      picked: sources.picked?.() ?? { items: 0, bytes: 0, folder: '', sessions: [] },
      cache: sources.cache?.() ?? { bytes: 0, limit: config.cacheMaxBytes ?? 0 },
      quota: sources.quota?.() ?? NOTHING,
      errors,
      unmeasurable: unmeasurable.map(({ subject, message, at }) => ({ id: subject, message, at })),
    };
  }
}

function syncWaits({ phase, lastError, waitingUntil, measuringPaused }: StatusDocument['sync']): StatusWait[] {
  const waits: StatusWait[] = [];
  if (phase === 'waiting' && waitingUntil !== null)
    waits.push({ what: 'sync', message: lastError?.message ?? '', until: waitingUntil });
  if (measuringPaused !== null && measuringPaused.until !== null)
    waits.push({ what: 'measuring', message: measuringPaused.message, until: measuringPaused.until });
  return waits;
}
