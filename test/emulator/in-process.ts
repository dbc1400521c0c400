import { RemoteError } from '../../src/library/remote-error.js';
import { tooLarge } from '../../src/remote/http/too-large.js';
import type { Http, HttpRequest, HttpResponse } from '../../src/remote/http/http.js';
import { Refusal } from './api-errors.js';
import { BaseUrls } from './base-urls.js';
import type { Call, Route } from './call.js';
import { EmulatedLibrary } from './emulated-library.js';
import { replyChanged, replyInstead, transportOf } from './fault-replies.js';
import { Faults } from './faults.js';
import { GeneratedItems, type SeedOptions } from './generated-items.js';
import { libraryRoutes } from './library-routes.js';
import { Pager } from './paging.js';
import type { Reply } from './reply.js';
import { seededAlbums } from './seeded-albums.js';
import { DEFAULT_SWITCHES, type Switches } from './switches.js';

export interface InProcessEmulator {
  readonly library: EmulatedLibrary;
  readonly faults: Faults;
  readonly switches: Switches;
  /** Answers what the Library API would, without a socket. */
  readonly http: Http;
  /** Requests answered or broken, by route. */
  readonly requests: ReadonlyMap<string, number>;
}

/** The emulated Library API behind the client's own HTTP interface: a thousand requests take milliseconds, and time is the test's. */
export function inProcessEmulator(
  seed: SeedOptions,
  switches: Partial<Switches>,
  now: () => number,
): InProcessEmulator {
  const all: Switches = { ...DEFAULT_SWITCHES, ...switches };
  const items = new GeneratedItems(seed);
  const random = seed.random ?? 1;
  const library = new EmulatedLibrary(items, seededAlbums(seed.albums ?? 0, items.count, random), random, now);
  const faults = new Faults();
  const urls = new BaseUrls(1, now, () => all.baseUrlLifetimeMs);
  urls.origin = 'http://127.0.0.1:9';
  const routes = libraryRoutes({ library, urls, pager: new Pager(all, now), switches: all, now });
  const requests = new Map<string, number>();
  const lastJson = new Map<string, unknown>();

  const request = async (wanted: HttpRequest): Promise<HttpResponse> => {
    // A turn of the event loop, as any network costs: other work runs meanwhile.
    await new Promise((resolve) => setImmediate(resolve));
    if (wanted.signal?.aborted === true) throw new RemoteError('aborted', 'The request was cancelled.');
    const { route, call } = match(routes, wanted);
    requests.set(route.name, (requests.get(route.name) ?? 0) + 1);
    wanted.onSent?.();
    const action = faults.take({
      route: route.name,
      method: wanted.method,
      pathAndQuery: wanted.url.pathname + wanted.url.search,
      mediaId: undefined,
      kind: undefined,
      hasPageToken: wanted.url.searchParams.has('pageToken') || (wanted.body ?? '').includes('"pageToken":"'),
      body: wanted.body ?? '',
    });
    const broken = new RemoteError('server', 'The connection broke in the middle of the answer.');
    if (action?.type === 'reset' && action.afterBytes === undefined) throw broken;
    const instead = action === undefined ? undefined : replyInstead(action);
    const right = instead ?? (await handled(route, call));
    const reply =
      instead !== undefined || action === undefined ? right : replyChanged(action, right, lastJson.get(route.name));
    if (reply.status === 200 && reply.body.type === 'json') lastJson.set(route.name, reply.body.json);
    return answer(reply, transportOf(action).resetAfter === undefined ? undefined : broken);
  };
  return { library, faults, switches: all, requests, http: { request, close: () => Promise.resolve() } };
}

function match(
  routes: readonly Route[],
  { method, url, headers = {}, body = '' }: HttpRequest,
): { route: Route; call: Call } {
  for (const route of routes) {
    const found = route.methods.includes(method) ? route.path.exec(url.pathname) : null;
    if (found === null) continue;
    const params = Object.fromEntries(
      Object.entries(found.groups ?? {}).map(([key, value]) => [key, decodeURIComponent(value)]),
    );
    return { route, call: { method, url, headers, params, body: () => Promise.resolve(Buffer.from(body)) } };
  }
  throw new Error(`no route for ${method} ${url.pathname}`);
}

async function handled(route: Route, call: Call): Promise<Reply> {
  try {
    return await route.handle(call);
  } catch (error) {
    if (error instanceof Refusal) return error.reply;
    throw error;
  }
}

function answer({ status, headers, body }: Reply, broken: RemoteError | undefined): HttpResponse {
  const lowered = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
  const whole = async (): Promise<Buffer> => {
    if (broken !== undefined) throw broken;
    if (body.type === 'json') return Buffer.from(JSON.stringify(body.json));
    return Buffer.from(await Promise.resolve(body.source.read(body.start, body.end)));
  };
  return {
    status,
    header: (name) => lowered[name],
    forEach: async (take) => take(await whole()),
    read: async (limit) => {
      const bytes = await whole();
      if (bytes.length > limit) throw tooLarge('the emulator', status);
      return bytes;
    },
    discard: () => Promise.resolve(),
  };
}
