import type { ContentStore } from '../content/content-store.js';
import type { PinKeeper } from '../pins/pin-keeper.js';
import { ExitCode, UserError } from '../support/user-error.js';
import type { FilesFetched, RequestRow, Tell } from './control-protocol.js';

export const CACHE_ACTIONS = ['stats', 'clear', 'pin', 'unpin', 'warm'] as const;
export type CacheAction = (typeof CACHE_ACTIONS)[number];

export interface CacheParts {
  readonly content: Pick<ContentStore, 'stats' | 'clear'>;
  readonly pins: PinKeeper;
}

interface CacheFields {
  readonly action: CacheAction;
  /** Absolute within the mount; all actions but `stats` and `clear` need it. */
  readonly path?: string;
}

export interface CacheStats {
  readonly bytes: number;
  readonly limit: number;
  readonly openFiles: number;
  /** Paths within the mount. */
  readonly pins: readonly string[];
  readonly pinnedItems: number;
  readonly pinnedCached: number;
}

/** What a cache command brought about. */
export type CacheOutcome =
  | { readonly action: 'stats'; readonly stats: CacheStats }
  | { readonly action: 'clear'; readonly freed: number }
  | { readonly action: 'pin' | 'unpin'; readonly items: number }
  | ({ readonly action: 'warm' } & FilesFetched);

/** Shortest time between two progress reports, milliseconds. */
const TELL_EVERY = 200;

export const answerCache: RequestRow<CacheFields, { readonly cache: CacheOutcome }> = {
  parse: ({ action: word, path }) => {
    const action = CACHE_ACTIONS.find((known) => known === word);
    if (action === undefined) return undefined;
    if (typeof path === 'string') return { action, path };
    return action === 'stats' || action === 'clear' ? { action } : undefined;
  },
  handle: async (fields, { library }, tell) => ({ cache: await outcomeOf(fields, library(), tell) }),
};

async function outcomeOf(
  { action, path = '/' }: CacheFields,
  { content, pins }: CacheParts,
  tell: Tell,
): Promise<CacheOutcome> {
  const existing = <T>(found: T | undefined): T => {
    if (found !== undefined) return found;
    throw new UserError(
      ExitCode.usage,
      `The mount has no photo, video or folder of them at ${path}.`,
      'List the folder above to see what there is.',
    );
  };
  switch (action) {
    case 'clear':
      return { action, freed: await content.clear() };
    case 'pin':
      return { action, items: existing(await pins.pin(path)) };
    case 'unpin':
      if (await pins.unpin(path)) return { action, items: pins.status().items };
      throw new UserError(ExitCode.usage, `${path} is not pinned.`, 'See what is: gphotos-mount cache stats');
    case 'warm': {
      let told = -Infinity;
      const progress = await pins.warm(path, (now) => {
        if (performance.now() - told < TELL_EVERY) return true;
        told = performance.now();
        return tell({ progress: now });
      });
      const { done, failed, total, bytes } = existing(progress);
      return { action, done, failed, total, bytes };
    }
    case 'stats': {
      const { bytes, limit, openFiles } = content.stats();
      const { pins: paths, items, cached } = pins.status();
      return { action, stats: { bytes, limit, openFiles, pins: paths, pinnedItems: items, pinnedCached: cached } };
    }
  }
}
