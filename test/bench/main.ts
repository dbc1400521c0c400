// `npm run bench` runs every bench but the last two, `npm run bench -- mount` one; `--small` tries them in a minute.
// `--former=FOLDER` measures an older checkout in the same run, where it is compiled: before and after side by side.
// `npm run bench -- soak` takes an hour (`--minutes=10`: less), `npm run bench -- service` boots a systemd of its own.
// Results go to test/bench/results/.
import { bytesBench } from './bytes-bench.js';
import { fieldBench } from './field-bench.js';
import { migrateBench } from './migrate-bench.js';
import { mountBench } from './mount-bench.js';
import { pickBench } from './pick-bench.js';
import { serviceBench } from './service-bench.js';
import { soakBench } from './soak-bench.js';
import { syncBench } from './sync-bench.js';
import { takeoutBench } from './takeout-bench.js';

const BENCHES: Readonly<Record<string, (small: boolean) => Promise<void>>> = {
  mount: mountBench,
  bytes: bytesBench,
  field: fieldBench,
  sync: syncBench,
  migrate: migrateBench,
  takeout: takeoutBench,
  pick: pickBench,
  soak: soakBench,
  service: serviceBench,
};
const ONLY_WHEN_NAMED = new Set(['soak', 'service']);

const small = process.argv.includes('--small');
const asked = process.argv.slice(2).filter((word) => !word.startsWith('--'));
const unknown = asked.filter((name) => !(name in BENCHES));
if (unknown.length > 0) {
  console.error(`no such bench: ${unknown.join(', ')}; there are ${Object.keys(BENCHES).join(', ')}`);
  process.exit(1);
}
for (const [name, bench] of Object.entries(BENCHES)) {
  if (asked.length > 0 ? !asked.includes(name) : ONLY_WHEN_NAMED.has(name)) continue;
  console.error(`bench: ${name}`);
  await bench(small);
}
