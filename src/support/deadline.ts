import type { Clock } from './clock.js';

/**
 * The outcome of `work`, or a rejection with `late()` where `ms` milliseconds of `clock` are over first. The signal that `work`
 * is given aborts then; work that does not listen to it goes on, and its outcome is dropped.
 */
export function withinDeadline<T>(
  clock: Clock,
  ms: number,
  work: (signal: AbortSignal) => Promise<T>,
  late: () => Error,
): Promise<T> {
  const timer = new AbortController();
  const stop = new AbortController();
  return new Promise<T>((resolve, reject) => {
    clock.sleep(ms, timer.signal).then(
      () => {
        const error = late();
        reject(error);
        stop.abort(error);
      },
      () => undefined,
    );
    work(stop.signal)
      .then(resolve, reject)
      .finally(() => timer.abort());
  });
}
