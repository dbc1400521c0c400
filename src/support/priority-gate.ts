/** Gives back the slot that {@link PriorityGate.enter} granted. A second call does nothing. */
export type Leave = () => void;

interface Waiter {
  readonly admit: () => void;
}

export interface GateOptions {
  readonly signal?: AbortSignal | undefined;
  /** Aborts when the request becomes urgent: it then waits with rank 0. */
  readonly urgent?: AbortSignal | undefined;
}

/**
 * A semaphore with ranks; rank 0 is the most urgent. Requests of one rank are served in order of arrival. A request is
 * admitted while fewer than `limits[rank]` slots are taken by requests of any rank. Limits that fall with the rank keep
 * slots free for urgent requests.
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

  /**
   * Resolves when a slot is free. Rejects with the signal's reason if it aborts first; the next request then gets the
   * slot.
   */
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
