import type { Dispatcher } from 'undici';
import type { MediaBody, Priority, TakePiece } from '../../library/media-source.js';
import { systemClock, type Clock } from '../../support/clock.js';
import { Connections } from './connections.js';
import { createDispatcher, type NetworkRoute } from './dispatcher.js';
import { ExchangeWatch } from './exchange-watch.js';
import { HostSlots } from './host-slots.js';
import { Incoming, type Head } from './incoming.js';
import { isStaleConnection, networkFault } from './network-fault.js';
import { readProxySettings } from './proxy-settings.js';
import { ReceiveBuffers } from './receive-buffers.js';
import { tooLarge } from './too-large.js';

export interface HttpOptions {
  /**
   * Milliseconds for name resolution, TCP and TLS together. Through a proxy: for reaching it and CONNECT, and again for
   * TLS. Default 5,000.
   */
  readonly connectTimeoutMs?: number;
  /** Milliseconds from the request to its final status line, connecting included. Default 15,000. */
  readonly headersTimeoutMs?: number;
  /** Milliseconds between two pieces of a body while it is read. Default 15,000. */
  readonly bodyIdleTimeoutMs?: number;
  /** Milliseconds of waiting for a body over which 1 KiB a second must come on average. Default 30,000. */
  readonly rateWindowMs?: number;
  readonly clock?: Clock;
  /** Most requests open at once at a host, by priority; never rising. Default 40, 32 and 16. */
  readonly perHost?: Readonly<Record<Priority, number>>;
  /** Proxy and extra certificate authorities; default: neither. */
  readonly route?: NetworkRoute;
  /** Carries the requests instead of an agent of its own: a proxy, for one. Closed with this. */
  readonly dispatcher?: Dispatcher;
}

export interface HttpRequest {
  readonly method: 'GET' | 'HEAD' | 'POST' | 'DELETE';
  readonly url: URL;
  /** Lower-case names. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly priority: Priority;
  /**
   * Milliseconds for the whole exchange, from when it has its slot at the host to the end of the body. Default: only
   * the limits of {@link HttpOptions}.
   */
  readonly deadlineMs?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Aborts when the request becomes a foreground one. */
  readonly urgent?: AbortSignal | undefined;
  /** Called once for each time that the request reached the wire, whatever came of it. */
  readonly onSent?: () => void;
}

/** Its bytes are not decoded; what `take` of `forEach` throws closes the connection. */
export interface HttpResponse extends MediaBody {
  readonly status: number;
  /** Value of a header by its lower-case name; the first one where it is repeated. */
  header(name: string): string | undefined;
  /**
   * The whole body. RemoteError `protocol` if it is longer than `limit` bytes, `server` if it takes longer than
   * `withinMs`.
   */
  read(limit: number, withinMs?: number): Promise<Buffer>;
  /**
   * Drops the body. A short one that comes soon is drained, so that the connection can be used again; any other is cut
   * off.
   */
  discard(): Promise<void>;
}

/**
 * HTTP/1.1 with keep-alive and a deadline for every exchange: a stuck one loses its connection and its slot. Redirects
 * are returned like other answers. Rejects with RemoteError only.
 */
export interface Http {
  /** The answer must be read, discarded, or aborted by the signal. Until then it holds a slot of its host. */
  request(request: HttpRequest): Promise<HttpResponse>;
  /** Aborts all open exchanges. */
  close(): Promise<void>;
}

/** Http over kept connections of its own. */
export interface OwnHttp extends Http {
  /**
   * Makes new requests use new connections: after a change of the network the old ones may be dead without a sign.
   * Requests under way keep theirs, or fail at once with `breakOff`. Does nothing if a dispatcher was given.
   */
  renewConnections(options: { readonly breakOff: boolean }): void;
}

const DISCARD_LIMIT = 64 * 1024;
const DISCARD_MS = 5_000;
const LEAST_BYTES_PER_SECOND = 1_024;

