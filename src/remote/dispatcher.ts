import { readOwnFile, type FileRules } from '../support/own-file.js';
import { rootCertificates } from 'node:tls';
import { Agent, EnvHttpProxyAgent, Pool, buildConnector, type Dispatcher } from 'undici';
import { PROXY_HUNG_UP, PROXY_SILENT } from './network-fault.js';
import type { ReceiveBuffers } from './receive-buffers.js';
import type { Clock } from '../support/clock.js';
import { withinDeadline } from '../support/deadline.js';
import { ExitCode, UserError } from '../support/user-error.js';

/** How this machine reaches the network. */
export interface NetworkRoute {
  /** For `HTTP_PROXY`, `HTTPS_PROXY` and `NO_PROXY`, in either case of letters. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** PEM file with authorities to trust besides the usual ones. */
  readonly caFile?: string | undefined;
}

/** How long connecting may take. */
export interface Connecting {
  /** For name resolution, TCP and TLS together; through a proxy for reaching it and CONNECT, and again for TLS. */
  readonly timeoutMs: number;
  readonly clock: Clock;
}

const KEEP_ALIVE_MS = 30_000;

/**
 * Sends requests through the proxy of the environment, or directly if there is none; answers are then received into
 * `buffers`. Requests to this machine never use the proxy.
 */
export function createDispatcher(route: NetworkRoute, connecting: Connecting, buffers: ReceiveBuffers): Dispatcher {
  const ca = route.caFile === undefined ? undefined : [...usualAuthorities(route.env), readAuthorities(route.caFile)];
  const tls = ca === undefined ? {} : { ca };
  const options = { keepAliveTimeout: KEEP_ALIVE_MS, pipelining: 1 };
  const httpsProxy = proxyAddress(route.env, 'https_proxy');
  const httpProxy = proxyAddress(route.env, 'http_proxy');
  const connect = { timeout: connecting.timeoutMs, ...tls };
  if (httpsProxy === undefined && httpProxy === undefined) {
    const plain = buildConnector({ ...connect, ...buffers.plain });
    const secure = buildConnector({ ...connect, ...buffers.secure });
    return new Agent({
      ...options,
      connect: (wanted, done) => {
        (wanted.protocol === 'https:' ? secure : plain)(wanted, done);
      },
    });
  }
  return new EnvHttpProxyAgent({
    ...options,
    connect,
    requestTls: connect,
    proxyTls: connect,
    clientFactory: (origin, given) => new WayThroughProxy(origin, given, connecting),
    // An empty string keeps the agent from reading the environment of the process by itself.
    httpProxy: httpProxy ?? '',
    httpsProxy: httpsProxy ?? '',
    noProxy: [variable(route.env, 'no_proxy') ?? '', 'localhost', '127.0.0.1', '[::1]'].filter(Boolean).join(','),
  });
}

type Connected = (error: Error | null, data: Dispatcher.ConnectData) => void;

/**
 * Connections to a proxy, with two faults of the agent corrected. If the proxy hangs up, the agent takes that for the
 * end of an idle connection and retries at once, without end. If the proxy does not answer CONNECT, the agent waits for
 * minutes and gives each new request to the same connection.
 */
class WayThroughProxy extends Pool {
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

/** Host and port of the proxy that requests to Google go through, without its password. */
export function proxyName(env: NetworkRoute['env']): string | undefined {
  const address = proxyAddress(env, 'https_proxy') ?? proxyAddress(env, 'http_proxy');
  return address === undefined ? undefined : new URL(address).host;
}

function proxyAddress(env: NetworkRoute['env'], name: 'http_proxy' | 'https_proxy'): string | undefined {
  const text = variable(env, name);
  if (text === undefined) return undefined;
  const address = /^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text : `http://${text}`;
  const protocol = URL.canParse(address) ? new URL(address).protocol : '';
  if (protocol === 'http:' || protocol === 'https:') return address;
  // The value is not repeated: it may hold a password.
  throw new UserError(
    ExitCode.config,
    `${name.toUpperCase()} is not the address of an http or https proxy.`,
    `Set it to something like http://proxy.example.org:3128, or unset it.`,
  );
}

function variable(env: NetworkRoute['env'], name: string): string | undefined {
  const value = env[name] ?? env[name.toUpperCase()];
  return value === undefined || value === '' ? undefined : value;
}

const NAME_CERTIFICATES =
  'Name a file that begins with -----BEGIN CERTIFICATE-----, as --ca-cert or in NODE_EXTRA_CA_CERTS.';
const CERTIFICATES: FileRules = {
  what: 'the certificate file',
  exitCode: ExitCode.config,
  owner: 'any',
  hint: NAME_CERTIFICATES,
};

/** The authorities that Node trusts by default: naming any replaces them all. */
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
