/** What the engine knows when it decides what comes next. Times in milliseconds; undefined: never so far. */
export interface Situation {
  readonly now: number;
  /** No request is sent to Google between these two times. */
  readonly retryFrom: number;
  readonly retryAt: number;
  /** After a listing without an end: no full pass begins by itself between these two times. */
  readonly passRetryFrom: number;
  readonly passRetryAt: number;
  /** The budget of background work is not spent. */
  readonly apiAllowed: boolean;
  /** The day's quota is not spent: what a person asks for may go on. */
  readonly askedAllowed: boolean;
  readonly quotaReset: number;
  readonly passOpen: boolean;
  /** The open pass has read its first page, so a poll can stop at items that are known. */
  readonly passStarted: boolean;
  readonly firstSyncDone: boolean;
  readonly lastPoll: number | undefined;
  readonly lastFull: number | undefined;
  readonly pollIntervalMs: number;
  readonly fullSyncIntervalMs: number;
  /** It is night: a full pass may begin before its time. */
  readonly isQuietHour: boolean;
  /** When the open full pass may go on. */
  readonly passAllowedAt: number;
  /** The last full pass held removals back and is cheap enough to be repeated soon. */
  readonly confirmSoon: boolean;
  readonly wanted: { readonly poll: boolean; readonly full: boolean };
}

export type Task =
  | { readonly kind: 'poll' }
  | { readonly kind: 'begin-pass' }
  | { readonly kind: 'pass-step' }
  | { readonly kind: 'wait'; readonly ms: number };

/** The longest sleep before the clock is read again, so that a suspended laptop or a changed clock is noticed. */
const LONGEST_WAIT = 60_000;

/** At a quiet hour a full pass begins after this share of its interval. */
const EARLY = 2 / 3;

/** Decides what comes next. Polls come before the steps of a full pass, so that new items show soon while it runs. */
export function nextTask(situation: Situation): Task {
  const { now, wanted, passOpen, firstSyncDone } = situation;
  // If the clock went back to before the failure, the wait is over.
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

/** Also due if `last` is in the future, because the clock went back: a wrong clock must not cause a long wait. */
function due(now: number, last: number | undefined, interval: number): boolean {
  return last === undefined || now < last || now - last >= interval;
}

function remaining(now: number, last: number | undefined, interval: number): number {
  return last === undefined ? 0 : last + interval - now;
}

function wait(ms: number): Task {
  return { kind: 'wait', ms: Math.max(1, Math.min(ms, LONGEST_WAIT)) };
}
