import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import type { Transport } from './fault-replies.js';
import type { Reply } from './reply.js';

const CHUNK = 256 * 1024;
/** Pieces in which a slow line brings a second's bytes. */
const LINE_PIECES = 100;

/** When a slow line has brought what was written to it so far, milliseconds of performance.now(). */
const lineFree = new WeakMap<Socket, number>();

/** Resolves when a line of this rate has brought `bytes` more. */
async function carried(socket: Socket, bytes: number, bytesPerSecond: number): Promise<void> {
  const now = performance.now();
  const free = Math.max(now, lineFree.get(socket) ?? 0) + (bytes / bytesPerSecond) * 1_000;
  lineFree.set(socket, free);
  if (free - now >= 1) await delay(free - now);
}

/** Resolves when the client or the emulator ends the connection. */
export function gone(request: IncomingMessage): Promise<unknown> {
  return request.socket.destroyed ? Promise.resolve() : once(request.socket, 'close');
}

/** Writes an answer, as fast as the client takes it, and gives the number of body bytes written. */
export async function deliver(
  request: IncomingMessage,
  response: ServerResponse,
  reply: Reply,
  transport: Transport,
): Promise<number> {
  const { body } = reply;
  const text = body.type === 'json' ? Buffer.from(JSON.stringify(body.json)) : undefined;
  const source =
    body.type === 'bytes'
      ? body
      : { source: { length: text?.length ?? 0, read: slice(text) }, start: 0, end: text?.length ?? 0 };
  const headers: Record<string, string> = { ...reply.headers };
  if (text !== undefined) headers['Content-Length'] ??= String(text.length);
  const { cut, endless = false, lineBytesPerSecond = Infinity } = transport;
  if (request.method !== 'HEAD' && (cut !== undefined || endless))
    withoutLength(response, headers, cut?.end ?? 'close');
  if (transport.drip?.part === 'headers') return dripHeaders(request, reply.status, headers, transport.drip.everyMs);
  response.writeHead(reply.status, headers);
  if (request.method === 'HEAD') {
    response.end();
    return 0;
  }
  if (endless) return pourWithoutEnd(response);
  const limit = Math.min(
    transport.resetAfter ?? Infinity,
    transport.stallAfter ?? Infinity,
    cut?.afterBytes ?? Infinity,
    source.end - source.start,
  );
  if (transport.drip !== undefined) response.flushHeaders();
  const dripMs = transport.drip?.everyMs;
  const chunk =
    dripMs !== undefined
      ? 1
      : transport.bytesPerSecond === undefined
        ? Math.min(CHUNK, Math.max(1, Math.ceil(lineBytesPerSecond / LINE_PIECES)))
        : Math.max(1, Math.ceil(transport.bytesPerSecond / 20));
  let written = 0;
  while (written < limit && !response.destroyed) {
    const from = source.start + written;
    const piece = source.source.read(from, Math.min(from + chunk, source.start + limit));
    written += piece.length;
    if (!response.write(piece)) await drained(response);
    if (lineBytesPerSecond !== Infinity) await carried(request.socket, piece.length, lineBytesPerSecond);
    if (transport.bytesPerSecond !== undefined) await delay(50);
    if (dripMs !== undefined) await delay(dripMs);
  }
  if (transport.stallAfter !== undefined) {
    response.flushHeaders();
    await gone(request);
  } else if (transport.resetAfter !== undefined) {
    response.flushHeaders();
    // Wait until the kernel has the bytes: what was promised before the break does arrive.
    await new Promise<void>((resolve) => request.socket.write('', () => resolve()));
    request.socket.destroy();
  } else {
    response.end();
    // A length that lies leaves the client waiting for the rest, until the connection ends.
    const length = Object.entries(headers).find(([name]) => name.toLowerCase() === 'content-length');
    const declared = Number(length?.[1] ?? written);
    if (declared !== written) request.socket.destroySoon();
  }
  return written;
}

/** The end of the connection will be the end of the body, or the end mark of its chunks. */
function withoutLength(response: ServerResponse, headers: Record<string, string>, end: 'close' | 'chunks'): void {
  for (const name of Object.keys(headers))
    if (name.toLowerCase() === 'content-length') Reflect.deleteProperty(headers, name);
  if (end === 'chunks') return;
  response.useChunkedEncodingByDefault = false;
  response.shouldKeepAlive = false;
}

async function pourWithoutEnd(response: ServerResponse): Promise<number> {
  const piece = Buffer.alloc(CHUNK);
  let written = 0;
  for (; !response.destroyed; written += piece.length) if (!response.write(piece)) await drained(response);
  return written;
}

/** Past the response object, which knows whole headers only. Never gets to the end of them. */
async function dripHeaders(
  { socket }: IncomingMessage,
  status: number,
  headers: Readonly<Record<string, string>>,
  everyMs: number,
): Promise<number> {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  for (const letter of `HTTP/1.1 ${status} OK\r\n${lines.join('')}`) {
    if (socket.destroyed) return 0;
    socket.write(letter);
    await delay(everyMs);
  }
  if (!socket.destroyed) await once(socket, 'close');
  return 0;
}

/** Resolves when the client took what was written, or went away. */
function drained(response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      response.off('drain', done).off('close', done);
      resolve();
    };
    response.on('drain', done).on('close', done);
  });
}

function slice(text: Buffer | undefined): (start: number, end: number) => Buffer {
  return (start, end) => (text ?? Buffer.alloc(0)).subarray(start, end);
}
