import { spawn } from 'node:child_process';
import { readlink, realpath } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { findMount, isFuse, isOurs, readMountTable, type MountEntry } from './mount-table.js';

/**
 * What holds a path: a living mount of this program, any other living mount, a mount whose server is gone, or none.
 */
export type MountState = 'mounted-by-us' | 'mounted' | 'stale' | 'free';

export interface MountInspection {
  readonly state: MountState;
  /** Absolute path as the mount table spells it. */
  readonly path: string;
  /** Present unless free. */
  readonly entry?: MountEntry;
}

export interface InspectionDeps {
  readTable(): Promise<MountEntry[]>;
  /** False only where the mount says that its server is gone. */
  isAnswering(mountpoint: string): Promise<boolean>;
}

const systemDeps: InspectionDeps = { readTable: readMountTable, isAnswering };

/** How long a mount may take to answer before it counts as slow but alive. */
const PROBE_DEADLINE_MS = 3000;

/** State of a path, never touching a mount from this process: a dead or hanging one would take it along. */
export async function mountState(path: string): Promise<MountState> {
  return (await inspectMount(path)).state;
}

export async function inspectMount(path: string, deps: InspectionDeps = systemDeps): Promise<MountInspection> {
  const absolute = await resolveWithoutEntering(path);
  const entry = findMount(await deps.readTable(), absolute);
  if (entry === undefined) return { state: 'free', path: absolute };
  if (isFuse(entry) && !(await deps.isAnswering(absolute))) return { state: 'stale', path: absolute, entry };
  return { state: isOurs(entry) ? 'mounted-by-us' : 'mounted', path: absolute, entry };
}

/** The real path, with the last part resolved only as far as readlink(2) can: that asks no file system server anything. */
async function resolveWithoutEntering(path: string): Promise<string> {
  let current = resolve(path);
  // As many as Linux follows.
  for (let links = 0; links < 40; links += 1) {
    let parent: string;
    try {
      parent = await realpath(dirname(current));
    } catch {
      // A parent that is missing or closed to us holds no mount; the mount point check finds the words for it.
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

/** Looks at the mount from a child process, which may hang in the kernel without harm to this one. */
function isAnswering(mountpoint: string): Promise<boolean> {
  const program =
    'try{require("fs").statSync(process.argv[1])}catch(e){process.exitCode=e.code==="ENOTCONN"||e.code==="ENXIO"?9:0}';
  return new Promise((done) => {
    const child = spawn(process.execPath, ['-e', program, '--', mountpoint], { stdio: 'ignore', detached: true });
    const timer = setTimeout(() => {
      child.kill('SIGKILL');
      child.unref();
      done(true);
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
