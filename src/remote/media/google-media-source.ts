import type { ListedBaseUrl, MediaId, MediaRef } from '../../library/media-item.js';
import type { MediaRequestOptions, MediaSource } from '../../library/media-source.js';
import type { QuotaKind } from '../../library/quota.js';
import { RemoteError } from '../../library/remote-error.js';
import type { RemoteLibrary } from '../../library/remote-library.js';
import type { Clock } from '../../support/clock.js';
import { isLoopback } from '../../support/loopback.js';
import { retry } from '../../support/retry.js';
import { BaseUrlBook } from './base-url-book.js';
import { libraryRoot } from '../http/endpoint-rules.js';
import type { Http } from '../http/http.js';
import { MediaClient } from './media-client.js';
import { MediaBytes } from './media-bytes.js';
import { Pacer, type Wait } from '../http/pacer.js';
import { DEFAULT_RETRY_LIMITS, retryPlan, type RetryLimitsByPriority } from '../http/retry-limits.js';

export interface MediaSourceDeps {
  /** Asked for base URLs. */
  readonly library: Pick<RemoteLibrary, 'batchGetMediaItems'>;
  /** Root of the Library API in use; bytes may come from this machine only where the API does. */
  readonly baseUrl: string;
  readonly http: Http;
  readonly clock: Clock;
  /** In [0, 1). */
  readonly random: () => number;
  /** Called once per HTTP request that reached the wire. */
  readonly onRequest: (kind: QuotaKind) => void;
  /** Age from which a base URL is renewed before use, default 50 minutes. */
  readonly urlMaxAgeMs?: number;
  /** How long base URL requests wait for each other to share a batch, default 10 ms. */
  readonly gatherMs?: number;
  /** How long an item without bytes is not asked about again, default 30 s. */
  readonly refusalAgeMs?: number;
  /** Items near an item, nearest first: asked for together with it, since a batch costs the same full or not. */
  readonly neighbours?: (id: MediaId, limit: number) => readonly MediaId[];
  readonly retryLimits?: RetryLimitsByPriority;
  /** Pause after a rate limit, default 30,000 ms. */
  readonly rateLimitPauseMs?: number;
}

/** A {@link MediaSource} that can take base URLs from listings, so that it need not ask for them. */
export interface LearningMediaSource extends MediaSource {
  learn(items: readonly ListedBaseUrl[]): void;
  /** Drops all base URLs, which take some hundred bytes each. */
  forget(): void;
  /** The pause that Google asked for, while there is one. */
  wait(): Wait | undefined;
}

/**
 * An item's bytes over HTTP.
 * @throws UserError (config) where `baseUrl` is neither Google's nor on this machine.
 */
export function createMediaSource(deps: MediaSourceDeps): LearningMediaSource {
  const { clock, random, rateLimitPauseMs, retryLimits = DEFAULT_RETRY_LIMITS } = deps;
  const allowLoopback = isLoopback(libraryRoot(deps.baseUrl));
  const book = makeBook(deps, allowLoopback);
  const pacer = new Pacer({
    clock,
    maxPauseMs: retryLimits.background.deadlineMs,
    ...(rateLimitPauseMs === undefined ? {} : { rateLimitPauseMs }),
  });
  const bytes = new MediaBytes(
    new MediaClient({
      http: deps.http,
      clock,
      pacer,
      allowLoopback,
      onRequest: () => {
        deps.onRequest('media');
      },
    }),
  );

  /**
   * Runs `use` with the item's base URL. If that is refused, tries once with a new one. Retries as the priority allows.
   */
  async function withBaseUrl<T>(
    ref: MediaRef,
    options: MediaRequestOptions,
    use: (target: string) => Promise<T>,
  ): Promise<T> {
    const { priority, signal, urgent } = options;
    const urlOf = (refused?: string): Promise<string> =>
      abortable(book.urlOf(ref.id, { refused, priority, urgent }), signal);
    const suffix = ref.kind === 'video' ? '=dv' : '=d';
    let url = await urlOf();
    let renewed = false;
    const once = async (): Promise<T> => {
      try {
        return await use(url + suffix);
      } catch (error) {
        const refused = error instanceof RemoteError && (error.status === 403 || error.status === 404);
        if (!refused || renewed) throw error;
        url = await urlOf(url);
        renewed = true;
        return await use(url + suffix);
      }
    };
    try {
      return await retry(once, retryPlan(retryLimits[priority], priority, random), clock, signal);
    } catch (error) {
      if (error instanceof RemoteError || signal?.aborted !== true) throw error;
      throw cancelled();
    }
  }

  return {
    learn: (items) => {
      book.learn(items);
    },
    forget: () => {
      book.forget();
    },
    wait: () => pacer.wait,
    hostOf: (ref) => {
      const url = book.known(ref.id);
      // Videos are redirected to a host of their own.
      return url === undefined ? undefined : `${new URL(url).host} ${ref.kind}`;
    },
    prepare: (refs) => {
      book.prepare(refs.map(({ id }) => id));
    },
    measure: (ref, options) => withBaseUrl(ref, options, (target) => bytes.measure(target, options)),
    fetch: async (ref, range, options) => {
      if (range !== undefined && !(range.start >= 0 && range.end > range.start))
        throw new RemoteError('invalid', 'An empty or negative range was asked for.');
      return await withBaseUrl(ref, options, (target) => bytes.fetch(target, range, options));
    },
  };
}

function makeBook(deps: MediaSourceDeps, allowLoopback: boolean): BaseUrlBook {
  return new BaseUrlBook({
    library: deps.library,
    clock: deps.clock,
    allowLoopback,
    ...(deps.urlMaxAgeMs === undefined ? {} : { maxAgeMs: deps.urlMaxAgeMs }),
    ...(deps.gatherMs === undefined ? {} : { gatherMs: deps.gatherMs }),
    ...(deps.refusalAgeMs === undefined ? {} : { refusalAgeMs: deps.refusalAgeMs }),
    ...(deps.neighbours === undefined ? {} : { neighbours: deps.neighbours }),
  });
}

/** Ends this caller's wait for a base URL. The batch goes on, because other callers may share it. */
function abortable<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return promise;
  if (signal.aborted) return Promise.reject(cancelled());
  return new Promise((resolve, reject) => {
    const onAbort = (): void => {
      reject(cancelled());
    };
    signal.addEventListener('abort', onAbort, { once: true });
    promise.then(resolve, reject).finally(() => {
      signal.removeEventListener('abort', onAbort);
    });
  });
}

function cancelled(): RemoteError {
  return new RemoteError('aborted', 'The request was cancelled.');
}
