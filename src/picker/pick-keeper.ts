import { LIVE_STATES, type PickSession } from '../ledger/pick-rows.js';
import type { MediaId } from '../library/media-item.js';
import { RemoteError } from '../library/remote-error.js';
import type { PickingSession, RemotePicker } from '../library/remote-picker.js';
import type { Problem } from '../library/problem.js';
import { outcomeWithin } from '../support/deadline.js';
import { messageOf } from '../support/message-of.js';
import { ExitCode, UserError } from '../support/user-error.js';
import { moveFiles } from './move-files.js';
import { pickedStatus, sessionStatus, type PickedStatus, type PickSessionStatus } from './pick-status.js';
import { SIGN_IN_TROUBLES } from './pick-trouble.js';
import { removePicked, storeIsMissing } from './picked-store.js';
import { hasWork, SessionRun, type SessionDeps } from './session-run.js';
import { StoredBatch } from './stored-batch.js';

export interface PickKeeperDeps extends Omit<SessionDeps, 'batch' | 'parallel'> {
  /** Why nothing can be written to the ledger; undefined where it can. */
  readonly ledgerFault: () => UserError | undefined;
  /** Items that are shown no more. Resolves when that is so: their files may go then. */
  readonly hidden: (ids: readonly MediaId[]) => Promise<void>;
  /** Sessions or albums changed, and no items. */
  readonly changed: () => void;
  /** A problem of the store, or undefined when it is over. */
  readonly problem: (problem: Problem | undefined) => void;
  /** Default 12. */
  readonly parallel?: number | undefined;
}

/** A session that was begun. */
export interface BegunPick {
  readonly id: string;
  readonly uri: string;
}

/** What a person does not want any more. */
export type Forgotten = { readonly session: string } | { readonly items: readonly MediaId[] };

/** Twelve hide 50 ms of latency behind what a disk writes; sixteen gain a few percent more. */
const PARALLEL = 12;
/** So long a command waits for Google to end a session. */
const TELL_MS = 10_000;
const LIFETIME_MS = 7 * 24 * 60 * 60_000;
/** How often the store is looked for, and files that could not be moved or removed are tried again. */
const LOOK_MS = 60_000;

/** The picking sessions of a profile, and the files that came of them. */
export class PickKeeper {
  readonly #deps: PickKeeperDeps;
  readonly #batch: StoredBatch;
  readonly #runs = new Map<string, { readonly run: SessionRun; readonly ended: Promise<void> }>();
  readonly #stopping = new AbortController();
  #watch: Promise<void> = Promise.resolve();
  #prepared: Promise<void> | undefined;

  constructor(deps: PickKeeperDeps) {
    this.#deps = deps;
    const { picks, shown, store } = deps;
    this.#batch = new StoredBatch({ picks, shown, store });
  }

  /** Goes on with every session, and looks after the files. Call once. */
  run(): void {
    void this.resume();
    this.#watch = this.#watchStore();
  }

