import { readFileSync } from 'node:fs';
import { constants } from 'node:os';
import type { Clock } from '../support/clock.js';
import type { FuseRequest } from './fuse-binding.js';

/** A request that could not be answered at once. */
export interface Wait {
  /**
   * Call when the answer is there. Returns false if the request was answered before, because its process is being
   * killed.
   */
  end(): boolean;
}

export interface WaitingRequestsDeps {
  readonly clock: Clock;
  /** The process that waits; undefined if unknown. */
  processOf(request: FuseRequest): number | undefined;
  /** Whether a signal is pending that ends the process. */
  hasFatalSignal(pid: number): boolean;
  /** Called once for a request that waits for {@link LATE_MS}. */
  onLate?(): void;
}

/** No call may wait so long for its answer (SEMANTICS `deadlines`): macFUSE ends the whole mount after some minutes. */
export const LATE_MS = 45_000;

/** So a killed reader is released after two checks at most. */
const LOOK_EVERY_MS = 250;

interface Entry {
  readonly request: FuseRequest;
  /** Ends the wait: true where the request was answered by that. */
  readonly interrupt: () => boolean;
  readonly since: number;
  /** It waited already at the last check. */
  isOld: boolean;
  isLate: boolean;
}

/**
 * Requests that wait for the network. Checks whether their processes were killed: the kernel keeps a killed process
 * until its request is answered, and libfuse passes no interrupt on.
 */
export class WaitingRequests {
  readonly #deps: WaitingRequestsDeps;
  readonly #entries = new Set<Entry>();
  #isWatching = false;

  constructor(deps: WaitingRequestsDeps) {
    this.#deps = deps;
  }

  add(request: FuseRequest, interrupt: () => boolean): Wait {
    const entry: Entry = { request, interrupt, since: this.#deps.clock.now(), isOld: false, isLate: false };
    this.#entries.add(entry);
    if (!this.#isWatching) void this.#watch();
    return { end: () => this.#entries.delete(entry) };
  }

  async #watch(): Promise<void> {
    this.#isWatching = true;
    while (this.#entries.size > 0) {
      await this.#deps.clock.sleep(LOOK_EVERY_MS);
      for (const entry of [...this.#entries]) {
        // Most requests are answered before the second check, and cost nothing.
        if (!entry.isOld) entry.isOld = true;
        else this.#look(entry);
      }
    }
    this.#isWatching = false;
  }

  #look(entry: Entry): void {
    if (!entry.isLate && this.#deps.clock.now() - entry.since > LATE_MS) {
      entry.isLate = true;
      this.#deps.onLate?.();
    }
    const pid = this.#deps.processOf(entry.request);
    if (pid === undefined || !this.#deps.hasFatalSignal(pid)) return;
    if (entry.interrupt()) this.#entries.delete(entry);
  }
}

/** Signals that end no process: by default they are ignored, or stop it, or let it go on. */
const HARMLESS: readonly (keyof typeof constants.signals)[] = [
  'SIGCHLD',
  'SIGCONT',
  'SIGSTOP',
  'SIGTSTP',
  'SIGTTIN',
  'SIGTTOU',
  'SIGURG',
  'SIGWINCH',
];

/** Whether a signal is pending that ends the process once its system call ends. `pid` may be that of a thread. */
export function hasFatalSignal(pid: number): boolean {
  let status: string;
  try {
    status = readFileSync(`/proc/${pid}/status`, 'latin1');
  } catch {
    // The process is gone, or belongs to another user.
    return false;
  }
  return isFatalSignalPending(status);
}

/**
 * As {@link hasFatalSignal}, from the text of `/proc/PID/status`: a signal is pending that is not blocked, ignored,
 * caught or harmless.
 */
export function isFatalSignalPending(status: string): boolean {
  const mask = (name: string): bigint =>
    BigInt(`0x${new RegExp(`^${name}:\\s*([0-9a-f]+)`, 'm').exec(status)?.[1] ?? 0}`);
  const pending = mask('SigPnd') | mask('ShdPnd');
  const handled = mask('SigBlk') | mask('SigIgn') | mask('SigCgt');
  const harmless = HARMLESS.reduce((sum, name) => sum | (1n << BigInt(constants.signals[name] - 1)), 0n);
  return (pending & ~handled & ~harmless) !== 0n;
}
