/** The present, handed in so that tests can move it. */
export interface Clock {
  /** Milliseconds since the Unix epoch. */
  now(): number;
  /** Resolves after `ms` milliseconds; rejects with the signal's reason when it aborts first. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

/** What a clock is made of. */
export interface ClockParts {
  /** Milliseconds since the Unix epoch. Jumps when the clock is set. */
  readonly wall: () => number;
  /** Milliseconds that never jump, but may stand still while the machine is suspended. */
  readonly steady: () => number;
  /** Calls `then` after at most {@link LONGEST_TIMER_MS}; gives what cancels it. */
  readonly after: (ms: number, then: () => void) => () => void;
}

/**
 * Node fires timers over 2^31 ms at once. A long sleep is therefore a series of short timers. Both clocks are read
 * after each.
 */
export const LONGEST_TIMER_MS = 60_000;

/**
 * A clock whose sleeps may have any length. A long sleep ends as soon as the steady or the wall clock has advanced far
 * enough. So time that the machine was suspended counts, and setting the clock back does not lengthen a sleep.
 */
export function createClock({ wall, steady, after }: ClockParts): Clock {
  return {
    now: wall,
    sleep: (given, signal) =>
      new Promise((resolve, reject) => {
        if (signal?.aborted === true) {
          reject(signal.reason as Error);
          return;
        }
        const ms = given > 0 ? given : 0;
        const from = { wall: wall(), steady: steady() };
        const left = (): number => ms - Math.max(steady() - from.steady, wall() - from.wall);
        let cancel = (): void => undefined;
        const onAbort = (): void => {
          cancel();
          reject(signal?.reason as Error);
        };
        const goOn = (wait: number): void => {
          cancel = after(Math.min(wait, LONGEST_TIMER_MS), () => {
            const more = ms > LONGEST_TIMER_MS ? left() : 0;
            if (more > 0) {
              goOn(more);
              return;
            }
            signal?.removeEventListener('abort', onAbort);
            resolve();
          });
        };
        signal?.addEventListener('abort', onAbort, { once: true });
        goOn(ms);
      }),
  };
}

/** Its sleeps do not keep the process alive. */
export const systemClock: Clock = clockOfMachine({ keepsAlive: false });

/** As {@link systemClock}, but a sleep keeps the process alive: for a command that has nothing else to wait for. */
export const commandClock: Clock = clockOfMachine({ keepsAlive: true });

function clockOfMachine({ keepsAlive }: { readonly keepsAlive: boolean }): Clock {
  return createClock({
    wall: () => Date.now(),
    steady: () => performance.now(),
    after: (ms, then) => {
      const timer = setTimeout(then, ms);
      if (!keepsAlive) timer.unref();
      return () => {
        clearTimeout(timer);
      };
    },
  });
}
