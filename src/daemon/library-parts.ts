import type { Credentials } from '../auth/credentials.js';
import type { Source } from '../library/source.js';
import type { Logger } from '../support/logger.js';
import type { DaemonConfig } from './daemon-config.js';
import type { StatusBoard } from './status-board.js';
import type { Teardown } from './teardown.js';

/** What the library of a profile is opened with. */
export interface LibraryParts {
  readonly config: DaemonConfig;
  readonly env: NodeJS.ProcessEnv;
  /** Those that bring items to the profile. */
  readonly sources: readonly Source[];
  /** Undefined where no source needs an account. Then nothing asks Google, and nothing is synced. */
  readonly credentials: Credentials | undefined;
  readonly log: Logger;
  readonly board: StatusBoard;
  readonly teardown: Teardown;
  /** Called now and then while the start takes longer than usual. */
  readonly onBusy: () => void;
}
