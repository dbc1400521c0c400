import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { Socket } from 'node:net';

/*
 * undici 7 ends the process with an AssertionError if a connection ends while the reader of a body has paused it
 * (nodejs/undici#5360; mended in undici 8, which Node 20 cannot run). The parser of a connection is a private value
 * of its socket; undici tells of each new socket by a diagnostics channel.
 */

/** undici's parser of the answers on one connection. */
interface Parser {
  paused: boolean;
  /** Whether the connection outlives the answer. If not, the end of the connection counts as the end of the body. */
  shouldKeepAlive: boolean;
  /** Goes on with what the socket holds. */
  resume(): void;
  readonly llhttp: { llhttp_resume(parser: unknown): void };
  readonly ptr: unknown;
}

/** Makes connections of undici end without harm while they are paused. Can be called again. */
export function guardPausedParsers(): void {
  unsubscribe('undici:client:connected', guard);
  subscribe('undici:client:connected', guard);
}

function guard(message: unknown): void {
  const { socket } = message as { readonly socket: Socket };
  // Before undici's own listeners.
  socket.prependListener('end', () => {
    const parser = pausedParser(socket);
    // Every byte was read, so that no more than the end of the answer is handed to the reader.
    parser?.resume();
    if (parser?.paused !== true) return;
    // It called the reader, who still pauses, with nothing.
    parser.llhttp.llhttp_resume(parser.ptr);
    parser.paused = false;
  });
  for (const event of ['error', 'close'])
    socket.prependListener(event, () => {
      const parser = pausedParser(socket);
      // A connection that broke is not the end of a body.
      if (parser !== undefined) parser.shouldKeepAlive = true;
    });
}

function pausedParser(socket: Socket): Parser | undefined {
  for (const key of Object.getOwnPropertySymbols(socket)) {
    if (key.description !== 'parser') continue;
    const parser = (socket as unknown as Readonly<Record<symbol, Parser | null>>)[key];
    if (parser?.paused === true) return parser;
  }
  return undefined;
}
