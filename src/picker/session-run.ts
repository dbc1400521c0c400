import type { PickSession, PickSessionChange } from '../ledger/pick-rows.js';
import { LIVE_STATES } from '../ledger/pick-rows.js';
import type { PickTable } from '../ledger/pick-table.js';
import type { MediaId } from '../library/media-item.js';
import { RemoteError } from '../library/remote-error.js';
import type { PickedPage, RemotePicker } from '../library/remote-picker.js';
import type { Clock } from '../support/clock.js';
import { fetchItems } from './fetch-items.js';
import { nextPollMs, nextRoundMs } from './pick-rhythm.js';
import { DISK_TROUBLE, pauseAfter, SessionGone, type Pause } from './pick-trouble.js';
import type { PickedStore } from './picked-store.js';
import type { StoredBatch } from './stored-batch.js';

export interface SessionDeps {
  readonly picks: PickTable;
  /** Resolves when what was committed would survive a power cut. */
  readonly durable: () => Promise<void>;
  readonly picker: () => Promise<RemotePicker>;
  readonly store: PickedStore;
  readonly batch: StoredBatch;
  /** These stored items are shown otherwise than before. */
  readonly shown: (ids: readonly MediaId[]) => void;
  readonly clock: Clock;
  /** In [0, 1). */
  readonly random: () => number;
  readonly log: (message: string) => void;
  /** Asked before each step of a download: undefined, or resolves when it is its turn. */
  readonly turn: () => Promise<void> | undefined;
  /** Items fetched at once. */
  readonly parallel: number;
}

/** What is noted of the time left for polling may be so wrong, in milliseconds. */
const DRIFT_MS = 10_000;
/** How often the disk is looked at while it is full. */
const DISK_LOOK_MS = 5_000;
/** A listing that goes on for so many pages without a new item has ended, whatever token comes with it. */
const MOST_PAGES_WITHOUT_NEWS = 20;
/** A token that is refused so often is not asked with again at once. */
const MOST_RESTARTS = 3;

/** One picking session until it is over: asks whether Done was pressed, lists a page, fetches its bytes, lists the next one. */
export class SessionRun {
  readonly #id: string;
  readonly #deps: SessionDeps;
  #isHurried = false;
  #work = new AbortController();
  /** When Google was asked last whether Done was pressed. */
  #polledAt = -Infinity;
  #whenAsked: (() => void)[] = [];
  #endWait = (): void => undefined;

  constructor(id: string, deps: SessionDeps) {
    this.#id = id;
    this.#deps = deps;
  }

  /** Ends the wait there is, for whatever reason. */
  hurry(): void {
    this.#isHurried = true;
    this.#endWait();
  }

  /** Ends what is being done, and looks at the session again: it was changed. */
  interrupt(): void {
    this.#work.abort(new Error('the session was changed'));
    this.hurry();
  }

  /** Resolves when Google has answered the next question, or it is clear that it does not. */
  asked(): Promise<void> {
    return new Promise((resolve) => this.#whenAsked.push(resolve));
  }

  /** Runs until the session is over, or the signal aborts. Never rejects. */
  async run(signal: AbortSignal): Promise<void> {
    let failures = 0;
    for (;;) {
      const session = this.#deps.picks.session(this.#id);
      if (signal.aborted || session === undefined || !hasWork(session)) {
        this.#tellAsked();
        return;
      }
      this.#work = new AbortController();
      const work = this.#work;
      const end = (): void => work.abort(signal.reason);
      signal.addEventListener('abort', end, { once: true });
      try {
        const waitMs = await this.#step(session, work.signal).finally(() => signal.removeEventListener('abort', end));
        failures = 0;
        if (waitMs > 0) await this.#wait(waitMs, signal);
      } catch (error) {
        if (isOver(signal)) return;
        if (isOver(work.signal)) continue;
        failures += 1;
        await this.#pause(error, failures, signal);
      }
    }
  }

  /** Milliseconds until the next step. */
  async #step(session: PickSession, signal: AbortSignal): Promise<number> {
    const picker = await this.#deps.picker();
    try {
      if (!LIVE_STATES.has(session.state)) {
        await this.#deps.durable();
        await picker.remove(session.id, signal);
        this.#change({ isDeleted: true, trouble: null });
        return 0;
      }
      return session.state === 'open' ? await this.#poll(session, picker, signal) : await this.#fetch(picker, signal);
    } catch (error) {
      if (!(error instanceof SessionGone)) throw error;
      this.#over();
      return 0;
    }
  }

