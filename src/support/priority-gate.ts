/** Gives back the place that {@link PriorityGate.enter} granted; calling it again does nothing. */
export type Leave = () => void;

interface Waiter {
  readonly admit: () => void;
}

export interface GateOptions {
  readonly signal?: AbortSignal | undefined;
  /** Aborts when the matter has become urgent: the place in the queue is then one of rank 0. */
  readonly urgent?: AbortSignal | undefined;
}

/**
 * Lets a limited number of users in at once, the most urgent first, those of one rank in order of arrival.
 * Rank 0 is the most urgent. `limits[rank]` is how many may be inside, of whatever rank, for one of that rank to be
 * let in; falling limits therefore keep places free for the urgent, however much of the rest is queued.
 */
export class PriorityGate {
  readonly #limits: readonly number[];
  #inside = 0;
  readonly #queues: Waiter[][];

  constructor(limits: readonly number[]) {
    this.#limits = limits;
    if (limits.length === 0 || limits.some((limit, rank) => limit < 1 || limit > (limits[rank - 1] ?? Infinity)))
      throw new RangeError('limits of a priority gate must be at least 1 and never rise');
    this.#queues = limits.map(() => []);
  }

  /** Resolves when there is a place. Rejects with the signal's reason when it aborts first; the place then goes to the next. */
  enter(given: number, { signal, urgent }: GateOptions = {}): Promise<Leave> {
    const rank = urgent?.aborted === true ? 0 : given;
    let queue = this.#queues[rank];
    if (queue === undefined) return Promise.reject(new RangeError(`no rank ${rank} in this gate`));
    if (signal?.aborted === true) return Promise.reject(signal.reason as Error);
    return new Promise((resolve, reject) => {
      const waiter: Waiter = {
        admit: () => {
          signal?.removeEventListener('abort', giveUp);
          urgent?.removeEventListener('abort', hurry);
          resolve(this.#takePlace());
        },
      };
      const leaveQueue = (): void => {
        queue?.splice(queue.indexOf(waiter), 1);
      };
      const giveUp = (): void => {
        leaveQueue();
        urgent?.removeEventListener('abort', hurry);
        reject(signal?.reason as Error);
      };
      const hurry = (): void => {
        leaveQueue();
        queue = this.#queues[0];
        queue?.push(waiter);
        this.#admitNext();
      };
      signal?.addEventListener('abort', giveUp, { once: true });
      if (rank > 0) urgent?.addEventListener('abort', hurry, { once: true });
      queue?.push(waiter);
      this.#admitNext();
    });
  }

  #takePlace(): Leave {
    this.#inside++;
    let left = false;
    return () => {
      if (left) return;
      left = true;
      this.#inside--;
      this.#admitNext();
    };
  }

  #admitNext(): void {
    for (const [rank, queue] of this.#queues.entries()) {
      while (queue.length > 0 && this.#inside < (this.#limits[rank] ?? 0)) queue.shift()?.admit();
    }
  }
}
