import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createTokenSource } from '../../../src/auth/google-token-source.js';
import { openLedger } from '../../../src/ledger/open-ledger.js';
import type { Ledger } from '../../../src/ledger/ledger.js';
import type { MediaId } from '../../../src/library/media-item.js';
import type { Problem } from '../../../src/library/problem.js';
import { PickKeeper } from '../../../src/picker/pick-keeper.js';
import type { PickSessionStatus } from '../../../src/picker/pick-status.js';
import { PickedStore } from '../../../src/picker/picked-store.js';
import { createFormExchange } from '../../../src/remote/http/form-exchange.js';
import { createHttp } from '../../../src/remote/http/http.js';
import { createRemotePicker } from '../../../src/remote/picker/google-picker.js';
import type { Clock } from '../../../src/support/clock.js';
import { startEmulator, type Emulator, type EmulatorOptions } from '../../emulator/start-emulator.js';
import { until } from '../../support/until.js';

/** A clock of the emulator's time, whose sleeps are over at once: they move that time. */
export class JumpingClock implements Clock {
  readonly #emulator: Emulator;
  readonly sleeps: number[] = [];
  /** Sleeps longer than this wait until {@link release}: for what only a person ends. */
  longest = Infinity;
  #held: (() => void)[] = [];

  constructor(emulator: Emulator) {
    this.#emulator = emulator;
  }

  now(): number {
    return Math.floor(this.#emulator.clock.now());
  }

  /** Sleeps that wait now. */
  get held(): number {
    return this.#held.length;
  }

  /** Lets the sleeps end that wait. */
  release(): void {
    for (const end of this.#held.splice(0)) end();
  }

  async sleep(ms: number, signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    this.sleeps.push(ms);
    // Other work of the process, the emulator's for one, gets its turn.
    await new Promise((resolve) => setImmediate(resolve));
    if (ms > this.longest) {
      await new Promise<void>((resolve, reject) => {
        this.#held.push(resolve);
        signal?.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
      });
      return;
    }
    signal?.throwIfAborted();
    this.#emulator.clock.advance(ms);
  }
}

export interface PickRig {
  readonly emulator: Emulator;
  readonly clock: JumpingClock;
  readonly keeper: PickKeeper;
  readonly ledger: Ledger;
  readonly folder: string;
  /** Ids in the order in which they were said to be shown. */
  readonly shown: MediaId[];
  readonly problems: (Problem | undefined)[];
  /** Resolves once a session fulfils the condition. */
  readonly untilSession: (
    what: string,
    condition: (session: PickSessionStatus) => boolean,
    id?: string,
  ) => Promise<PickSessionStatus>;
  /** Takes up a new sign-in. */
  readonly signIn: () => Promise<void>;
  /** Ends the keeper and the ledger as they are, and begins again with the same folders. */
  readonly again: () => Promise<PickRig>;
}

export interface PickRigOptions extends EmulatorOptions {
  /** Where files are stored; default: a folder that is made. */
  readonly store?: string;
  readonly longestSleep?: number;
  /** Asked before each step of a download; default: it is always its turn. */
  readonly turn?: () => Promise<void> | undefined;
}

/** The Picker's room over HTTP to the emulator, without a mount: time jumps over each wait. */
export async function withPicks(options: PickRigOptions, body: (rig: PickRig) => Promise<void>): Promise<void> {
  const emulator = await startEmulator({ seed: { items: 30, albums: 0, videosEvery: 0 }, ...options });
  const folder = mkdtempSync(join(tmpdir(), 'picks-'));
  const open: (() => Promise<void>)[] = [];
  const begin = async (): Promise<PickRig> => {
    for (const end of open.splice(0)) await end();
    const { rig, end } = make(emulator, folder, options, begin);
    open.push(end);
    return rig;
  };
  try {
    await body(await begin());
  } finally {
    for (const end of open) await end();
    await emulator.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

function make(
  emulator: Emulator,
  folder: string,
  { store: place = join(folder, 'picked'), longestSleep = Infinity, turn = () => undefined }: PickRigOptions,
  again: () => Promise<PickRig>,
): { rig: PickRig; end: () => Promise<void> } {
  const clock = new JumpingClock(emulator);
  clock.longest = longestSleep;
  const http = createHttp({});
  const { env } = emulator;
  const credentials = {
    ...{ clientId: env.GPHOTOS_CLIENT_ID, clientSecret: env.GPHOTOS_CLIENT_SECRET },
    refreshToken: emulator.oauth.grant.refreshToken,
  };
  const token = createTokenSource(credentials, {
    ...{ exchange: createFormExchange(http), clock, random: Math.random, tokenUrl: env.GPHOTOS_TOKEN_URL },
    reload: () => Promise.resolve({ ...credentials, refreshToken: emulator.oauth.grant.refreshToken }),
    report: () => undefined,
    onState: () => undefined,
    store: () => Promise.resolve(),
  });
  const picker = createRemotePicker({ baseUrl: env.GPHOTOS_PICKER_URL, token, http, clock, random: Math.random });
  const ledger = openLedger(join(folder, 'ledger.db'));
  const shown: MediaId[] = [];
  const problems: (Problem | undefined)[] = [];
  const keeper = new PickKeeper({
    ...{ picks: ledger.picks, clock, random: Math.random },
    picker: () => Promise.resolve(picker),
    durable: () => ledger.durable(),
    ledgerFault: () => ledger.fault,
    store: new PickedStore(place, () => ledger.picks.folders().includes(place)),
    shown: (ids) => shown.push(...ids),
    hidden: () => Promise.resolve(),
    changed: () => undefined,
    log: () => undefined,
    problem: (problem) => problems.push(problem),
    turn,
  });
  const rig: PickRig = {
    ...{ emulator, clock, keeper, ledger, folder, shown, problems, again, signIn: () => token.reload() },
    untilSession: async (what, condition, id) => {
      let last: PickSessionStatus | undefined;
      const look = (): PickSessionStatus | undefined => {
        const { sessions } = keeper.status();
        last = id === undefined ? sessions.at(-1) : sessions.find((session) => session.id === id);
        return last !== undefined && condition(last) ? last : undefined;
      };
      return until(what, look, 20_000).catch((error: unknown) => {
        throw new Error(`${what}: ${JSON.stringify(last)}`, { cause: error });
      });
    },
  };
  const end = async (): Promise<void> => {
    const stopping = keeper.stop();
    clock.release();
    await stopping;
    await http.close();
    ledger.close();
  };
  return { rig, end };
}