export function createHttp(options: HttpOptions = {}): OwnHttp {
  const {
    connectTimeoutMs = 5_000,
    headersTimeoutMs = 15_000,
    bodyIdleTimeoutMs = 15_000,
    rateWindowMs = 30_000,
    clock = systemClock,
    perHost = { foreground: 40, 'read-ahead': 32, background: 16 },
  } = options;
  const buffers = new ReceiveBuffers();
  const route = options.route ?? { env: {} };
  const make = (): Dispatcher => createDispatcher(route, { timeoutMs: connectTimeoutMs, clock }, buffers);
  const connections = new Connections(options.dispatcher ?? make);
  const slots = new HostSlots(perHost);
  const leastBytes = (rateWindowMs / 1_000) * LEAST_BYTES_PER_SECOND;
  const watch = new ExchangeWatch(clock, { headersMs: headersTimeoutMs, leastBytes, rateWindowMs });
  const proxies = readProxySettings(route.env);

  async function request(wanted: HttpRequest): Promise<HttpResponse> {
    const { url, signal } = wanted;
    const leave = await slots.enter(url.host, wanted);
    const send = async (): Promise<Answer> => {
      const incoming = new Incoming(
        signal,
        (ended) => {
          watch.delete(ended);
          if (ended.hasBegun) leave();
        },
        (piece) => buffers.give(piece),
      );
      if (!incoming.isOver) watch.add(incoming, wanted.deadlineMs ?? Infinity);
      connections.dispatcher.dispatch(
        {
          origin: url.origin,
          path: `${url.pathname}${url.search}`,
          method: wanted.method,
          headers: { ...wanted.headers },
          body: wanted.body ?? null,
          // The client's own timeout restarts with each answer of 100 to 199, so the watch is used instead.
          headersTimeout: 0,
          bodyTimeout: bodyIdleTimeoutMs,
          // Without this the agent closes the connection after each HEAD, and sizes are measured by thousands of them.
          reset: false,
        },
        incoming,
      );
      const head = await incoming.head;
      return new Answer(head, incoming, url.hostname, signal, (ms) => watch.hurry(incoming, ms));
    };
    try {
      const answer = await send().catch((thrown: unknown) => {
        if (wanted.method === 'POST' || signal?.aborted === true || !isStaleConnection(thrown)) throw thrown;
        // The host has closed a kept connection: it probably never saw the request, but for the quota it is counted.
        wanted.onSent?.();
        return send();
      });
      wanted.onSent?.();
      return answer;
    } catch (thrown) {
      leave();
      const fault = networkFault(thrown, url.hostname, signal, proxies.proxyFor(url));
      if (fault.sent) wanted.onSent?.();
      throw fault.error;
    }
  }

  return {
    request,
    renewConnections: (how) => {
      connections.renew(how);
    },
    close: () => connections.close(),
  };
}

class Answer implements HttpResponse {
  readonly #head: Head;
  readonly #incoming: Incoming;
  readonly #host: string;
  readonly #signal: AbortSignal | undefined;
  readonly #hurry: (ms: number) => void;

  constructor(
    head: Head,
    incoming: Incoming,
    host: string,
    signal: AbortSignal | undefined,
    hurry: (ms: number) => void,
  ) {
    this.#head = head;
    this.#incoming = incoming;
    this.#host = host;
    this.#signal = signal;
    this.#hurry = hurry;
  }

  get status(): number {
    return this.#head.status;
  }

  header(name: string): string | undefined {
    const value = this.#head.headers[name];
    return Array.isArray(value) ? value[0] : value;
  }

  forEach(take: TakePiece): Promise<void> {
    return this.#incoming.forEach(take, (thrown) => networkFault(thrown, this.#host, this.#signal).error);
  }

  async read(limit: number, withinMs = Infinity): Promise<Buffer> {
    if (Number(this.header('content-length')) > limit) {
      const refusal = tooLarge(this.#host, this.status);
      this.#incoming.stop(refusal);
      throw refusal;
    }
    this.#hurry(withinMs);
    const pieces: Uint8Array[] = [];
    let length = 0;
    await this.forEach((piece) => {
      length += piece.length;
      if (length > limit) throw tooLarge(this.#host, this.status);
      pieces.push(Buffer.from(piece));
    });
    return Buffer.concat(pieces);
  }

  async discard(): Promise<void> {
    const tooLong = new Error('The rest of the body is not worth its time.');
    if (Number(this.header('content-length')) > DISCARD_LIMIT) {
      this.#incoming.stop(tooLong);
      return;
    }
    await this.read(DISCARD_LIMIT, DISCARD_MS).catch(() => undefined);
  }
}
