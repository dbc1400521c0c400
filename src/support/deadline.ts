import type { Clock } from './clock.js';

/**
 * The outcome of `work`. If `ms` milliseconds of `clock` pass first, rejects with `late()` and aborts the signal that
 * `work` was given. Work that ignores the signal continues; its outcome is dropped.
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

/** The outcome of `work`, or undefined where it takes longer than `ms` milliseconds of `clock`. It goes on then. */
export function outcomeWithin<T>(clock: Clock, ms: number, work: () => Promise<T>): Promise<T | undefined> {
  const late = new Error('late');
  return withinDeadline<T | undefined>(clock, ms, work, () => late).catch((error: unknown) => {
    if (error === late) return undefined;
    throw error;
  });
}