  async #poll(session: PickSession, picker: RemotePicker, signal: AbortSignal): Promise<number> {
    const { clock, random } = this.#deps;
    // Whoever hurries: never more often than Google says.
    const since = clock.now() - this.#polledAt;
    if (since >= 0 && since < session.pollMs) return session.pollMs - since;
    this.#polledAt = clock.now();
    const said = await goneAsSuch(picker.session(session.id, signal));
    this.#tellAsked();
    const now = clock.now();
    const expires = said.expires ?? session.expires;
    if (said.isPicked) {
      this.#change({ state: 'fetching', pickedAt: now, expires, trouble: null });
      return 0;
    }
    const { intervalMs, leftMs } = said.polling ?? { intervalMs: session.pollMs, leftMs: 0 };
    // Once that time is over, it stays known since when.
    const pollUntil = leftMs > 0 ? now + leftMs : Math.min(now, session.pollUntil);
    const next = { ...session, expires, pollMs: intervalMs, pollUntil };
    // Not for each question: what is written must reach the disk one day.
    const isOther = expires !== session.expires || intervalMs !== session.pollMs || session.trouble !== null;
    if (isOther || Math.abs(next.pollUntil - session.pollUntil) > DRIFT_MS)
      this.#change({ expires, pollMs: intervalMs, pollUntil: next.pollUntil, trouble: null });
    return nextPollMs(next, now, random);
  }

  /** Goes through all pages that are left, then through all again for what failed. */
  async #fetch(picker: RemotePicker, signal: AbortSignal): Promise<number> {
    this.#tellAsked();
    const { picks, clock, durable } = this.#deps;
    await this.#pages(picker, signal);
    if (!this.#isFetching()) return 0;
    const left = picks.missing(this.#id);
    if (left.length === 0) {
      // What Google is told to forget must be here.
      await durable();
      this.#change({ state: 'done', trouble: null });
      return 0;
    }
    const session = picks.session(this.#id);
    const waitMs = session === undefined ? 0 : nextRoundMs(session, clock.now());
    this.#change({ rounds: (session?.rounds ?? 0) + 1, retryAt: clock.now() + waitMs, trouble: null });
    return waitMs;
  }

  async #pages(picker: RemotePicker, signal: AbortSignal): Promise<void> {
    const { picks, clock, shown } = this.#deps;
    const seen = new Set<MediaId>();
    const tokens = new Set<string>();
    let token = picks.session(this.#id)?.pageToken ?? undefined;
    let restarts = 0;
    let withoutNews = 0;
    for (;;) {
      const asked = token;
      const page = await this.#page(picker, asked, signal).catch((error: unknown) => {
        const isRefused = error instanceof RemoteError && error.kind === 'bad-page-token' && asked !== undefined;
        if (!isRefused || restarts >= MOST_RESTARTS) throw error;
        return undefined;
      });
      if (page === undefined) {
        // From the start: what is stored is not fetched again.
        restarts += 1;
        token = undefined;
        continue;
      }
      const pickedAt = picks.session(this.#id)?.pickedAt ?? clock.now();
      if (!this.#isFetching()) return;
      shown(picks.list(this.#id, { items: page.items, pageToken: asked, pickedAt }));
      const again = async () => (await this.#page(picker, asked, signal)).items;
      await fetchItems({ picker, items: page.items, again }, this.#deps, signal);
      const before = seen.size;
      for (const { id } of page.items) seen.add(id);
      withoutNews = seen.size === before ? withoutNews + 1 : 0;
      token = page.nextPageToken;
      if (token === undefined || tokens.has(token) || withoutNews >= MOST_PAGES_WITHOUT_NEWS) break;
      tokens.add(token);
      // An empty list of new items: what follows is the next page.
      picks.list(this.#id, { items: [], pageToken: token, pickedAt });
    }
    if (this.#isFetching()) this.#change({ isListed: true, pageToken: null });
  }

  async #page(picker: RemotePicker, token: string | undefined, signal: AbortSignal): Promise<PickedPage> {
    try {
      return await goneAsSuch(picker.page(this.#id, token, signal));
    } catch (error) {
      // Google does not know of the Done any more: it is waited for again.
      if (error instanceof RemoteError && error.kind === 'not-ready') this.#change({ state: 'open', pageToken: null });
      throw error;
    }
  }

  /** It may have been cancelled meanwhile. */
  #isFetching(): boolean {
    return this.#deps.picks.session(this.#id)?.state === 'fetching';
  }

  /** Google does not know the session any more. */
  #over(): void {
    const session = this.#deps.picks.session(this.#id);
    if (session === undefined || !LIVE_STATES.has(session.state)) {
      this.#change({ isDeleted: true, trouble: null });
      return;
    }
    const isWhole = session.isListed && this.#deps.picks.missing(this.#id).length === 0;
    const state = isWhole ? 'done' : session.isListed ? 'partial' : 'expired';
    this.#change({ state, isDeleted: true, trouble: null });
    this.#deps.log(`the picking session of ${new Date(session.created).toISOString()} is over at Google: ${state}`);
  }

  async #pause(error: unknown, failures: number, signal: AbortSignal): Promise<void> {
    this.#tellAsked();
    const { trouble, waitMs }: Pause = pauseAfter(error, failures);
    this.#deps.log(`picking waits: ${trouble.message}`);
    try {
      this.#change({ trouble });
    } catch (fault) {
      // The ledger itself cannot be written.
      this.#deps.log(String(fault));
    }
    if (trouble.code !== DISK_TROUBLE) {
      await this.#wait(waitMs, signal);
      return;
    }
    // Looking costs nothing, and room may be there any moment.
    for (let waited = 0; waited < waitMs; waited += DISK_LOOK_MS) {
      if (!(await this.#wait(DISK_LOOK_MS, signal))) return;
      if (await this.#hasRoom()) return;
    }
  }

  async #hasRoom(): Promise<boolean> {
    return this.#deps.store.checkRoom(0).then(
      () => true,
      () => false,
    );
  }

  #tellAsked(): void {
    for (const resolve of this.#whenAsked.splice(0)) resolve();
  }

  #change(change: PickSessionChange): void {
    this.#deps.picks.change(this.#id, change);
  }

  /** True where the time is over; false where somebody hurries, or the run ends. */
  async #wait(ms: number, signal: AbortSignal): Promise<boolean> {
    const wait = new AbortController();
    const end = (): void => wait.abort();
    this.#endWait = end;
    signal.addEventListener('abort', end, { once: true });
    if (this.#isHurried || signal.aborted) end();
    this.#isHurried = false;
    try {
      await this.#deps.clock.sleep(ms, wait.signal);
      return true;
    } catch {
      return false;
    } finally {
      signal.removeEventListener('abort', end);
      this.#endWait = () => undefined;
      this.#isHurried = false;
    }
  }
}

/** Whether something is left to do for a session, here or at Google. */
export function hasWork({ state, isDeleted }: PickSession): boolean {
  return LIVE_STATES.has(state) || ((state === 'done' || state === 'cancelled') && !isDeleted);
}

/** Asked by a call, since it changes while something is awaited. */
function isOver(signal: AbortSignal): boolean {
  return signal.aborted;
}

async function goneAsSuch<T>(asked: Promise<T>): Promise<T> {
  return asked.catch((error: unknown) => {
    if (error instanceof RemoteError && error.kind === 'not-found') throw new SessionGone('the session is over');
    throw error;
  });
}
