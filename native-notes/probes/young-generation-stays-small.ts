import { getHeapSpaceStatistics } from 'node:v8';
import { Worker } from 'node:worker_threads';
import { once } from 'node:events';
import { tuneProcess } from '../../src/support/tune-process.js';
import { differs, runProbe } from './support/run-probe.js';

function churn(): void {
  let kept: object[] = [];
  for (let index = 0; index < 3e6; index++) {
    kept.push({ index, more: [index] });
    if (kept.length > 200_000) kept = [];
  }
}

const isSmall = (): boolean =>
  getHeapSpaceStatistics().every(
    ({ space_name: name, space_size: size }) => name !== 'new_space' || size <= 8 * 1_048_576,
  );

await runProbe(
  'the flags of V8 that keep the young generation small are taken at run time, until a thread begins',
  async () => {
    tuneProcess();
    churn();
    const before = isSmall();
    const worker = new Worker('setInterval(() => undefined, 1000)', { eval: true });
    await once(worker, 'online');
    churn();
    const untuned = isSmall();
    await worker.terminate();
    return differs('small', [before, untuned], [true, false]);
  },
);
