import { parentPort, workerData } from 'node:worker_threads';
import { makeAnswers, type Answers } from '../../../src/takeout/archives/answer-archive.js';
import { serveArchives } from '../../../src/takeout/archives/serve-archives.js';

/** A thread of archives that waits, as for a dead drive, before it answers for a path with `hangs` in it. */
const { released } = workerData as { readonly released: Int32Array };

function waitFor(asks: object): void {
  const path = JSON.stringify(asks);
  if (path.includes('crashes')) process.exit(1);
  if (path.includes('hangs')) Atomics.wait(released, 0, 0);
}

const real = makeAnswers();
const answers = Object.fromEntries(
  Object.entries(real).map(([name, answer]) => [
    name,
    (asks: object, send: unknown) => {
      waitFor(asks);
      return (answer as (asks: object, send: unknown) => unknown)(asks, send);
    },
  ]),
) as unknown as Answers;

if (parentPort !== null) serveArchives(parentPort, answers);
