import type { MediaRequestOptions } from '../../library/media-source.js';
import { RemoteError } from '../../library/remote-error.js';
import type { Clock } from '../../support/clock.js';
import { mediaUrl } from '../http/endpoint-rules.js';
import { parseGoogleError } from '../library/google-error.js';
import type { Http, HttpResponse } from '../http/http.js';
import type { Pacer } from '../http/pacer.js';
import { refusalOf } from '../library/refusals.js';
import { retryAfter } from '../http/retry-after.js';

export interface MediaClientDeps {
  readonly http: Http;
  readonly clock: Clock;
  readonly pacer: Pacer;
  readonly allowLoopback: boolean;
  /** Once per HTTP request that reached the wire, each redirect being one. */
  readonly onRequest: () => void;
}

const MOST_REDIRECTS = 3;
const REDIRECTS = new Set([301, 302, 303, 307, 308]);
const LONGEST_ERROR = 16 * 1024;
const ERROR_MS = 5_000;

/**
 * Sends requests to media hosts and follows their redirects. Sends no credential: the base URL itself is the
 * permission.
 */
export class MediaClient {
  readonly #deps: MediaClientDeps;

  constructor(deps: MediaClientDeps) {
    this.#deps = deps;
  }

  /** An answer with status 200, 206 or 416, its headers not yet looked at. Rejects with RemoteError for any other. */
  async send(
    method: 'GET' | 'HEAD',
    target: string,
    headers: Readonly<Record<string, string>>,
    options: MediaRequestOptions,
  ): Promise<HttpResponse> {
    await this.#deps.pacer.waitTurn(options.priority, options.signal);
    let url = this.#allowed(target);
    for (let redirects = 0; ; redirects++) {
      const answer = await this.#request(method, url, headers, options);
      if (!REDIRECTS.has(answer.status)) return await this.#accepted(answer);
      void answer.discard();
      if (redirects === MOST_REDIRECTS) throw strayed('The media host sends the request around in circles.');
      const location = answer.header('location') ?? '';
      url = this.#allowed(URL.canParse(location, url.href) ? new URL(location, url).href : '');
    }
  }

  #request(
    method: 'GET' | 'HEAD',
    url: URL,
    headers: Readonly<Record<string, string>>,
    { priority, signal, urgent }: MediaRequestOptions,
  ): Promise<HttpResponse> {
    return this.#deps.http.request({
      method,
      url,
      headers: { 'accept-encoding': 'identity', 'user-agent': 'gphotos-mount', ...headers },
      priority,
      signal,
      urgent,
      onSent: this.#deps.onRequest,
    });
  }

  async #accepted(answer: HttpResponse): Promise<HttpResponse> {
    const { status } = answer;
    if (status === 200 || status === 206) {
      this.#deps.pacer.succeeded();
      return answer;
    }
    if (status === 416) return answer;
    const wait = retryAfter(answer.header('retry-after'), this.#deps.clock.now());
    const error = parseGoogleError(status, await this.#errorText(answer));
    throw this.#deps.pacer.refused(refusalOf(error, { subject: 'bytes' }, wait));
  }

  // Only the body of a quota refusal is read: it may name the quota. Other bodies are images or HTML pages.
  async #errorText(answer: HttpResponse): Promise<string> {
    if (answer.status !== 429) {
      void answer.discard();
      return '';
    }
    return await answer.read(LONGEST_ERROR, ERROR_MS).then(
      (bytes) => bytes.toString('utf8'),
      () => '',
    );
  }

  #allowed(target: string): URL {
    const url = mediaUrl(target, this.#deps.allowLoopback);
    if (url === undefined) throw strayed('The bytes were to come from a host that is not one of Google’s.');
    return url;
  }
}

function strayed(message: string): RemoteError {
  return new RemoteError('protocol', message, {
    reason: 'REDIRECT',
    hint: 'A hotel or company network may ask for a sign-in: open a web page in a browser.',
  });
}
