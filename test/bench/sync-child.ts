// One first sync for the sync bench, alone in its process so that memory and processor are its own. Arguments: catalog file, items
// in the library, listings side by side, and after how many requests to end, only telling their pace. Prints a line of JSON when every
// item is there, when the first sync is done, when the plain list is read, too, and for two polls: an ordinary one, and one that
// looks at everything.
import { createTokenSource } from '../../src/auth/google-token-source.js';
import { openCatalogWriter } from '../../src/catalog/catalog-writer.js';
import { createFormExchange } from '../../src/remote/http/form-exchange.js';
import { createHttp } from '../../src/remote/http/http.js';
import { createRemoteLibrary } from '../../src/remote/library/google-library.js';
import { systemClock, type Clock } from '../../src/support/clock.js';
import { Budget } from '../../src/sync/budget.js';
import { SyncEngine } from '../../src/sync/sync-engine.js';
import { treeNames } from '../../src/sync/tree-names.js';
import { residentMiB } from './measure.js';

const [file = '', all = '0', parallel = '8', atMost = 'Infinity'] = process.argv.slice(2);
const env = (name: string): string => process.env[name] ?? '';
const catalog = openCatalogWriter(file, { names: treeNames });
const http = createHttp();
/** The default poll interval. */
const POLL = 300_000;
let ahead = 0;
const clock: Clock = { now: () => systemClock.now() + ahead, sleep: (ms, signal) => systemClock.sleep(ms, signal) };
let requests = 0;
// A new quota day every 5,000 requests: a million items take more than Google allows in one.
const calendar = { day: () => `day ${Math.floor(requests / 5000)}`, nextReset: (now: number) => now + 1000 };
const budget = new Budget({ catalog, calendar, now: () => clock.now(), reserve: 0 });
const token = createTokenSource(
  {
    clientId: env('GPHOTOS_CLIENT_ID'),
    clientSecret: env('GPHOTOS_CLIENT_SECRET'),
    refreshToken: env('GPHOTOS_REFRESH_TOKEN'),
  },
  { exchange: createFormExchange(http), clock, random: Math.random, tokenUrl: env('GPHOTOS_TOKEN_URL') },
);
const library = createRemoteLibrary({
  baseUrl: env('GPHOTOS_LIBRARY_URL'),
  token,
  http,
  clock,
  random: Math.random,
  priority: 'background',
  onRequest: (kind) => {
    requests += 1;
    budget.spend(kind);
    if (requests < Number(atMost)) return;
    tell('pace');
    process.exit(0);
  },
});
const began = performance.now();
let isFilled = false;
let told = false;
const tell = (what: string): void => {
  const { items } = catalog.counts();
  const seconds = (performance.now() - began) / 1000;
  const memory = { resident: residentMiB(process.pid), highest: residentMiB(process.pid, 'VmHWM') };
  console.log(JSON.stringify({ what, seconds, requests, items, ...memory }));
};
const nothing = (): void => undefined;
const engine = new SyncEngine(
  {
    library,
    catalog,
    budget,
    clock,
    random: Math.random,
    learn: nothing,
    changed: () => {
      if (isFilled || catalog.counts().items < Number(all)) return;
      isFilled = true;
      tell('items');
    },
    statusChanged: () => {
      if (told || catalog.state.get('first.done') === undefined) return;
      told = true;
      tell('first');
    },
    trouble: (trouble) => console.error(trouble.message),
  },
  { pollIntervalMs: POLL, fullSyncIntervalMs: 86_400_000, parallel: Number(parallel) },
);
const seconds = (count: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, count * 1000));
void engine.run(new AbortController().signal);
while (catalog.state.get('full.last') === undefined) await seconds(0.05);
tell('whole');
requests = 0;
ahead = POLL;
// The engine looks at the clock every minute.
while (requests === 0 || engine.phase !== 'idle') await seconds(0.05);
tell('idle');
requests = 0;
await engine.syncNow({ full: false });
tell('small');
catalog.close();
process.exit(0);
