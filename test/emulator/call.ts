import type { IncomingHttpHeaders } from 'node:http';
import type { Reply } from './reply.js';

/** One request, as handlers see it. */
export interface Call {
  readonly method: string;
  readonly url: URL;
  readonly headers: IncomingHttpHeaders;
  /** The named groups of the route's pattern, percent-decoded. */
  readonly params: Readonly<Record<string, string>>;
  readonly body: () => Promise<Buffer>;
}

/** A method of the emulated services. */
export interface Route {
  /** Google's name for it (`mediaItems.list`), or ours (`media.photo`). Faults and counters go by it. */
  readonly name: string;
  readonly methods: readonly string[];
  /** Matched against the whole path. */
  readonly path: RegExp;
  /** Any one of these scopes opens it; left out: no token needed. */
  readonly scopes?: readonly string[];
  readonly quota?: 'api' | 'media';
  /** Counts against the writes per minute. */
  readonly write?: boolean;
  /** The media item that a request is about, where there is one. */
  readonly mediaId?: (call: Call) => string | undefined;
  readonly handle: (call: Call) => Reply | Promise<Reply>;
}
