import type { LogLevel } from '../support/log-level.js';
import type { ProfilePaths } from './profile-paths.js';

/** Everything the daemon needs to know, checked. Plain data: it travels to the background process as JSON. */
export interface DaemonConfig {
  /** Absolute. */
  readonly mountpoint: string;
  /** It is missing, and made right before the mount. */
  readonly makesMountpoint?: boolean;
  readonly profile: string;
  readonly paths: ProfilePaths;
  /** Part of the tree to mount: `/`, a path, or `album:<id>`. */
  readonly root: string;
  readonly showArchived: boolean;
  /** Whether the tree has the folders of trashed and of locked items. */
  readonly showTrashed: boolean;
  readonly showLocked: boolean;
  readonly nestedAlbums: boolean;
  readonly ownership: { readonly uid: number; readonly gid: number; readonly umask: number };
  readonly allowOther: boolean;
  /** Time zone that date folders follow from now on; undefined: the one that the profile has. */
  readonly timeZone?: string;
  readonly attrTimeoutMs: number;
  /** Absolute; the folder of picked files from now on; undefined: the one that the profile has. */
  readonly pickedDir?: string;
  /** Bytes; undefined: decided by the free space. */
  readonly cacheMaxBytes?: number;
  readonly cacheMaxAgeMs: number;
  readonly pollIntervalMs: number;
  /** The poll interval while the mount is idle and the library does not change. */
  readonly idleIntervalMs: number;
  readonly fullSyncIntervalMs: number;
  /** No interval of full passes was set: those of large libraries are stretched. */
  readonly stretchFullPasses: boolean;
  /** Share of each daily quota that background work leaves alone. */
  readonly quotaReserve: number;
  readonly foreground: boolean;
  readonly logLevel: LogLevel;
  /** Absolute; undefined: stderr in the foreground, the data folder in the background. */
  readonly logFile?: string;
  /** Absolute; PEM file with authorities to trust besides the usual ones. */
  readonly caFile?: string;
  /** Source in the mount table; default: the program's name. */
  readonly source?: string;
  readonly version: string;
  /** Options of the command line as they were typed: a reload reads config.json again, and these still win over it. */
  readonly given?: Readonly<Record<string, string | boolean>>;
}
