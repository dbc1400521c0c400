import { getHeapStatistics } from 'node:v8';
import { Worker, isMainThread, parentPort } from 'node:worker_threads';
import { tuneProcess } from '../../src/support/tune-process.js';
import { differs, runProbe } from './support/run-probe.js';

const ALIVE = 200_000;

/** Keeps so many objects alive and lets each grow old before it goes. The highest use of the heap, in bytes. */
function highestUse(): number {
  const alive: object[] = [];
  let highest = 0;
  for (let index = 0; index < 6_000_000; index++) {
    alive[index % ALIVE] = { index, more: [index] };
    if (index % 20_000 === 0) highest = Math.max(highest, getHeapStatistics().used_heap_size);
  }
  return highest;
}

/** In a thread of its own, whose heap nothing has grown before. */
function inThread(): Promise<number> {
  return new Promise((resolve, reject) => {
    new Worker(new URL(import.meta.url)).once('message', resolve).once('error', reject);
  });
}

if (isMainThread)
  await runProbe('the flag of V8 that keeps the old generation near what is alive is taken at run time', async () => {
    const untuned = await inThread();
    tuneProcess();
    const tuned = await inThread();
    return differs('smaller by a fifth at least', tuned < untuned * 0.8, true);
  });
else parentPort?.postMessage(highestUse());
