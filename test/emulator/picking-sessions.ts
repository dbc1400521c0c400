import { randomUUID } from 'node:crypto';
import type { Switches } from './switches.js';

/** What goes wrong with the bytes of one picked item. */
export type PickedFault =
  /** Answered so before the bytes come right; Infinity for ever. */
  | { readonly type: 'status'; readonly status: 403 | 404 | 429 | 500; readonly times: number }
  /** The connection breaks after so many bytes. */
  | { readonly type: 'cut'; readonly afterBytes: number; readonly times: number }
  /** Content-Length is wrong by so much. */
  | { readonly type: 'length'; readonly by: number; readonly times: number }
  /** A page with status 200; `type`: as what it calls itself. */
  | { readonly type: 'page'; readonly contentType: string; readonly times: number }
  | { readonly type: 'slow'; readonly bytesPerSecond: number; readonly times: number };

export interface PickingSession {
  readonly id: string;
  readonly most: number;
  readonly createdAt: number;
  readonly expiresAt: number;
  /** Numbers of items in the order in which they were ticked; undefined until Done. */
  picked: readonly number[] | undefined;
  deleted: boolean;
  /** Times that a page of it was listed. */
  lists: number;
}

/** The picking sessions of the account, and what the person does with them. */
export class PickingSessions {
  readonly #switches: Switches;
  readonly #now: () => number;
  readonly #sessions = new Map<string, PickingSession>();
  /** By the number of the item. */
  readonly faults = new Map<number, PickedFault>();
  /** Videos that are PROCESSING in so many listings, and READY after; FAILED for Infinity. */
  readonly processing = new Map<number, number>();
  /** Page tokens are refused that were given before now. */
  tokensFrom = 0;

  constructor(switches: Switches, now: () => number) {
    this.#switches = switches;
    this.#now = now;
  }

  /** Undefined where too many are open. */
  create(most: number): PickingSession | undefined {
    const open = [...this.#sessions.values()].filter((session) => this.#isAlive(session));
    if (open.length >= this.#switches.mostPickSessions) return undefined;
    const createdAt = this.#now();
    const session: PickingSession = {
      ...{ id: randomUUID(), most, createdAt, expiresAt: createdAt + this.#switches.pickSessionLifetimeMs },
      ...{ picked: undefined, deleted: false, lists: 0 },
    };
    this.#sessions.set(session.id, session);
    return session;
  }

  /** Undefined for one that is unknown, deleted or expired. */
  find(id: string): PickingSession | undefined {
    const session = this.#sessions.get(id);
    return session !== undefined && this.#isAlive(session) ? session : undefined;
  }

  /** All that were ever made, oldest first. */
  all(): PickingSession[] {
    return [...this.#sessions.values()];
  }

  /** The session that was made last. */
  get last(): PickingSession {
    const session = this.all().at(-1);
    if (session === undefined) throw new Error('no picking session was made');
    return session;
  }

  /** The person ticks these items and presses Done. */
  done(id: string, items: readonly number[]): void {
    const session = this.find(id);
    if (session === undefined) throw new Error(`no picking session ${id}`);
    if (session.picked !== undefined) throw new Error('the picking page is dead once Done was pressed');
    session.picked = items.slice(0, session.most);
  }

  /** Milliseconds that Google wants to be asked for. */
  pollingLeft({ createdAt }: PickingSession): number {
    return Math.max(0, createdAt + this.#switches.pickPollingMs - this.#now());
  }

  #isAlive({ deleted, expiresAt }: PickingSession): boolean {
    return !deleted && this.#now() < expiresAt;
  }
}
