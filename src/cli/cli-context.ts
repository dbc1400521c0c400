import type { Readable } from 'node:stream';
import type { DaemonConfig } from '../daemon/daemon-config.js';
import type { Surroundings } from '../daemon/profile-paths.js';
import type { StatusDocument } from '../daemon/status-document.js';
import type { MountTools } from '../daemon/unmount-any.js';
import type { ExitCode } from '../support/user-error.js';

/** What is true of the person at the keyboard. */
export interface Person {
  readonly uid: number;
  readonly gid: number;
  readonly umask: number;
  /** Absolute; what relative mount points start from. */
  readonly currentFolder: string;
}

/** How a daemon in the foreground talks. */
export interface ForegroundHooks {
  readonly writeLog: (line: string) => void;
  readonly onReady: () => void;
  readonly isJournal: boolean;
  /** Called now and then until the first sync is done. */
  readonly onProgress: ((status: StatusDocument) => void) | undefined;
}

/** What commands know of the process that they run in. */
export interface CliContext {
  readonly args: readonly string[];
  readonly around: Surroundings;
  readonly person: Person;
  readonly version: string;
  /** The program's own entry file, to start the background process with. */
  readonly programFile: string;
  readonly stdin: Readable & { readonly isTTY?: boolean };
  readonly stdout: { write(text: string): unknown; readonly isTTY?: boolean };
  readonly stderr: { write(text: string): unknown; readonly isTTY: boolean };
  readonly columns: number;
  readonly now: () => number;
  /** Called once it is clear that this process is not to become a daemon. */
  readonly isShortLived: () => void;
  readonly runDaemon: (config: DaemonConfig, hooks: ForegroundHooks) => Promise<ExitCode>;
  readonly mountTools: () => Promise<MountTools>;
}
