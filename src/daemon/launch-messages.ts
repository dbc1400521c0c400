import type { ExitCode } from '../support/user-error.js';
import type { DaemonConfig } from './daemon-config.js';

/** The first argument of a background process. It gets its configuration over IPC: this is not for people. */
export const DAEMON_ARGUMENT = '__daemon';

/** From the launching command to the background process. */
export interface LaunchMessage {
  readonly config: DaemonConfig;
}

/** From the background process to the launching command: any number of `busy`, then one of the others. */
export type LaunchReply =
  /** The start takes longer than usual. */
  | { readonly kind: 'busy' }
  | { readonly kind: 'ready' }
  | { readonly kind: 'failed'; readonly exitCode: ExitCode; readonly message: string; readonly hint: string };
