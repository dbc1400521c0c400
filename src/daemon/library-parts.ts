import type { Logger } from '../support/logger.js';
import type { DaemonConfig } from './daemon-config.js';
import type { ProfileSignIn } from './profile-sign-in.js';
import type { StatusBoard } from './status-board.js';
import type { Teardown } from './teardown.js';

/** What the library of a profile is opened with. */
export interface LibraryParts {
  readonly config: DaemonConfig;
  readonly env: NodeJS.ProcessEnv;
  readonly signIn: ProfileSignIn;
  readonly log: Logger;
  readonly board: StatusBoard;
  readonly teardown: Teardown;
  /** Called now and then while the start takes longer than usual. */
  readonly onBusy: () => void;
}
