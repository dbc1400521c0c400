import { readOwnFile, type FileRules } from '../../support/own-file.js';
import { createSecureContext, rootCertificates } from 'node:tls';
import type { Dispatcher } from 'undici';
import { Agent, Dispatcher as AnyDispatcher, Pool, ProxyAgent, buildConnector } from './undici-parts.js';
import { PROXY_HUNG_UP, PROXY_SILENT } from './network-fault.js';
import {
  proxyToGoogle,
  readProxySettings,
  type Environment,
  type Proxy,
  type ProxySettings,
} from './proxy-settings.js';
import { guardPausedParsers } from './paused-parser.js';
import type { ReceiveBuffers } from './receive-buffers.js';
import type { Clock } from '../../support/clock.js';
import { withinDeadline } from '../../support/deadline.js';
import { ExitCode, UserError } from '../../support/user-error.js';

/** How requests leave this machine. */
export interface NetworkRoute {
  /** For the proxy variables and NODE_EXTRA_CA_CERTS. */
  readonly env: Environment;
  /** PEM file with authorities to trust besides the usual ones. */
  readonly caFile?: string | undefined;
}

/** Limits for opening a connection. */
export interface Connecting {
  /** For name resolution, TCP and TLS together; through a proxy for reaching it and CONNECT, and again for TLS. */
  readonly timeoutMs: number;
  readonly clock: Clock;
}

const KEEP_ALIVE_MS = 30_000;

/**
 * Creates the dispatcher: direct connections that read into `buffers`, or connections through the proxy of the
 * environment. Throws UserError (config) if the proxy setting or the certificate file is wrong.
 */
export function createDispatcher(route: NetworkRoute, connecting: Connecting, buffers: ReceiveBuffers): Dispatcher {
  guardPausedParsers();
  const { caFile } = route;
  const ca = caFile === undefined ? undefined : [...usualAuthorities(route.env), readAuthorities(caFile)];
  // One for all connections: reading some 150 authorities takes up to 90 ms, and would block this thread at each handshake.
  const tls = ca === undefined ? {} : { secureContext: createSecureContext({ ca }) };
  const options = { keepAliveTimeout: KEEP_ALIVE_MS, pipelining: 1 };
  const connect = { timeout: connecting.timeoutMs, ...tls };
  const plain = buildConnector({ ...connect, ...buffers.plain });
  const secure = buildConnector({ ...connect, ...buffers.secure });
  const direct = new Agent({
    ...options,
    connect: (wanted, done) => {
      (wanted.protocol === 'https:' ? secure : plain)(wanted, done);
    },
  });
  if (proxyToGoogle(route.env) === undefined) return direct;
  const throughProxy = ({ url, authorization }: Proxy): Dispatcher =>
    new ProxyAgent({
      ...options,
      uri: url,
      ...(authorization === undefined ? {} : { token: authorization }),
      connect,
      requestTls: connect,
      proxyTls: connect,
      clientFactory: (origin, given) => new ProxyConnections(origin, given, connecting),
    });
  return new ProxyRoutes(direct, readProxySettings(route.env), throughProxy);
}

/** Sends each request directly or through its proxy. */
class ProxyRoutes extends AnyDispatcher {
  readonly #direct: Dispatcher;
  readonly #settings: ProxySettings;
  readonly #open: (proxy: Proxy) => Dispatcher;
  readonly #opened = new Map<string, Dispatcher>();

  constructor(direct: Dispatcher, settings: ProxySettings, open: (proxy: Proxy) => Dispatcher) {
    super();
    this.#direct = direct;
    this.#settings = settings;
    this.#open = open;
  }

  override dispatch(options: Dispatcher.DispatchOptions, handler: Dispatcher.DispatchHandler): boolean {
    return this.#routeTo(new URL(String(options.origin))).dispatch(options, handler);
  }

  override async close(): Promise<void> {
    await Promise.all([this.#direct, ...this.#opened.values()].map((one) => one.close()));
  }

  override async destroy(): Promise<void> {
    await Promise.all([this.#direct, ...this.#opened.values()].map((one) => one.destroy()));
  }

  #routeTo(url: URL): Dispatcher {
    const proxy = this.#settings.proxyFor(url);
    if (proxy === undefined) return this.#direct;
    const known = this.#opened.get(proxy.variable) ?? this.#open(proxy);
    this.#opened.set(proxy.variable, known);
    return known;
  }
}

type Connected = (error: Error | null, data: Dispatcher.ConnectData) => void;

/**
 * Connections to a proxy. If the proxy closes the connection, the agent would ask again at once and without end,
 * because it takes this for an idle connection that ended. If the proxy does not answer CONNECT, the agent would wait
 * for minutes and give new requests to the same connection.
 */
class ProxyConnections extends Pool {
  readonly #connecting: Connecting;

  constructor(origin: URL, options: object, connecting: Connecting) {
    super(origin, options);
    this.#connecting = connecting;
  }

  override connect(wanted: Dispatcher.ConnectOptions): Promise<Dispatcher.ConnectData>;
  override connect(wanted: Dispatcher.ConnectOptions, done: Connected): void;
  override connect(wanted: Dispatcher.ConnectOptions, done?: Connected): Promise<Dispatcher.ConnectData> | undefined {
    if (done !== undefined) {
      super.connect(wanted, done);
      return undefined;
    }
    const { clock, timeoutMs } = this.#connecting;
    const ask = (signal: AbortSignal): Promise<Dispatcher.ConnectData> => super.connect({ ...wanted, signal });
    const late = (): Error => Object.assign(new Error('The proxy is silent.'), { code: PROXY_SILENT });
    return withinDeadline(clock, timeoutMs, ask, late).catch((error: unknown) => {
      if (!isHangUp(error)) throw error;
      throw Object.assign(new Error('The proxy hung up.'), { code: PROXY_HUNG_UP });
    });
  }
}

function isHangUp(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'UND_ERR_SOCKET';
}

const NAME_CERTIFICATES =
  'Name a file that begins with -----BEGIN CERTIFICATE-----, as --ca-cert or in NODE_EXTRA_CA_CERTS.';
const CERTIFICATES: FileRules = {
  what: 'the certificate file',
  exitCode: ExitCode.config,
  owner: 'any',
  hint: NAME_CERTIFICATES,
};

/** The authorities that Node trusts by default. A list of our own replaces them all, so they are added to it. */
function usualAuthorities(env: NetworkRoute['env']): string[] {
  const extra = env['NODE_EXTRA_CA_CERTS'];
  if (extra === undefined || extra === '') return [...rootCertificates];
  try {
    return [...rootCertificates, readOwnFile(extra, CERTIFICATES) ?? ''];
  } catch {
    return [...rootCertificates];
  }
}

function readAuthorities(file: string): string {
  let text: string;
  try {
    const found = readOwnFile(file, CERTIFICATES);
    if (found === undefined) throw wrongFile(file, 'cannot be read (ENOENT)');
    text = found;
  } catch (error) {
    if (error instanceof UserError) throw error;
    throw wrongFile(file, `cannot be read (${String((error as NodeJS.ErrnoException).code)})`);
  }
  if (!text.includes('-----BEGIN CERTIFICATE-----')) throw wrongFile(file, 'holds no certificate in PEM form');
  return text;
}

function wrongFile(file: string, what: string): UserError {
  return new UserError(ExitCode.config, `The certificate file ${file} ${what}.`, NAME_CERTIFICATES);
}
