/** What the engine knows when it decides what comes next. Times in milliseconds; undefined means never so far. */
export interface Situation {
  readonly now: number;
  /** Nothing is asked of Google between these two. */
  readonly retryFrom: number;
  readonly retryAt: number;
  /** After listings without an end: no full pass begins by itself between these two. */
  readonly passRetryFrom: number;
  readonly passRetryAt: number;
  /** The budget of background work is not spent. */
  readonly apiAllowed: boolean;
  /** The day's quota is not spent: what a person asks for may go on. */
  readonly askedAllowed: boolean;
  readonly quotaReset: number;
  readonly passOpen: boolean;
  /** The open pass has brought its first page: a poll has ground to stand on. */
  readonly passStarted: boolean;
  readonly firstSyncDone: boolean;
  readonly lastPoll: number | undefined;
  readonly lastFull: number | undefined;
  readonly pollIntervalMs: number;
  readonly fullSyncIntervalMs: number;
  /** A full pass may begin early, because nobody minds. */
  readonly isQuietHour: boolean;
  /** When the open full pass may go on. */
  readonly passAllowedAt: number;
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

/** At a quiet hour a full pass begins when so much of its interval is over. */
const EARLY = 2 / 3;

/** Small passes go before the steps of a full one, so that new items show soon while a long pass runs. */
export function nextTask(situation: Situation): Task {
  const { now, wanted, passOpen, firstSyncDone } = situation;
  // A clock that went back behind the failure must not stretch the wait.
  if (now < situation.retryAt && now >= situation.retryFrom) return wait(situation.retryAt - now);
  const hasGround = firstSyncDone || (passOpen && situation.passStarted);
  if (wanted.poll && hasGround && situation.askedAllowed) return { kind: 'poll' };
  if (!situation.apiAllowed) return wait(situation.quotaReset - now);
  if (hasGround && due(now, situation.lastPoll, situation.pollIntervalMs)) return { kind: 'poll' };
  if (passOpen && now >= situation.passAllowedAt) return { kind: 'pass-step' };
  const untilPoll = remaining(now, situation.lastPoll, situation.pollIntervalMs);
  if (passOpen) return wait(Math.min(untilPoll, situation.passAllowedAt - now));
  const usual = situation.isQuietHour ? situation.fullSyncIntervalMs * EARLY : situation.fullSyncIntervalMs;
  const isPassHeld = now < situation.passRetryAt && now >= situation.passRetryFrom && !wanted.full;
  if (isPassHeld)
    return wait(firstSyncDone ? Math.min(untilPoll, situation.passRetryAt - now) : situation.passRetryAt - now);
  const interval = situation.confirmSoon ? situation.pollIntervalMs : usual;
  if (!firstSyncDone || wanted.full || due(now, situation.lastFull, interval)) return { kind: 'begin-pass' };
  return wait(Math.min(untilPoll, remaining(now, situation.lastFull, interval)));
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
