import { errors } from './undici-parts.js';
import { RemoteError } from '../../library/remote-error.js';
import { TOO_SLOW } from './exchange-watch.js';
import type { Proxy } from './proxy-settings.js';

/** A request that failed below HTTP. */
export interface NetworkFault {
  readonly error: RemoteError;
  /** False where no connection came about, so that the request spent no quota. */
  readonly sent: boolean;
}

const UNREACHABLE = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EAI_FAIL',
  'ENODATA',
  'ENETUNREACH',
  'EHOSTUNREACH',
  'ENETDOWN',
  'EHOSTDOWN',
  'EADDRNOTAVAIL',
  'ETIMEDOUT',
  'UND_ERR_CONNECT_TIMEOUT',
]);

/** The proxy closed the connection instead of answering. */
export const PROXY_HUNG_UP = 'PROXY_HUNG_UP';
/** The proxy did not answer CONNECT in time. */
export const PROXY_SILENT = 'PROXY_SILENT';

const CERTIFICATE_DATE = new Set(['CERT_NOT_YET_VALID', 'CERT_HAS_EXPIRED']);

const CERTIFICATE = new Set([
  'SELF_SIGNED_CERT_IN_CHAIN',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'CERT_UNTRUSTED',
  'CERT_SIGNATURE_FAILURE',
  'CERT_CHAIN_TOO_LONG',
  'CERT_REJECTED',
  'CERT_REVOKED',
  'INVALID_CA',
  'INVALID_PURPOSE',
  'HOSTNAME_MISMATCH',
  'ERR_TLS_CERT_ALTNAME_INVALID',
]);

/**
 * The fault that an exception of the HTTP client means. Its message names `host`, and host and port of the proxy if
 * there is one; never a path or a query.
 */
export function networkFault(thrown: unknown, host: string, signal?: AbortSignal, proxy?: Proxy): NetworkFault {
  const code = codeOf(thrown);
  // The exceptions of the client are not kept as causes whole: they may hold the request, and so a secret.
  const details = { reason: code ?? 'UNKNOWN' };
  if (signal?.aborted === true)
    return { sent: true, error: new RemoteError('aborted', 'The request was cancelled.', details) };
  if (code === undefined)
    return { sent: true, error: new RemoteError('server', `The exchange with ${host} broke off.`, details) };
  const refusedBy = proxy === undefined ? undefined : refusalOfProxy(thrown, host, proxy);
  if (refusedBy !== undefined) return { sent: false, error: refusedBy };
  if (UNREACHABLE.has(code)) return { sent: false, error: unreachable(host, code, proxy) };
  if (code === 'EMFILE' || code === 'ENFILE')
    return {
      sent: false,
      error: new RemoteError('server', `No connection to ${host}: too many files are open here (${code}).`, {
        ...details,
        hint: 'It is tried again by itself; if it goes on, raise the limit of open files (ulimit -n).',
      }),
    };
  if (CERTIFICATE.has(code) || CERTIFICATE_DATE.has(code)) return { sent: false, error: untrusted(host, code) };
  if (code.startsWith('ERR_SSL_'))
    return {
      sent: false,
      error: new RemoteError('offline', `No secure connection to ${host} came about (${code}).`, {
        ...details,
        hint:
          proxy === undefined
            ? 'A hotel or company network may be in the way: open a web page in a browser.'
            : `If ${proxy.variable} begins with https:// and the proxy ${proxy.name} speaks plain HTTP, write http:// there.`,
      }),
    };
  if (code === 'UND_ERR_HEADERS_TIMEOUT')
    return {
      sent: true,
      error: new RemoteError('offline', `${host} did not answer in time.`, {
        ...details,
        hint: 'Check the network connection.',
      }),
    };
  if (code.startsWith('HPE_') || code.startsWith('UND_ERR_RES') || code === 'UND_ERR_HEADERS_OVERFLOW')
    return { sent: true, error: new RemoteError('protocol', `${host} sent an answer that is not HTTP.`, details) };
  if (code === TOO_SLOW)
    return { sent: true, error: new RemoteError('server', `The answer of ${host} came too slowly.`, details) };
  if (code === 'UND_ERR_BODY_TIMEOUT')
    return { sent: true, error: new RemoteError('server', `${host} stopped in the middle of an answer.`, details) };
  return {
    sent: true,
    error: new RemoteError('server', `The exchange with ${host} broke off (${code}).`, details),
  };
}

