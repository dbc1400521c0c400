import { Worker, type WorkerOptions } from 'node:worker_threads';
import { tuneProcess } from './tune-process.js';

/** This thread may compute for longer; then its young generation may double once. */
const EVERY_MS = 1;

/**
 * Starts a thread as `new Worker` does. When V8 makes the heap of a thread it sets back some settings of the whole process, up to 200 ms
 * before the thread is `online`: until then they are set again and again.
 */
export function startThread(entry: URL | string, options: WorkerOptions): Worker {
  const worker = new Worker(entry, options);
  const timer = setInterval(tuneProcess, EVERY_MS).unref();
  const begun = (): void => {
    clearInterval(timer);
    tuneProcess();
  };
  worker.once('online', begun);
  worker.once('exit', begun);
  return worker;
}
