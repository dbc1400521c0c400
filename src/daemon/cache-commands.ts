import type { ContentStore } from '../content/content-store.js';
import type { PinKeeper } from '../pins/pin-keeper.js';
import { ExitCode, UserError } from '../support/user-error.js';
import type { CacheOutcome, ControlProgress, ControlReply, ControlRequest } from './control-protocol.js';

export interface CacheParts {
  readonly content: Pick<ContentStore, 'stats' | 'clear'>;
  readonly pins: PinKeeper;
}

/** Shortest time between two progress reports, milliseconds. */
const TELL_EVERY = 200;

/** Answers a `cache` request of the control socket. Throws UserError. */
export async function cacheCommand(
  { content, pins }: CacheParts,
  { action, path = '/' }: ControlRequest,
  tell: (progress: ControlProgress) => boolean,
): Promise<ControlReply> {
  const done = (cache: CacheOutcome): ControlReply => ({ ok: true, cache });
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
      return done({ action, freed: await content.clear() });
    case 'pin':
      return done({ action, items: existing(await pins.pin(path)) });
    case 'unpin':
      if (await pins.unpin(path)) return done({ action, items: pins.status().items });
      throw new UserError(ExitCode.usage, `${path} is not pinned.`, 'See what is: gphotos-mount cache stats');
    case 'warm': {
      let told = -Infinity;
      const progress = await pins.warm(path, (now) => {
        if (performance.now() - told < TELL_EVERY) return true;
        told = performance.now();
        return tell({ progress: now });
      });
      const { done: files, failed, total, bytes } = existing(progress);
      return done({ action, done: files, failed, total, bytes });
    }
    default: {
      const { bytes, limit, openFiles } = content.stats();
      const { pins: paths, items, cached } = pins.status();
      const stats = { bytes, limit, openFiles, pins: paths, pinnedItems: items, pinnedCached: cached };
      return done({ action: 'stats', stats });
    }
  }
}
