// Syncs an emulated library of this process into the catalog named, until it is killed: first everything, then full passes one after
// another. Prints a line when it begins and one after each pass.
import { openCatalogWriter } from '../../src/catalog/catalog-writer.js';
import { createRemoteLibrary } from '../../src/remote/library/google-library.js';
import { systemClock } from '../../src/support/clock.js';
import { nextQuotaReset, quotaDay } from '../../src/support/quota-day.js';
import { Budget } from '../../src/sync/budget.js';
import { SyncEngine } from '../../src/sync/sync-engine.js';
import { treeNames } from '../../src/sync/tree-names.js';
import { inProcessEmulator } from '../emulator/in-process.js';
import { CRASH_SEED } from './sync-corpus.js';

const [file = '', passes = 'Infinity'] = process.argv.slice(2);
const emulator = inProcessEmulator(CRASH_SEED, { pageCap: 20 }, () => systemClock.now());
const catalog = openCatalogWriter(file, { names: treeNames });
const calendar = { day: quotaDay, nextReset: nextQuotaReset };
const budget = new Budget({ catalog, calendar, now: () => systemClock.now(), reserve: 0 });
const nothing = (): void => undefined;
const library = createRemoteLibrary({
  baseUrl: 'http://127.0.0.1:9',
  token: () => Promise.resolve('token'),
  http: emulator.http,
  clock: systemClock,
  random: Math.random,
  onRequest: nothing,
});
const engine = new SyncEngine(
  {
    library,
    catalog,
    budget,
    clock: systemClock,
    random: Math.random,
    learn: nothing,
    changed: nothing,
    statusChanged: nothing,
    trouble: (trouble) => console.error(trouble.message),
  },
  { pollIntervalMs: 3_600_000, fullSyncIntervalMs: 86_400_000 },
);
console.log('begins');
void engine.run(new AbortController().signal);
for (let pass = 0; pass < Number(passes); pass += 1) {
  await engine.syncNow({ full: true });
  console.log('pass');
}
process.exit(0);
