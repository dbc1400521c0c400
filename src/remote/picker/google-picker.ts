import { RemoteError } from '../../library/remote-error.js';
import type { PickedPage, PickingSession, RemotePicker } from '../../library/remote-picker.js';
import type { TokenSource } from '../../library/token-source.js';
import type { Clock } from '../../support/clock.js';
import { isLoopback } from '../../support/loopback.js';
import { pickerRoot } from '../http/endpoint-rules.js';
import type { Http } from '../http/http.js';
import { Pacer } from '../http/pacer.js';
import { DEFAULT_RETRY_LIMITS, type RetryLimits } from '../http/retry-limits.js';
import { LONGEST_ANSWER } from '../library/answer-limits.js';
import { ApiClient, type ApiCall } from '../library/api-client.js';
import { PickedBytes } from './picked-bytes.js';
import { decodePickedPage, decodeSession } from './picker-codec.js';

export interface RemotePickerDeps {
  /** Root before `v1/`; undefined for Google's. */
  readonly baseUrl: string | undefined;
  readonly token: TokenSource;
  readonly http: Http;
  readonly clock: Clock;
  /** In [0, 1). */
  readonly random: () => number;
  /** Number of the Google Cloud project, for links into its console. */
  readonly project?: string | undefined;
  /** Called with a sentence when something unusable was left out of an answer. */
  readonly report?: (message: string) => void;
}

/** Google's largest page. Base URLs of a page must be used within an hour, and a page of 100 is stored long before. */
const PAGE_SIZE = 100;
/** Whoever asks decides when to ask again: here only a broken exchange is repeated, soon. */
const RETRIES: RetryLimits = { ...DEFAULT_RETRY_LIMITS.background, tries: 2 };

/**
 * Google's Picker API over HTTP.
 * @throws UserError (config) where `baseUrl` is neither Google's nor on this machine.
 */
export function createRemotePicker(deps: RemotePickerDeps): RemotePicker {
  const root = pickerRoot(deps.baseUrl);
  const client = (): ApiClient =>
    new ApiClient({
      ...{ root, token: deps.token, http: deps.http, clock: deps.clock, random: deps.random },
      ...{ project: deps.project, priority: 'foreground', retryLimits: RETRIES },
      pacer: new Pacer({ clock: deps.clock }),
      // The Picker has quotas of its own, which no person can use up.
      onRequest: () => undefined,
    });
  const asking = client();
  const bytes = new PickedBytes({ ...deps, allowLoopback: isLoopback(root) });

  const call = async (api: ApiClient, what: ApiCall): ReturnType<ApiClient['call']> => {
    try {
      return await api.call(what);
    } catch (error) {
      throw pickerError(error);
    }
  };

  async function page(id: string, pageToken: string | undefined, signal?: AbortSignal): Promise<PickedPage> {
    const query = new URLSearchParams({ sessionId: id, pageSize: String(PAGE_SIZE) });
    if (pageToken !== undefined) query.set('pageToken', pageToken);
    const asked = { withPageToken: pageToken !== undefined };
    const { items: limit } = LONGEST_ANSWER;
    const { page: decoded, skipped } = decodePickedPage(
      await call(asking, { path: 'v1/mediaItems', query, limit, asked, signal }),
    );
    if (skipped > 0) deps.report?.(`Left out ${skipped} entries of a page of picked items: they have no usable id.`);
    return decoded;
  }

  return {
    create: async (most, signal): Promise<PickingSession> => {
      const body = { pickingConfig: { maxItemCount: String(most) } };
      const { session: limit } = LONGEST_ANSWER;
      // Too many open sessions are told as a rate limit: it must make neither the questions about others wait, nor the next try.
      return decodeSession(await call(client(), { path: 'v1/sessions', body, limit, signal, tries: 1 }));
    },
    session: async (id, signal) =>
      decodeSession(await call(asking, { ...sessionCall(id), asked: { subject: 'session' }, signal })),
    remove: async (id, signal) => {
      await call(asking, { ...sessionCall(id), method: 'DELETE', asked: { subject: 'session' }, signal }).catch(
        (error: unknown) => {
          if (!(error instanceof RemoteError) || error.kind !== 'not-found') throw error;
        },
      );
    },
    page,
    bytes: (item, signal) => bytes.open(item, signal),
  };
}

function sessionCall(id: string): Pick<ApiCall, 'path' | 'limit'> {
  return { path: `v1/sessions/${encodeURIComponent(id)}`, limit: LONGEST_ANSWER.session };
}

const NO_SCOPE: ReadonlySet<string> = new Set(['ACCESS_TOKEN_SCOPE_INSUFFICIENT', 'insufficientPermissions']);

/** What a refusal means for picking, where that is more than for other requests. */
function pickerError(error: unknown): unknown {
  if (!(error instanceof RemoteError)) return error;
  const { status, reason = '' } = error;
  const details = { ...(status === undefined ? {} : { status }), reason };
  if (reason === 'PENDING_USER_ACTION')
    return new RemoteError('not-ready', 'Nothing was picked yet: Done was not pressed.', details);
  if (error.kind === 'forbidden' && NO_SCOPE.has(reason))
    return new RemoteError('forbidden', 'This sign-in may not read photos that you pick.', {
      ...details,
      hint: 'Run gphotos-mount login again and tick the box for photos that you pick on the consent page.',
    });
  if (status === 400 && reason === 'FAILED_PRECONDITION')
    return new RemoteError('forbidden', 'Google says that this account has no Google Photos.', {
      ...details,
      hint: 'Open photos.google.com with this account once, then try again.',
    });
  return error;
}
