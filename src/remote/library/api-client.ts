import { gunzip } from 'node:zlib';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { promisify } from 'node:util';
import type { Priority } from '../../library/media-source.js';
import { RemoteError } from '../../library/remote-error.js';
import type { TokenSource } from '../../library/token-source.js';
import type { Clock } from '../../support/clock.js';
import { retry } from '../../support/retry.js';
import { tooLarge } from '../http/too-large.js';
import { JSON_SHAPE, LONGEST_ANSWER, tooMany } from './answer-limits.js';
import { parseGoogleError } from './google-error.js';
import type { Http, HttpResponse } from '../http/http.js';
import { parseObject, type JsonObject } from './json-reader.js';
import { isWithinShape } from './json-shape.js';
import type { Pacer } from '../http/pacer.js';
import { retryPlan, type RetryLimits } from '../http/retry-limits.js';
import { refusalOf, type RequestContext } from './refusals.js';
import { retryAfter } from '../http/retry-after.js';

export interface ApiClientDeps {
  /** Ends in a slash. */
  readonly root: URL;
  readonly token: TokenSource;
  readonly http: Http;
  readonly clock: Clock;
  readonly random: () => number;
  readonly pacer: Pacer;
  readonly priority: Priority;
  readonly retryLimits: RetryLimits;
  /** Number of the Google Cloud project, for links into its console. */
  readonly project?: string | undefined;
  /** Once per HTTP request that reached the wire. */
  readonly onRequest: () => void;
}

export interface ApiCall {
  /** Below the root, such as `v1/mediaItems`. Ids in it must be escaped. */
  readonly path: string;
  readonly query?: URLSearchParams;
  /** Bytes that the answer may have at most; see LONGEST_ANSWER. */
  readonly limit: number;
  /** Makes it a POST. */
  readonly body?: JsonObject;
  /** Default: GET, or POST with a body. */
  readonly method?: 'DELETE';
  readonly asked?: RequestContext;
  readonly signal?: AbortSignal | undefined;
  /** Fewer tries than the client makes otherwise. */
  readonly tries?: number;
  /** Instead of the client's. */
  readonly priority?: Priority | undefined;
}

/** Above this many bytes, other work of the thread may run between the steps of decoding. */
const LONG_BODY_BYTES = 128 * 1024;
/** Longest wait for the body of an error: its status is known already. */
const ERROR_MS = 5_000;
/** For one exchange. A person's system call must end soon; a page of a listing may come over a slow line. */
const DEADLINE_MS: Readonly<Record<Priority, number>> = {
  foreground: 15_000,
  'read-ahead': 15_000,
  background: 60_000,
};
const unzip = promisify(gunzip);

/**
 * Sends JSON calls to Google: adds the token, keeps to pauses, retries, checks the answer. Rejects with RemoteError
 * only.
 */
export class ApiClient {
  readonly #deps: ApiClientDeps;

  constructor(deps: ApiClientDeps) {
    this.#deps = deps;
  }

  /** The JSON object that Google answers with. */
  async call(call: ApiCall): Promise<JsonObject> {
    const { clock, random, pacer, retryLimits } = this.#deps;
    const { tries = retryLimits.tries, signal, priority = this.#deps.priority } = call;
    const plan = retryPlan({ ...retryLimits, tries }, priority, random);
    try {
      return await retry(
        async () => {
          await pacer.waitTurn(priority, signal);
          return await this.#attempt(call);
        },
        plan,
        clock,
        signal,
      );
    } catch (error) {
      if (error instanceof RemoteError) throw error;
      if (signal?.aborted === true) throw new RemoteError('aborted', 'The request was cancelled.');
      throw error;
    }
  }

  async #attempt(call: ApiCall): Promise<JsonObject> {
    const token = await this.#deps.token();
    let answer = await this.#send(call, token);
    if (answer.status === 401) {
      void answer.discard();
      answer = await this.#send(call, await this.#deps.token(token));
    }
    if (answer.status < 200 || answer.status >= 300) throw await this.#refusal(call, answer);
    const json = await readJson(answer, call.limit);
    if (json === undefined || json['error'] !== undefined)
      throw new RemoteError('protocol', 'The answer did not come from Google’s API: it is not JSON as promised.', {
        status: answer.status,
        reason: 'NOT_JSON',
        hint: 'A hotel or company network may ask for a sign-in: open a web page in a browser.',
      });
    this.#deps.pacer.succeeded();
    return json;
  }

  #send({ path, query, body, method, signal, priority }: ApiCall, token: string): Promise<HttpResponse> {
    const url = new URL(path, this.#deps.root);
    if (query !== undefined) url.search = query.toString();
    return this.#deps.http.request({
      method: method ?? (body === undefined ? 'GET' : 'POST'),
      url,
      headers: {
        authorization: `Bearer ${token}`,
        accept: 'application/json',
        'accept-encoding': 'gzip',
        'user-agent': 'gphotos-mount (gzip)',
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      priority: priority ?? this.#deps.priority,
      deadlineMs: DEADLINE_MS[priority ?? this.#deps.priority],
      signal,
      onSent: this.#deps.onRequest,
    });
  }

  async #refusal(call: ApiCall, answer: HttpResponse): Promise<RemoteError> {
    const wait = retryAfter(answer.header('retry-after'), this.#deps.clock.now());
    const error = parseGoogleError(answer.status, await readErrorText(answer));
    return this.#deps.pacer.refused(refusalOf(error, { ...call.asked, project: this.#deps.project }, wait));
  }
}

/** Undefined if it is not a JSON object; RemoteError `protocol` if it is larger than the endpoint's limit. */
async function readJson(answer: HttpResponse, limit: number): Promise<JsonObject | undefined> {
  const bytes = await readBytes(answer, limit);
  if (!isWithinShape(bytes, JSON_SHAPE)) throw tooMany();
  if (bytes.length > LONG_BODY_BYTES) await nextTurn();
  const text = bytes.toString('utf8');
  if (bytes.length > LONG_BODY_BYTES) await nextTurn();
  return parseObject(text);
}

async function readBytes(answer: HttpResponse, limit: number, withinMs?: number): Promise<Buffer> {
  const bytes = await answer.read(limit, withinMs);
  const encoding = answer.header('content-encoding')?.toLowerCase() ?? 'identity';
  if (encoding === 'identity' || bytes.length === 0) return bytes;
  if (encoding !== 'gzip')
    throw new RemoteError('protocol', 'Google sent an answer in a compression that was not asked for.', {
      status: answer.status,
    });
  try {
    return await unzip(bytes, { maxOutputLength: limit });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') throw tooLarge('Google', answer.status);
    throw new RemoteError('protocol', 'Google sent an answer that cannot be unpacked.', { status: answer.status });
  }
}

// The status matters most: an error body that breaks off or cannot be parsed must not hide it.
async function readErrorText(answer: HttpResponse): Promise<string> {
  try {
    return (await readBytes(answer, LONGEST_ANSWER.error, ERROR_MS)).toString('utf8');
  } catch (error) {
    if (error instanceof RemoteError && error.kind === 'aborted') throw error;
    return '';
  }
}
