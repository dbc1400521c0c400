/** What the engine knows when it decides what comes next. Times in milliseconds; undefined means never so far. */
export interface Situation {
  readonly now: number;
  /** Nothing is asked of Google before this. */
  readonly retryAt: number;
  readonly apiAllowed: boolean;
  readonly quotaReset: number;
  readonly passOpen: boolean;
  /** The open pass has brought its first page: a poll has ground to stand on. */
  readonly passStarted: boolean;
  readonly firstSyncDone: boolean;
  readonly lastPoll: number | undefined;
  readonly lastFull: number | undefined;
  readonly pollIntervalMs: number;
  readonly fullSyncIntervalMs: number;
  /** The last full pass held something back and is cheap enough to be repeated soon. */
  readonly confirmSoon: boolean;
  readonly wanted: { readonly poll: boolean; readonly full: boolean };
}

export type Task =
  | { readonly kind: 'poll' }
  | { readonly kind: 'begin-pass' }
  | { readonly kind: 'pass-step' }
  | { readonly kind: 'wait'; readonly ms: number };

/** The longest sleep without a look at the clock: a suspended laptop or a changed clock is noticed by then. */
const LONGEST_WAIT = 60_000;

/** Small passes go before the steps of a full one, so that new items show soon while a long pass runs. */
export function nextTask(situation: Situation): Task {
  const { now, wanted, passOpen, firstSyncDone } = situation;
  if (now < situation.retryAt) return wait(situation.retryAt - now);
  if (!situation.apiAllowed) return wait(situation.quotaReset - now);
  const pollDue = wanted.poll || due(now, situation.lastPoll, situation.pollIntervalMs);
  if (pollDue && (firstSyncDone || (passOpen && situation.passStarted))) return { kind: 'poll' };
  if (passOpen) return { kind: 'pass-step' };
  const interval = situation.confirmSoon ? situation.pollIntervalMs : situation.fullSyncIntervalMs;
  if (!firstSyncDone || wanted.full || due(now, situation.lastFull, interval)) return { kind: 'begin-pass' };
  return wait(
    Math.min(
      remaining(now, situation.lastPoll, situation.pollIntervalMs),
      remaining(now, situation.lastFull, interval),
    ),
  );
}

/** Due also where the clock went back behind the last time: nobody waits a day because a clock was wrong. */
function due(now: number, last: number | undefined, interval: number): boolean {
  return last === undefined || now < last || now - last >= interval;
}

function remaining(now: number, last: number | undefined, interval: number): number {
  return last === undefined ? 0 : last + interval - now;
}

function wait(ms: number): Task {
  return { kind: 'wait', ms: Math.max(1, Math.min(ms, LONGEST_WAIT)) };
}
