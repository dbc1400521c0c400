import { performance } from 'node:perf_hooks';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

const LOOK_EVERY_MS = 10_000;
/** A thread that computes for less of the time than this is at rest. */
const AT_REST = 0.02;

/**
 * Gives memory back to the system when this thread comes to rest after work. A heap that has grown in a burst of listings collects
 * nothing while nothing is allocated, and so would keep its size for as long as the mount stays idle. `alsoFree` is called
 * besides. Answers how to end it.
 */
export function giveMemoryBackAtRest(alsoFree: () => void = () => undefined): () => void {
  let before = performance.eventLoopUtilization();
  let hasWorked = true;
  const timer = setInterval(() => {
    const { utilization } = performance.eventLoopUtilization(before);
    before = performance.eventLoopUtilization();
    if (utilization > AT_REST) hasWorked = true;
    else if (hasWorked) {
      hasWorked = false;
      alsoFree();
      collectGarbage();
    }
  }, LOOK_EVERY_MS).unref();
  return () => {
    clearInterval(timer);
  };
}

let collect: (() => void) | undefined;

function collectGarbage(): void {
  if (collect === undefined) {
    setFlagsFromString('--expose-gc');
    collect = runInNewContext('gc') as () => void;
  }
  collect();
}
