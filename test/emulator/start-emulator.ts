import { BaseUrls } from './base-urls.js';
import type { Call } from './call.js';
import { SimulatedClock } from './clock.js';
import { Counters } from './counters.js';
import { DemoItems } from './demo-seed.js';
import { EmulatedLibrary } from './emulated-library.js';
import { Faults } from './faults.js';
import { GeneratedItems, type SeedOptions } from './generated-items.js';
import { libraryRoutes } from './library-routes.js';
import { listen } from './listener.js';
import { mediaRoutes } from './media-host.js';
import { oauthRoutes } from './oauth-routes.js';
import { OAuthState } from './oauth-state.js';
import { Pager } from './paging.js';
import { pickedBytesRoutes } from './picked-bytes.js';
import { pickerRoutes } from './picker-routes.js';
import { PickingSessions } from './picking-sessions.js';
import { Quotas } from './quotas.js';
import { RequestHandler, accessTokenOf } from './request-handler.js';
import { seededAlbums } from './seeded-albums.js';
import { DEFAULT_SWITCHES, type Switches } from './switches.js';
import { writeRoutes } from './write-routes.js';

export interface EmulatorOptions {
  /** The library at the start: generated, `demo` for a few hundred nice pictures, or `empty`. Default `empty`. */
  readonly seed?: SeedOptions | 'demo' | 'empty';
  /** Switches that differ from DEFAULT_SWITCHES. */
  readonly switches?: Partial<Switches>;
  /** Default: any free port. */
  readonly port?: number;
  /** Serves TLS, with a certificate of a throw-away authority; needs the openssl program. Default false. */
  readonly tls?: boolean;
  /** Where base URLs lead; default: to the emulator's own address. */
  readonly mediaOrigin?: string;
}

/** Names of the variables that lead a program to the emulator. */
export type EmulatorEnv = Readonly<
  Record<
    | 'GPHOTOS_LIBRARY_URL'
    | 'GPHOTOS_PICKER_URL'
    | 'GPHOTOS_TOKEN_URL'
    | 'GPHOTOS_AUTH_URL'
    | 'GPHOTOS_CLIENT_ID'
    | 'GPHOTOS_CLIENT_SECRET'
    | 'GPHOTOS_REFRESH_TOKEN',
    string
  >
>;

export interface Emulator {
  /** `http://127.0.0.1:<port>`, or `https://…` */
  readonly url: string;
  readonly port: number;
  /** PEM file with the authority of its certificate; undefined without TLS. */
  readonly authorityFile: string | undefined;
  readonly env: EmulatorEnv;
  readonly library: EmulatedLibrary;
  readonly oauth: OAuthState;
  readonly quotas: Quotas;
  /** Picking sessions, and what the person does with them. */
  readonly picking: PickingSessions;
  readonly faults: Faults;
  readonly counters: Counters;
  readonly clock: SimulatedClock;
  /** Live: assign to change the behaviour of a running emulator. */
  readonly switches: Switches;
  /** Makes every base URL given out so far refused with 403. */
  readonly expireBaseUrls: () => void;
  /** A base URL for an item, as a listing would give it now. */
  readonly baseUrlOf: (id: string) => string;
  /** Breaks open connections and frees the port. */
  readonly close: () => Promise<void>;
}

function seeded(seed: EmulatorOptions['seed'], now: () => number): EmulatedLibrary {
  if (seed === 'demo') {
    const items = new DemoItems();
    return new EmulatedLibrary(items, items.albums(), 7, now);
  }
  const options: SeedOptions = seed === undefined || seed === 'empty' ? { items: 0, albums: 0 } : seed;
  const items = new GeneratedItems(options);
  const random = options.random ?? 1;
  return new EmulatedLibrary(items, seededAlbums(options.albums ?? 5, items.count, random), random, now);
}

/** Google Photos on a loopback port of this process, with a person's library in it. */
export async function startEmulator(options: EmulatorOptions = {}): Promise<Emulator> {
  const switches: Switches = { ...DEFAULT_SWITCHES, ...options.switches };
  const clock = new SimulatedClock();
  const { now } = clock;
  const library = seeded(options.seed, now);
  const oauth = new OAuthState(switches, now);
  const quotas = new Quotas(switches, now);
  const faults = new Faults();
  const counters = new Counters();
  const urls = new BaseUrls(0x5ca1ab1e, now, () => switches.baseUrlLifetimeMs);
  const context = { library, urls, pager: new Pager(switches, now), switches, now };
  const media = {
    ...{ library, urls, switches, now },
    hasValidToken: (call: Call) => oauth.accessOf(accessTokenOf(call) ?? '') !== undefined,
  };
  const picking = new PickingSessions(switches, now);
  const routes = [
    ...libraryRoutes(context),
    ...writeRoutes(context),
    ...mediaRoutes(media),
    ...oauthRoutes(oauth, now),
    ...pickedBytesRoutes({ ...media, sessions: picking }),
    ...pickerRoutes({ ...context, sessions: picking }),
  ];
  const handler = new RequestHandler({ routes, faults, counters, quotas, oauth, switches, library });
  const listener = await listen({
    port: options.port ?? 0,
    tls: options.tls ?? false,
    switches,
    counters,
    handle: (request, response) => void handler.handle(request, response),
  });
  const { url, port, authorityFile } = listener;
  urls.origin = options.mediaOrigin ?? url;
  return {
    url,
    port,
    authorityFile,
    env: {
      GPHOTOS_LIBRARY_URL: url,
      GPHOTOS_PICKER_URL: `${url}/picker`,
      GPHOTOS_TOKEN_URL: `${url}/token`,
      GPHOTOS_AUTH_URL: `${url}/o/oauth2/v2/auth`,
      GPHOTOS_CLIENT_ID: oauth.client.id,
      GPHOTOS_CLIENT_SECRET: oauth.client.secret,
      GPHOTOS_REFRESH_TOKEN: oauth.grant.refreshToken,
    },
    library,
    oauth,
    quotas,
    picking,
    faults,
    counters,
    clock,
    switches,
    expireBaseUrls: () => urls.expireAll(),
    baseUrlOf: (id) => urls.make(library.item(id).number),
    close: () => listener.close(),
  };
}
