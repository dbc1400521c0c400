import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { API_ERRORS, Refusal, apiError } from './api-errors.js';
import type { Call, Route } from './call.js';
import type { Counters } from './counters.js';
import { deliver, gone } from './delivery.js';
import type { EmulatedLibrary } from './emulated-library.js';
import { replyChanged, replyInstead, transportOf } from './fault-replies.js';
import type { FaultAction, Faults } from './faults.js';
import type { OAuthState } from './oauth-state.js';
import type { Quotas } from './quotas.js';
import type { Reply } from './reply.js';
import type { Switches } from './switches.js';

export interface HandlerContext {
  readonly routes: readonly Route[];
  readonly faults: Faults;
  readonly counters: Counters;
  readonly quotas: Quotas;
  readonly oauth: OAuthState;
  readonly switches: Switches;
  readonly library: EmulatedLibrary;
}

async function readBody(request: IncomingMessage): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for await (const piece of request) pieces.push(piece as Buffer);
  return Buffer.concat(pieces);
}

/** The access token of a request: from its header, or from the query as Google's APIs allow. */
export function accessTokenOf(call: Call): string | undefined {
  return (
    /^Bearer\s+(.+)$/i.exec(call.headers.authorization ?? '')?.[1] ??
    call.url.searchParams.get('access_token') ??
    undefined
  );
}

const UNKNOWN_ROUTE = 'unknown';

/** Takes each request through latency, faults, token and quota checks to its route's handler, and the answer back. */
export class RequestHandler {
  readonly #context: HandlerContext;
  /** The JSON each route gave last, for repeated pages. */
  readonly #lastJson = new Map<string, unknown>();

  constructor(context: HandlerContext) {
    this.#context = context;
  }

  readonly handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { counters } = this.#context;
    counters.begin();
    const { call, route } = this.#match(request);
    const mediaId = route?.mediaId?.(call);
    let bytes = 0;
    try {
      bytes = await this.#answer(request, response, call, route, mediaId);
    } catch (error) {
      // A connection that the client broke is no fault of ours; anything else must be seen.
      if (!request.socket.destroyed) {
        console.error(`emulator: ${request.method ?? ''} ${request.url ?? ''}:`, error);
        request.socket.destroy();
      }
    } finally {
      counters.end({
        route: route?.name ?? UNKNOWN_ROUTE,
        method: call.method,
        path: request.url ?? '',
        status: response.headersSent ? response.statusCode : 0,
        bytes,
        mediaId,
        range: request.headers.range,
        authorized: request.headers.authorization !== undefined,
        userAgent: request.headers['user-agent'],
      });
    }
  };

  async #answer(
    request: IncomingMessage,
    response: ServerResponse,
    call: Call,
    route: Route | undefined,
    mediaId: string | undefined,
  ): Promise<number> {
    const { switches, faults, library } = this.#context;
    const name = route?.name ?? UNKNOWN_ROUTE;
    const body = await searchBody(call);
    const action = faults.take({
      route: name,
      method: call.method,
      pathAndQuery: request.url ?? '',
      mediaId,
      kind: mediaId === undefined ? undefined : library.find(mediaId)?.kind,
      hasPageToken: call.url.searchParams.has('pageToken') || body.includes('"pageToken":"'),
      body,
    });
    const wait = switches.latencyMs + (action?.type === 'slow' ? (action.delayMs ?? 0) : 0);
    if (wait > 0) await delay(wait);
    if (action?.type === 'reset' && action.afterBytes === undefined) {
      request.socket.resetAndDestroy();
      return 0;
    }
    if (action?.type === 'stall' && action.afterBytes === undefined) {
      await gone(request);
      return 0;
    }
    if (action?.type === 'interim') {
      while (!request.socket.destroyed) {
        response.writeProcessing();
        await delay(action.everyMs ?? 100);
      }
      return 0;
    }
    const reply = await this.#reply(call, route, action);
    if (reply.body.type === 'json' && reply.status === 200) this.#lastJson.set(name, reply.body.json);
    const cutAt = action === undefined && name.startsWith('media.') ? switches.cutWithoutLengthAt : Infinity;
    const meets = Number.isFinite(cutAt) ? ({ type: 'cut', afterBytes: cutAt } as const) : action;
    const transport = { ...reply.transport, ...transportOf(meets), lineBytesPerSecond: switches.bytesPerSecond };
    return deliver(request, response, reply, transport);
  }

  async #reply(call: Call, route: Route | undefined, action: FaultAction | undefined): Promise<Reply> {
    const instead = action === undefined ? undefined : replyInstead(action);
    if (route === undefined) {
      return instead ?? apiError('UNIMPLEMENTED', `The emulator has no route for ${call.method} ${call.url.pathname}.`);
    }
    const refusal = instead ?? this.#refusal(call, route);
    if (refusal !== undefined) {
      // An injected failure was a request like any other for the quota.
      if (instead !== undefined && route.quota !== undefined) this.#context.quotas.take(route.quota);
      return refusal;
    }
    const reply = await handled(call, route);
    return action === undefined ? reply : replyChanged(action, reply, this.#lastJson.get(route.name));
  }

  #refusal(call: Call, route: Route): Reply | undefined {
    const { oauth, quotas } = this.#context;
    if (route.scopes !== undefined) {
      const token = accessTokenOf(call);
      if (token === undefined) return API_ERRORS['no-token']();
      const access = oauth.accessOf(token);
      if (access === undefined) return API_ERRORS['invalid-token']();
      if (!route.scopes.some((scope) => access.grant.scopes.includes(scope))) return API_ERRORS['missing-scope']();
    }
    const overQuota = route.quota === undefined ? undefined : quotas.take(route.quota);
    return overQuota ?? (route.write === true ? quotas.takeWrite() : undefined);
  }

  #match(request: IncomingMessage): { call: Call; route: Route | undefined } {
    const url = new URL(request.url ?? '/', 'http://emulator.invalid');
    const method = request.method ?? 'GET';
    let pending: Promise<Buffer> | undefined;
    const body = (): Promise<Buffer> => (pending ??= readBody(request));
    for (const route of this.#context.routes) {
      const found = route.methods.includes(method) ? route.path.exec(url.pathname) : null;
      if (found === null) continue;
      const params = Object.fromEntries(
        Object.entries(found.groups ?? {}).map(([key, value]) => [key, decoded(value as string | undefined)]),
      );
      return { route, call: { method, url, headers: request.headers, params, body } };
    }
    return { route: undefined, call: { method, url, headers: request.headers, params: {}, body } };
  }
}

function decoded(value: string | undefined): string {
  try {
    return decodeURIComponent(value ?? '');
  } catch {
    return value ?? '';
  }
}

/** Only of searches: other bodies can be large, and no fault looks at them. */
async function searchBody(call: Call): Promise<string> {
  const isSearch = call.method === 'POST' && call.url.pathname.endsWith(':search');
  return isSearch ? (await call.body()).toString('utf8') : '';
}

async function handled(call: Call, route: Route): Promise<Reply> {
  try {
    return await route.handle(call);
  } catch (error) {
    if (error instanceof Refusal) return error.reply;
    throw error;
  }
}
