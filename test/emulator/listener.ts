import { mkdtempSync, rmSync } from 'node:fs';
import { createServer as createPlainServer, type RequestListener, type Server } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import { createServer as createTcpServer, type AddressInfo, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Counters } from './counters.js';
import type { Switches } from './switches.js';
import { makeThrowawayCertificate } from './throwaway-certificate.js';

/** The hosts that a certificate of the emulator is for: its own address, and Google's names for who comes through a proxy. */
const HOSTS = [
  '127.0.0.1',
  'photoslibrary.googleapis.com',
  'lh3.googleusercontent.com',
  'oauth2.googleapis.com',
  'photospicker.googleapis.com',
];
const KEEP_ALIVE_MS = 60_000;

export interface ListenerOptions {
  /** 0: any free port. */
  readonly port: number;
  /** With a certificate that is made now and dies with the listener. Needs the openssl program. */
  readonly tls: boolean;
  readonly switches: Pick<Switches, 'connectLatencyMs'>;
  readonly counters: Counters;
  readonly handle: RequestListener;
}

export interface Listener {
  /** `http://127.0.0.1:<port>` or `https://…` */
  readonly url: string;
  readonly port: number;
  /** PEM file with the authority of the certificate; undefined without TLS. */
  readonly authorityFile: string | undefined;
  /** Breaks open connections and frees the port. */
  close(): Promise<void>;
}

/** Accepts connections on loopback. Each costs the time of its round trips: one for TCP, one more for TLS. */
export async function listen({ port, tls, switches, counters, handle }: ListenerOptions): Promise<Listener> {
  const folder = tls ? mkdtempSync(join(tmpdir(), 'emulator-tls-')) : undefined;
  const certificate = folder === undefined ? undefined : makeThrowawayCertificate(folder, HOSTS);
  const options = { keepAliveTimeout: KEEP_ALIVE_MS };
  const inside: Server =
    certificate === undefined
      ? createPlainServer(options, handle)
      : createSecureServer({ ...options, key: certificate.key, cert: certificate.cert }, handle);
  inside.on('secureConnection', (socket: { isSessionReused(): boolean }) => {
    counters.handshake(socket.isSessionReused());
  });
  inside.on('tlsClientError', () => undefined);
  const sockets = new Set<Socket>();
  const server = createTcpServer({ noDelay: true }, (socket) => {
    sockets.add(socket);
    counters.connected();
    socket.on('close', () => sockets.delete(socket)).on('error', () => undefined);
    const wait = switches.connectLatencyMs * (tls ? 2 : 1);
    if (wait === 0) inside.emit('connection', socket);
    else void delay(wait).then(() => socket.destroyed || inside.emit('connection', socket));
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  const { port: given } = server.address() as AddressInfo;
  return {
    url: `${tls ? 'https' : 'http'}://127.0.0.1:${given}`,
    port: given,
    authorityFile: certificate?.authorityFile,
    close: async () => {
      const closed = new Promise((resolve) => server.close(resolve));
      for (const socket of sockets) socket.destroy();
      await closed;
      if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
    },
  };
}
