import type { ContentStore } from '../content/content-store.js';
import type { PinKeeper } from '../pins/pin-keeper.js';

/** What the commands of the cache work on. */
export interface CacheParts {
  readonly content: Pick<ContentStore, 'stats' | 'clear'>;
  readonly pins: PinKeeper;
}
