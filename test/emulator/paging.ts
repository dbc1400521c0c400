import { API_ERRORS, Refusal, invalidArgument } from './api-errors.js';
import { hashText } from './random.js';
import type { Switches } from './switches.js';

/** What a page token remembers. Clients see it as opaque text. */
interface TokenState<C> {
  /** Hash of the listing's parameters: a token serves the same request only. */
  readonly bound: number;
  readonly made: number;
  /** Empty pages already given before this page. */
  readonly empty: number;
  readonly cursor: C | null;
  readonly ended: boolean;
  /** How often the listing has begun again. */
  readonly round?: number;
}

export interface PageOf<T, C> {
  readonly items: readonly T[];
  /** Where the next page begins; undefined where nothing follows. */
  readonly next: C | undefined;
  /** The cursor that would make the next page begin with the last item of this one. */
  readonly again: C | undefined;
}

export interface PageQuery {
  readonly pageSize: number;
  readonly pageToken: string | undefined;
}

function seal(state: TokenState<unknown>): string {
  const text = JSON.stringify(state);
  return `C${Buffer.from(JSON.stringify([text, hashText(text)])).toString('base64url')}`;
}

function open(token: string): TokenState<unknown> | undefined {
  try {
    const [text, sum] = JSON.parse(Buffer.from(token.slice(1), 'base64url').toString('utf8')) as [string, number];
    return hashText(text) === sum ? (JSON.parse(text) as TokenState<unknown>) : undefined;
  } catch {
    return undefined;
  }
}

/** A page size as a number or a numeric text; clamped to the method's maximum. */
export function pageSizeOf(value: unknown, standard: number, largest: number): number {
  if (value === undefined || value === null || value === '') return standard;
  const size = Number(value);
  if (!Number.isInteger(size) || size < 0) throw invalidArgument(`Invalid page size: ${JSON.stringify(value)}`);
  return size === 0 ? standard : Math.min(size, largest);
}

/** Listings in pages, with the oddities that clients have to survive. */
export class Pager {
  readonly #switches: Switches;
  readonly #now: () => number;

  constructor(switches: Switches, now: () => number) {
    this.#switches = switches;
    this.#now = now;
  }

  /**
   * One page of the listing that `parameters` describe. `read` gives up to `limit` items from a cursor on.
   */
  page<T, C>(
    parameters: unknown,
    query: PageQuery,
    read: (cursor: C | undefined, limit: number) => PageOf<T, C>,
  ): { readonly items: readonly T[]; readonly nextPageToken?: string } {
    const switches = this.#switches;
    const bound = hashText(JSON.stringify(parameters));
    const state = this.#state(query.pageToken, bound) as TokenState<C>;
    const token = (next: Partial<TokenState<C>>): string => seal({ ...state, made: this.#now(), empty: 0, ...next });

    if (state.ended) return { items: [], ...(switches.endlessToken ? { nextPageToken: token({}) } : {}) };
    if (state.empty < switches.emptyPages) return { items: [], nextPageToken: token({ empty: state.empty + 1 }) };

    const { items, next, again } = read(state.cursor ?? undefined, Math.min(query.pageSize, switches.pageCap));
    if (next === undefined) {
      if (switches.endlessRepeat)
        return { items, nextPageToken: token({ cursor: null, round: (state.round ?? 0) + 1 }) };
      const goesOn = switches.endlessToken || (switches.lastPageEmpty && items.length > 0);
      return { items, ...(goesOn ? { nextPageToken: token({ ended: true }) } : {}) };
    }
    const repeats = switches.repeatAcrossPages && again !== undefined && items.length > 1;
    return { items, nextPageToken: token({ cursor: repeats ? again : next }) };
  }

  #state(pageToken: string | undefined, bound: number): TokenState<unknown> {
    if (pageToken === undefined || pageToken === '')
      return { bound, made: this.#now(), empty: 0, cursor: null, ended: false };
    const state = open(pageToken);
    if (state === undefined || this.#now() - state.made > this.#switches.pageTokenLifetimeMs) {
      throw new Refusal(API_ERRORS['bad-page-token']());
    }
    if (state.bound !== bound) throw new Refusal(API_ERRORS['changed-parameters']());
    return state;
  }
}