  async stop(): Promise<void> {
    this.#stopping.abort(new Error('the program ends'));
    await Promise.all([...[...this.#runs.values()].map(({ ended }) => ended), this.#watch]);
  }

  /** Begins a session. It is in the ledger, on the disk, when this resolves. Rejects with RemoteError or UserError. */
  async create({ most, album }: { readonly most: number; readonly album: string | null }): Promise<BegunPick> {
    const { picks, durable, clock, ledgerFault } = this.#deps;
    const fault = ledgerFault();
    if (fault !== undefined) throw fault;
    const picker = await this.#deps.picker();
    const made = await this.#made(picker, most);
    const now = clock.now();
    try {
      picks.addSession({
        ...{
          id: made.id,
          uri: made.uri,
          created: now,
          expires: made.expires ?? now + LIFETIME_MS,
          state: 'open',
          album,
        },
        ...{ pollMs: made.polling?.intervalMs ?? 5000, pollUntil: now + (made.polling?.leftMs ?? 0), pickedAt: null },
        ...{ pageToken: null, isListed: false, retryAt: 0, rounds: 0, isDeleted: false, trouble: null },
      });
      await durable();
    } catch (error) {
      // A session that nobody knows of would count among those that are open.
      await picker.remove(made.id).catch(() => undefined);
      throw error;
    }
    if (album !== null) this.#deps.changed();
    this.#follow(made.id);
    return { id: made.id, uri: made.uri };
  }

  status(): PickedStatus {
    return pickedStatus(this.#deps.picks, this.#deps.store.folder);
  }

  /** Undefined for a session that is not known. */
  look(id: string): PickSessionStatus | undefined {
    const session = this.#deps.picks.session(id);
    return session === undefined ? undefined : sessionStatus(this.#deps.picks, session);
  }

  /** Addresses of the sessions that wait for Done, by id. */
  addresses(): Readonly<Record<string, string>> {
    const open = this.#deps.picks.sessions().filter(({ state }) => state === 'open');
    return Object.fromEntries(open.map(({ id, uri }) => [id, uri]));
  }

  /** Ends all waits: asks Google, the disk and the sign-in again, now. Resolves when Google has answered for each session. */
  async resume(): Promise<void> {
    const sessions = this.#deps.picks.sessions().filter(hasWork);
    const asked = sessions.flatMap(({ id }) => this.#follow(id)?.asked() ?? []);
    await Promise.all(asked);
  }

  /** There is another sign-in, or the network or the clock changed. */
  environmentChanged({ signIn = false }: { readonly signIn?: boolean } = {}): void {
    for (const { id, trouble } of this.#deps.picks.sessions()) {
      const isOver = trouble !== null && (signIn ? SIGN_IN_TROUBLES.has(trouble.code) : trouble.code === 'network');
      if (isOver) this.#runs.get(id)?.run.hurry();
    }
  }

  /** Ends a session here and at Google; what is stored stays. Throws UserError where there is none to be ended. */
  async cancel(id: string): Promise<void> {
    const { picks, durable } = this.#deps;
    const session = this.#named(id);
    if (!LIVE_STATES.has(session.state))
      throw new UserError(ExitCode.usage, `The picking session ${session.id} is over: ${session.state}.`, LIST_HINT);
    picks.change(session.id, { state: 'cancelled', trouble: null });
    await durable();
    this.#runs.get(session.id)?.run.interrupt();
    this.#follow(session.id);
    const ended = this.#runs.get(session.id)?.ended ?? Promise.resolve();
    // Where Google cannot be told now, it is told later.
    await outcomeWithin(this.#deps.clock, TELL_MS, () => ended);
  }

  /** Whether an item was picked and not forgotten. */
  knows(id: MediaId): boolean {
    const state = this.#deps.picks.stateOf(id);
    return state !== undefined && state !== 'forgotten';
  }

  /** Removes items, or a session with all items that no other session has. Resolves to the number of items. */
  async forget(what: Forgotten): Promise<number> {
    const { picks, durable } = this.#deps;
    const session = 'session' in what ? this.#named(what.session) : undefined;
    if (session !== undefined && LIVE_STATES.has(session.state)) await this.cancel(session.id);
    const ids = 'items' in what ? what.items : picks.onlyIn(session?.id ?? '');
    picks.forget(ids);
    await durable();
    await this.#dropForgotten();
    if (session !== undefined) {
      const run = this.#runs.get(session.id);
      run?.run.hurry();
      await run?.ended;
      picks.dropSession(session.id);
      await durable();
      this.#deps.changed();
    }
    return ids.length;
  }

  /** The session with this id, or with an id that begins so. */
  #named(id: string): PickSession {
    const all = this.#deps.picks.sessions();
    const found = all.filter((session) => session.id === id || (id.length >= 4 && session.id.startsWith(id)));
    const [session] = found;
    if (session !== undefined && found.length === 1) return session;
    throw new UserError(ExitCode.usage, `There is no picking session ${id}.`, LIST_HINT);
  }

  async #made(picker: RemotePicker, most: number): Promise<PickingSession> {
    try {
      return await picker.create(most);
    } catch (error) {
      if (!(error instanceof RemoteError) || error.status !== 429) throw error;
      await this.#endFinished(picker);
      return await picker.create(most).catch((again: unknown) => {
        throw again instanceof RemoteError && again.status === 429 ? tooMany(again) : again;
      });
    }
  }

  /** Sessions that are over here and could not be ended at Google so far. */
  async #endFinished(picker: RemotePicker): Promise<void> {
    const { picks } = this.#deps;
    for (const session of picks.sessions()) {
      if (LIVE_STATES.has(session.state) || !hasWork(session)) continue;
      const isEnded = await picker.remove(session.id).then(
        () => true,
        () => false,
      );
      if (isEnded) picks.change(session.id, { isDeleted: true });
    }
  }

  #follow(id: string): SessionRun | undefined {
    const running = this.#runs.get(id);
    if (running !== undefined) {
      running.run.hurry();
      return running.run;
    }
    const { signal } = this.#stopping;
    if (signal.aborted) return undefined;
    const run = new SessionRun(id, { parallel: PARALLEL, ...definedOf(this.#deps), batch: this.#batch });
    const ended = (this.#prepared ??= this.#prepare())
      .then(() => run.run(signal))
      .finally(() => {
        this.#runs.delete(id);
      });
    this.#runs.set(id, { run, ended });
    return run;
  }

  /** A store that cannot be used keeps sessions from storing; each says so when it tries. */
  async #prepare(): Promise<void> {
    const { store } = this.#deps;
    try {
      await store.prepare();
    } catch (error) {
      this.#deps.log(messageOf(error));
      this.#prepared = undefined;
    }
  }

  /** Tells where files are missing, moves those that lie elsewhere, and removes what was forgotten. */
  async #watchStore(): Promise<void> {
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      await this.#lookAfterFiles(signal).then(
        () => this.#deps.problem(undefined),
        (error: unknown) => {
          if (signal.aborted) return;
          const hint = error instanceof UserError ? error.hint : 'See the log for more.';
          this.#deps.problem({ code: 'picked-store', message: messageOf(error), hint });
        },
      );
      await this.#deps.clock.sleep(LOOK_MS, signal).catch(() => undefined);
    }
  }

  async #lookAfterFiles(signal: AbortSignal): Promise<void> {
    const { picks, store } = this.#deps;
    const folders = picks.folders();
    for (const folder of folders) {
      const missing = await storeIsMissing(folder);
      if (missing !== undefined && folder === store.folder) throw missing;
    }
    await this.#dropForgotten();
    if (folders.every((folder) => folder === store.folder)) return;
    await (this.#prepared ??= this.#prepare());
    await moveFiles(this.#deps, signal);
  }

  async #dropForgotten(): Promise<void> {
    const { picks, hidden, store } = this.#deps;
    const rows = picks.forgotten();
    if (rows.length === 0) return;
    await hidden(rows.map(({ id }) => id));
    for (const { id, folder } of rows) {
      // Its drive is not plugged in: it is removed when it is.
      if (folder !== null && (await storeIsMissing(folder)) !== undefined) continue;
      await removePicked(folder ?? store.folder, id);
      picks.dropForgotten(id);
    }
  }
}

const LIST_HINT = 'gphotos-mount pick list shows them.';

function definedOf({ parallel, ...deps }: PickKeeperDeps): Omit<PickKeeperDeps, 'parallel'> & { parallel?: number } {
  return parallel === undefined ? deps : { ...deps, parallel };
}

function tooMany({ status, reason }: RemoteError): RemoteError {
  return new RemoteError('rate-limited', 'Google opens no more picking sessions: too many are open, or were opened.', {
    ...(status === undefined ? {} : { status }),
    ...(reason === undefined ? {} : { reason }),
    hint: 'Finish or cancel one of them (gphotos-mount pick list, pick cancel ID), or try again later.',
  });
}
