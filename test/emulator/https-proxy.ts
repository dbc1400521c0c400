import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream';
import { TLSSocket, createSecureContext } from 'node:tls';
import type { Emulator } from './start-emulator.js';
import { makeThrowawayCertificate } from './throwaway-certificate.js';

const PICKER = 'photospicker.googleapis.com';
const HOSTS = ['photoslibrary.googleapis.com', 'lh3.googleusercontent.com', 'oauth2.googleapis.com', PICKER];

export interface RcloneProxy {
  /** To be added to rclone's environment. */
  readonly env: { readonly HTTPS_PROXY: string; readonly SSL_CERT_FILE: string; readonly RCLONE_CONFIG: string };
  /** Configuration with one remote, `gphotos:`. */
  readonly configFile: string;
  /** Every host that was asked for so far. */
  readonly asked: ReadonlySet<string>;
  /** From now on it accepts connections and answers no CONNECT; or it answers again. */
  silence(isSilent: boolean): void;
  close(): Promise<void>;
}

function rcloneConfig({ env }: Emulator): string {
  // Long expired: the first thing that rclone does is to ask for a new access token.
  const token = {
    access_token: 'none',
    token_type: 'Bearer',
    refresh_token: env.GPHOTOS_REFRESH_TOKEN,
    expiry: '2001-01-01T00:00:00Z',
  };
  return [
    '[gphotos]',
    'type = google photos',
    'read_only = true',
    `client_id = ${env.GPHOTOS_CLIENT_ID}`,
    `client_secret = ${env.GPHOTOS_CLIENT_SECRET}`,
    `token_url = ${env.GPHOTOS_TOKEN_URL}`,
    `auth_url = ${env.GPHOTOS_AUTH_URL}`,
    `token = ${JSON.stringify(token)}`,
    '',
  ].join('\n');
}

/** How a connection that the proxy accepted goes on, and whom its TLS is to be trusted by. */
interface Way {
  readonly authorityFile: string;
  readonly serve: (socket: Socket) => void;
}

/** Without TLS of its own the emulator gets the requests; with TLS it gets the bytes as they come. */
function wayTo(emulator: Emulator, folder: string): Way {
  if (emulator.authorityFile !== undefined) {
    const { authorityFile, port } = emulator;
    const serve = (socket: Socket): void => {
      const onward = connect({ port, host: '127.0.0.1', noDelay: true });
      pipeline(socket, onward, socket, () => undefined);
    };
    return { authorityFile, serve };
  }
  const { key, cert, authorityFile } = makeThrowawayCertificate(folder, HOSTS);
  const secureContext = createSecureContext({ key, cert });
  const inside = createServer({ keepAliveTimeout: 60_000 }, (request, response) =>
    forward(emulator.url, request, response),
  );
  const serve = (socket: Socket): void => {
    const tls = new TLSSocket(socket, { isServer: true, secureContext });
    // A client that hangs up in the middle is its own affair.
    tls.on('error', () => tls.destroy());
    inside.emit('connection', tls);
  };
  return { authorityFile, serve };
}

/**
 * Leads Debian's rclone, which knows Google's real host names only, to the emulator: a proxy that accepts CONNECT for them,
 * ends TLS with a throw-away certificate and passes the requests on. Other hosts are refused.
 */
export async function startRcloneProxy(emulator: Emulator): Promise<RcloneProxy> {
  const folder = mkdtempSync(join(tmpdir(), 'gphotos-rclone-'));
  const { authorityFile, serve } = wayTo(emulator, folder);
  const configFile = join(folder, 'rclone.conf');
  writeFileSync(configFile, rcloneConfig(emulator), { mode: 0o600 });

  const sockets = new Set<Socket>();
  const asked = new Set<string>();
  let isSilent = false;
  const proxy = createServer((_, response) => void response.writeHead(405).end());
  proxy.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  proxy.on('connect', (request: IncomingMessage, socket: Socket) => {
    const [host = ''] = (request.url ?? '').split(':');
    asked.add(host);
    socket.on('error', () => undefined);
    if (isSilent) return;
    if (!HOSTS.includes(host)) {
      socket.end('HTTP/1.1 403 Forbidden\r\n\r\n');
      return;
    }
    socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
    serve(socket);
  });
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  const { port } = proxy.address() as AddressInfo;
  return {
    env: { HTTPS_PROXY: `http://127.0.0.1:${port}`, SSL_CERT_FILE: authorityFile, RCLONE_CONFIG: configFile },
    configFile,
    asked,
    silence: (wanted) => {
      isSilent = wanted;
      // What is open goes, so that the next request needs a CONNECT.
      if (isSilent) for (const socket of sockets) socket.destroy();
    },
    close: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => proxy.close(resolve));
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function forward(target: string, request: IncomingMessage, response: ServerResponse): void {
  const { pathname, search } = new URL(request.url ?? '/', target);
  const onward = httpRequest(
    `${target}${request.headers.host === PICKER ? '/picker' : ''}${pathname}${search}`,
    { method: request.method ?? 'GET', headers: request.headers },
    (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      pipeline(answer, response, (error) => {
        if (error) response.destroy();
      });
    },
  );
  onward.on('error', () => response.destroy());
  pipeline(request, onward, () => undefined);
}
