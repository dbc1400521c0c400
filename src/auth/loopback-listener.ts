import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ExitCode, UserError } from '../support/user-error.js';
import { sameSecret } from './authorization-request.js';
import { readCallback, type Callback } from './callback.js';
import { CONTENT_SECURITY_POLICY, refusalPage } from './pages.js';

/** The one callback that was taken, and how to answer the browser that waits for it. */
export interface Arrival {
  readonly callback: Callback & { kind: 'code' | 'refused' };
  /** Shows a page and resolves when it was sent. */
  readonly answer: (status: number, page: string) => Promise<void>;
}

export interface ListenerOptions {
  /** A free one where 0. */
  readonly port: number;
  readonly state: string;
  /** One-time token of the start URL; see {@link LoopbackListener.startUrl}. */
  readonly ticket: string;
  /** Called with the reason for each request that was refused. */
  readonly onRefused?: (why: string) => void;
}

/** Waits on 127.0.0.1 for the browser to come back with the code. */
export interface LoopbackListener {
  readonly port: number;
  readonly redirectUri: string;
  /**
   * A URL that redirects to `target`, once. The command line that opens a browser can be read by every user of the
   * machine, and `target` holds the state.
   */
  startUrl(target: string): string;
  /** Resolves with the first callback that is right; pending until then. */
  readonly arrival: Promise<Arrival>;
  close(): Promise<void>;
}

const HEADER_BYTES = 8 * 1024;
const REQUEST_MS = 10_000;
const MOST_CONNECTIONS = 32;

/** @throws UserError (system) where the port is taken or cannot be used. */
export async function listenForCallback(options: ListenerOptions): Promise<LoopbackListener> {
  const { state, ticket, onRefused } = options;
  let target: string | undefined;
  let taken = false;
  let arrived: (arrival: Arrival) => void = () => undefined;
  const arrival = new Promise<Arrival>((resolve) => {
    arrived = resolve;
  });

  const refuse = (response: ServerResponse, status: number, why: string): void => {
    onRefused?.(why);
    void send(response, status, refusalPage(why));
  };

  const handle = (request: IncomingMessage, response: ServerResponse): void => {
    const url = pathAndQuery(request.url ?? '');
    if (url?.pathname === '/favicon.ico') {
      response.writeHead(404, { connection: 'close' }).end();
      return;
    }
    const fault = faultOf(request, port);
    if (fault !== undefined) {
      refuse(response, fault.status, fault.why);
      return;
    }
    if (url?.pathname === '/start' && target !== undefined && sameSecret(url.searchParams.get('t') ?? '', ticket)) {
      response.writeHead(302, { ...HEADERS, location: target, connection: 'close' }).end();
      target = undefined;
      return;
    }
    if (url?.pathname !== '/') {
      refuse(response, 404, 'asks for a page that is not here');
      return;
    }
    const callback = readCallback(url.searchParams, state);
    if (callback.kind === 'wrong') {
      refuse(response, 400, callback.why);
      return;
    }
    if (taken) {
      refuse(response, 410, 'comes a second time, and a sign-in is used once');
      return;
    }
    taken = true;
    arrived({ callback, answer: (status, page) => send(response, status, page) });
  };

  const server = createLimitedServer(handle, onRefused);
  const port = await bind(server, options.port);
  return {
    port,
    redirectUri: `http://127.0.0.1:${port}`,
    startUrl: (address) => {
      target = address;
      return `http://127.0.0.1:${port}/start?t=${ticket}`;
    },
    arrival,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** A server that no client can hold up or fill. */
function createLimitedServer(handle: RequestListener, onRefused: ListenerOptions['onRefused']): Server {
  const server = createServer(
    {
      maxHeaderSize: HEADER_BYTES,
      headersTimeout: REQUEST_MS,
      requestTimeout: REQUEST_MS,
      connectionsCheckingInterval: 1_000,
      keepAlive: false,
    },
    handle,
  );
  server.maxConnections = MOST_CONNECTIONS;
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    // A browser that closes the connection is not reported.
    if (!socket.writable || error.code?.startsWith('HPE_') !== true) {
      socket.destroy();
      return;
    }
    const status = error.code === 'HPE_HEADER_OVERFLOW' ? '431 Request Header Fields Too Large' : '400 Bad Request';
    onRefused?.(error.code === 'HPE_HEADER_OVERFLOW' ? 'is far too long' : 'is not HTTP');
    socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
  });
  return server;
}

/** What is wrong with a request before its query is looked at. */
function faultOf(request: IncomingMessage, port: number): { status: number; why: string } | undefined {
  const { headers, method } = request;
  // A page elsewhere can make its own name lead to 127.0.0.1; the Host header then still says that name.
  if (headers.host !== `127.0.0.1:${port}` && headers.host !== `localhost:${port}`)
    return { status: 421, why: 'is meant for another host' };
  if (method !== 'GET') return { status: 405, why: 'is not a page being opened' };
  if (headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0)
    return { status: 413, why: 'carries a body' };
  // Coming back from the consent page is opening a page; scripts, images and frames of other pages are something else.
  // Every browser says which; `Origin: null` may stay from the form of the consent page.
  const { origin } = headers;
  const isBrowser = headers['sec-fetch-site'] !== undefined;
  const isPage = isBrowser && headers['sec-fetch-mode'] === 'navigate' && headers['sec-fetch-dest'] === 'document';
  if ((isBrowser && !isPage) || (origin !== undefined && !(origin === 'null' && isPage)))
    return { status: 403, why: 'comes from a script or a frame of another page' };
  return undefined;
}

function pathAndQuery(target: string): URL | undefined {
  const base = 'http://127.0.0.1';
  return target.startsWith('/') && !target.startsWith('//') && URL.canParse(target, base)
    ? new URL(target, base)
    : undefined;
}

const HEADERS = {
  'cache-control': 'no-store',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
} as const;

function send(response: ServerResponse, status: number, page: string): Promise<void> {
  return new Promise((resolve) => {
    response.on('close', resolve);
    response.writeHead(status, {
      ...HEADERS,
      'content-type': 'text/html; charset=utf-8',
      'content-length': Buffer.byteLength(page),
      'content-security-policy': CONTENT_SECURITY_POLICY,
      connection: 'close',
    });
    response.end(page, () => resolve());
  });
}

function bind(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const inUse = error.code === 'EADDRINUSE';
      reject(
        new UserError(
          ExitCode.system,
          `The browser cannot be waited for on 127.0.0.1 port ${port}: ${inUse ? 'another program uses it' : String(error.code)}.`,
          port === 0 ? 'Look at the firewall and network settings of this machine.' : 'Choose another --port.',
        ),
      );
    });
    server.listen(port, '127.0.0.1', () => resolve((server.address() as AddressInfo).port));
  });
}
