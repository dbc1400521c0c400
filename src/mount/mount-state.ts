import { spawn } from 'node:child_process';
import { readlink, realpath } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { findMount, isFuse, isOurs, readMountTable, type IsOurPath, type MountEntry } from './mount-table.js';

/** The state of a path: a live mount of this program, another live mount, a mount whose server is gone, or no mount. */
export type MountState = 'mounted-by-us' | 'mounted' | 'stale' | 'free';

export interface MountInspection {
  readonly state: MountState;
  /** Absolute path as the mount table spells it. */
  readonly path: string;
  /** Present unless free. */
  readonly entry?: MountEntry;
  /** The mount is one of this program's; absent where free. */
  readonly isOwn?: boolean;
}

export interface InspectionDeps {
  readTable(): Promise<MountEntry[]>;
  /** False only if the mount reports that its server is gone; undefined if there is no answer in time. */
  isAnswering(mountpoint: string): Promise<boolean | undefined>;
  readonly platform?: NodeJS.Platform;
  /**
   * What the locks of this user's daemons say. Without it, mounts of FUSE-T count as another program's, and silent
   * mounts as alive.
   */
  readonly owners?: MountOwners | undefined;
}

/** What is known of this user's daemons without asking them. */
export interface MountOwners {
  /** A lock names that mount point, also one that a killed daemon left. */
  readonly isOurPath: IsOurPath;
  /** A daemon that lives has that mount point. */
  readonly isServed: (mountpoint: string) => boolean;
}

const systemDeps: InspectionDeps = { readTable: readMountTable, isAnswering, platform: process.platform };

/** Reads the system's own mount table, together with what the locks say. */
export function inspectionWith(owners: MountOwners): InspectionDeps {
  return { ...systemDeps, owners };
}

/** How long a mount may take to answer before it counts as slow but alive. */
const PROBE_DEADLINE_MS = 3000;

/** The state of a path. Never touches a mount from this process: a dead or hanging one would block it. */
export async function mountState(path: string, deps: InspectionDeps = systemDeps): Promise<MountState> {
  return (await inspectMount(path, deps)).state;
}

export async function inspectMount(path: string, deps: InspectionDeps = systemDeps): Promise<MountInspection> {
  const absolute = await resolveWithoutEntering(path);
  const entry = findMount(await deps.readTable(), absolute);
  if (entry === undefined) return { state: 'free', path: absolute };
  const isOwn = isOurs(entry, deps.owners?.isOurPath);
  if (isFuse(entry) && (await isDead(entry.mountpoint, isOwn, deps)))
    return { state: 'stale', path: absolute, entry, isOwn };
  return { state: isOwn ? 'mounted-by-us' : 'mounted', path: absolute, entry, isOwn };
}

/**
 * On a Mac, a mount whose server was killed may hang instead of failing (FSKit, FUSE-T). It is dead if it gives no
 * answer and no daemon serves it.
 */
async function isDead(mountpoint: string, isOwn: boolean, deps: InspectionDeps): Promise<boolean> {
  const answer = await deps.isAnswering(mountpoint);
  if (answer !== undefined) return !answer;
  return deps.platform === 'darwin' && isOwn && deps.owners?.isServed(mountpoint) === false;
}

/** The real path. The last part is resolved by readlink(2) only, which asks no file system server. */
async function resolveWithoutEntering(path: string): Promise<string> {
  let current = resolve(path);
  // As many as Linux follows.
  for (let links = 0; links < 40; links += 1) {
    let parent: string;
    try {
      parent = await realpath(dirname(current));
    } catch {
      // A parent that is missing or unreadable holds no mount. The check of the mount point reports it.
      return current;
    }
    current = join(parent, basename(current));
    try {
      current = resolve(parent, await readlink(current));
    } catch {
      return current;
    }
  }
  return current;
}

/** Asks the mount from a child process, which may hang in the kernel without blocking this one. */
function isAnswering(mountpoint: string): Promise<boolean | undefined> {
  const program =
    'try{require("fs").statSync(process.argv[1])}catch(e){process.exitCode=e.code==="ENOTCONN"||e.code==="ENXIO"?9:0}';
  return new Promise((done) => {
    const child = spawn(process.execPath, ['-e', program, '--', mountpoint], { stdio: 'ignore', detached: true });
    const timer = setTimeout(() => {
      child.kill('SIGKILL');
      child.unref();
      done(undefined);
    }, PROBE_DEADLINE_MS);
    child.once('error', () => {
      clearTimeout(timer);
      done(true);
    });
    child.once('exit', (code) => {
      clearTimeout(timer);
      done(code !== 9);
    });
  });
}
