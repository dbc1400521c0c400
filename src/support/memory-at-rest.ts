import { performance } from 'node:perf_hooks';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

const LOOK_EVERY_MS = 10_000;
/** A thread that computes for less of the time than this is at rest. */
const AT_REST = 0.02;

/**
 * Returns memory to the system when this thread becomes idle after work. V8 collects garbage only while something is
 * allocated: without this an idle mount would keep the heap of its last burst. `alsoFree` is called at the same time.
 * Returns a function that ends it.
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
