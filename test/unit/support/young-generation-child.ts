// Starts a thread, and makes objects that live for a while until it is online. Prints the size of V8's young generation then, in bytes.
import { setImmediate as nextTurn } from 'node:timers/promises';
import { getHeapSpaceStatistics } from 'node:v8';
import { startThread } from '../../../src/support/start-thread.js';
import { tuneProcess } from '../../../src/support/tune-process.js';

tuneProcess();
let isOnline = false;
const worker = startThread('setInterval(() => undefined, 1000)', { eval: true });
worker.once('online', () => (isOnline = true));
let kept: object[] = [];
const isOver = (): boolean => isOnline;
while (!isOver()) {
  for (let index = 0; index < 5000; index += 1) kept.push({ index, more: [index] });
  if (kept.length > 200_000) kept = [];
  await nextTurn();
}
console.log(getHeapSpaceStatistics().find(({ space_name: name }) => name === 'new_space')?.space_size);
await worker.terminate();
