import { errors } from 'undici';
import { RemoteError } from '../library/remote-error.js';

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

const CERTIFICATE_DATE = new Set(['CERT_NOT_YET_VALID', 'CERT_HAS_EXPIRED']);

const CERTIFICATE = new Set([
  'SELF_SIGNED_CERT_IN_CHAIN',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'CERT_UNTRUSTED',
  'CERT_SIGNATURE_FAILURE',
  'ERR_TLS_CERT_ALTNAME_INVALID',
]);

/** What an exception of the HTTP client means. `host` goes into the message; paths and queries never do. */
export function networkFault(thrown: unknown, host: string, signal?: AbortSignal): NetworkFault {
  const code = codeOf(thrown);
  // The exceptions of the client are not kept as causes whole: they may hold the request, and so a secret.
  const details = { reason: code ?? 'UNKNOWN' };
  if (signal?.aborted === true)
    return { sent: true, error: new RemoteError('aborted', 'The request was cancelled.', details) };
  if (code === undefined)
    return { sent: true, error: new RemoteError('server', `The exchange with ${host} broke off.`, details) };
  if (UNREACHABLE.has(code)) return { sent: false, error: unreachable(host, code) };
  if (CERTIFICATE.has(code) || CERTIFICATE_DATE.has(code)) return { sent: false, error: untrusted(host, code) };
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
  if (code === 'UND_ERR_BODY_TIMEOUT')
    return { sent: true, error: new RemoteError('server', `${host} stopped in the middle of an answer.`, details) };
  return {
    sent: true,
    error: new RemoteError('server', `The exchange with ${host} broke off (${code}).`, details),
  };
}

/** True where a connection that had served before was found closed: sending again at once is right. */
export function isStaleConnection(thrown: unknown): boolean {
  const code = codeOf(thrown);
  if (code === 'ECONNRESET' || code === 'EPIPE') return true;
  return thrown instanceof errors.SocketError && (thrown.socket?.bytesRead ?? 0) > 0;
}

function unreachable(host: string, code: string): RemoteError {
  return new RemoteError('offline', `${host} cannot be reached (${code}).`, {
    reason: code,
    hint: 'Check the network connection, and the proxy settings if there is a proxy.',
  });
}

function untrusted(host: string, code: string): RemoteError {
  return new RemoteError('offline', `The certificate shown for ${host} is not to be trusted (${code}).`, {
    reason: code,
    hint: CERTIFICATE_DATE.has(code)
      ? 'Check that the clock of this machine is right.'
      : 'If a company proxy inspects traffic here, name its certificate with --ca-cert (or in NODE_EXTRA_CA_CERTS); otherwise do not trust this network.',
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
