// One picking session for the pick bench, in a process of its own, as a mount has it. Arguments: folder for ledger and files, downloads at
// once. Prints the id of its session, then, when all that was picked is stored, the seconds that it took since, as JSON lines.
import { join } from 'node:path';
import { openLedger } from '../../src/ledger/open-ledger.js';
import { PickKeeper } from '../../src/picker/pick-keeper.js';
import { PickedStore } from '../../src/picker/picked-store.js';
import { createHttp } from '../../src/remote/http/http.js';
import { createRemotePicker } from '../../src/remote/picker/google-picker.js';
import { commandClock } from '../../src/support/clock.js';
import { until } from '../support/until.js';

const [folder = '', parallel = '12'] = process.argv.slice(2);
const { GPHOTOS_PICKER_URL: baseUrl = '', BENCH_TOKEN: token = '' } = process.env;
const http = createHttp({});
const ledger = openLedger(join(folder, 'ledger.db'));
const picker = createRemotePicker({
  ...{ baseUrl, token: () => Promise.resolve(token), http, clock: commandClock, random: Math.random },
});
const keeper = new PickKeeper({
  ...{ picks: ledger.picks, clock: commandClock, random: Math.random, parallel: Number(parallel) },
  picker: () => Promise.resolve(picker),
  durable: () => ledger.durable(),
  ledgerFault: () => ledger.fault,
  store: new PickedStore(join(folder, 'picked'), () => false),
  shown: () => undefined,
  hidden: () => Promise.resolve(),
  changed: () => undefined,
  log: () => undefined,
  problem: () => undefined,
  turn: () => undefined,
});
const { id } = await keeper.create({ most: 2000, album: null });
console.log(JSON.stringify({ id }));
await until('fetching begins', () => keeper.look(id)?.state === 'fetching', 60_000);
const began = performance.now();
await until('all is stored', () => keeper.look(id)?.state === 'done', 600_000);
console.log(JSON.stringify({ seconds: (performance.now() - began) / 1000 }));
await keeper.stop();
await http.close();
ledger.close();
