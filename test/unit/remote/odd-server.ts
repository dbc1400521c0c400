import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { TestContext } from 'node:test';

export interface Seen {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

export interface OddServer {
  /** `http://127.0.0.1:port/` */
  readonly root: string;
  /** Every request so far. */
  readonly seen: Seen[];
  connections(): number;
  /** Connections that are not closed. */
  open(): number;
}

export type Answer = (request: Seen, response: ServerResponse, index: number) => void;

/** A server on loopback that answers as the test says; gone when the test is over. */
export async function oddServer(test: TestContext, answer: Answer): Promise<OddServer> {
  const seen: Seen[] = [];
  let connections = 0;
  let open = 0;
  const server = createServer((request, response) => {
    const pieces: Buffer[] = [];
    request.on('data', (piece: Buffer) => pieces.push(piece));
    request.on('end', () => {
      const body = Buffer.concat(pieces).toString();
      const entry = { method: request.method ?? '', url: request.url ?? '', headers: request.headers, body };
      seen.push(entry);
      answer(entry, response, seen.length - 1);
    });
  });
  server.on('connection', (socket) => {
    connections++;
    open++;
    socket.once('close', () => open--);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  test.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return { root: `http://127.0.0.1:${port}/`, seen, connections: () => connections, open: () => open };
}

export function sendJson(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json; charset=UTF-8' });
  response.end(JSON.stringify(body));
}

export function sendHtml(response: ServerResponse, status: number): void {
  response.writeHead(status, { 'content-type': 'text/html; charset=UTF-8' });
  response.end('<!DOCTYPE html><title>Error</title><p>The server encountered an error.');
}