/** Whether a connection that had been used before was closed by the host. The request can be sent again at once. */
export function isStaleConnection(thrown: unknown): boolean {
  const code = codeOf(thrown);
  if (code === 'ECONNRESET' || code === 'EPIPE') return true;
  return thrown instanceof errors.SocketError && (thrown.socket?.bytesRead ?? 0) > 0;
}

function unreachable(host: string, code: string, proxy: Proxy | undefined): RemoteError {
  return new RemoteError('offline', `${host} cannot be reached (${code}).`, {
    reason: code,
    hint:
      proxy === undefined
        ? 'Check the network connection, and the proxy settings if there is a proxy.'
        : `Check the network connection, and the proxy ${proxy.name} that ${proxy.variable} names.`,
  });
}

/** The error of a proxy that did not open a tunnel. The client reports that in the words of its message only. */
function refusalOfProxy(thrown: unknown, host: string, { name, variable }: Proxy): RemoteError | undefined {
  if (codeOf(thrown) === PROXY_SILENT)
    return new RemoteError('offline', `The proxy ${name} does not answer when asked for ${host}.`, {
      reason: PROXY_SILENT,
      hint: `Look whether ${variable} names the right host and port, and whether the proxy itself reaches the network.`,
    });
  if (codeOf(thrown) === PROXY_HUNG_UP)
    return new RemoteError('offline', `The proxy ${name} hangs up when asked for ${host}.`, {
      reason: PROXY_HUNG_UP,
      hint: `Look whether ${variable} names the right port, and whether the proxy allows *.googleapis.com.`,
    });
  const status = thrown instanceof Error ? /^Proxy response \((\d{3})\)/.exec(thrown.message)?.[1] : undefined;
  if (status === undefined) return undefined;
  return status === '407'
    ? new RemoteError('offline', `The proxy ${name} wants a user name and password.`, {
        reason: 'PROXY_SIGN_IN',
        hint: `Put them into the address, ${variable}=http://name:password@host:port, or use a proxy that needs none.`,
      })
    : new RemoteError('offline', `The proxy ${name} does not let requests through to ${host} (HTTP ${status}).`, {
        reason: 'PROXY_REFUSED',
        hint:
          'Ask the administrator of the proxy to allow *.googleapis.com and *.googleusercontent.com, ' +
          'or name the hosts in NO_PROXY if they can be reached directly.',
      });
}

function untrusted(host: string, code: string): RemoteError {
  return new RemoteError('offline', `The certificate shown for ${host} is not to be trusted (${code}).`, {
    reason: code,
    hint: CERTIFICATE_DATE.has(code)
      ? 'Check that the clock of this machine is right.'
      : 'If a company proxy inspects traffic here, name its certificate with --ca-cert (or in NODE_EXTRA_CA_CERTS); ' +
        'otherwise do not trust this network.',
  });
}

function codeOf(thrown: unknown): string | undefined {
  if (!(thrown instanceof Error)) return undefined;
  if ('code' in thrown && typeof thrown.code === 'string') return thrown.code;
  if (thrown.name === 'HTTPParserError') return 'HPE_INVALID';
  if (thrown instanceof AggregateError) {
    for (const inner of thrown.errors) {
      const code = codeOf(inner);
      if (code !== undefined) return code;
    }
  }
  return codeOf(thrown.cause);
}
