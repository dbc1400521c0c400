import { mkdirSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { createHash } from 'node:crypto';
import type { StatusDocument } from '../../src/daemon/status-document.js';
import type { DaemonOptions, MountedDaemon } from './mounted.js';
import { withDaemon } from './mounted.js';
import { makePrivateFolders, type PrivateFolders } from './private-folders.js';
import { gphotosMount, type Outcome } from './run-program.js';

/** A person with downloaded Takeout exports and without an account: no client, no token, no network. */
export interface TakeoutStage {
  readonly folders: PrivateFolders;
  /** Exists, empty: for the archives. */
  readonly downloads: string;
  /** Runs `gphotos-mount takeout ...`. */
  readonly takeout: (...args: string[]) => Promise<Outcome>;
  /** Runs `takeout add`; rejects unless all is taken. */
  readonly add: (...args: string[]) => Promise<Outcome>;
  /** Mounts with these folders, as often as one likes. */
  readonly mount: <T>(
    options: Omit<DaemonOptions, 'folders'>,
    body: (mounted: MountedDaemon) => Promise<T>,
  ) => Promise<T>;
}

/** Folders and commands of {@link TakeoutStage}; the folders are gone at the end. */
export async function withTakeouts<T>(body: (stage: TakeoutStage) => Promise<T>): Promise<T> {
  const folders = makePrivateFolders();
  const downloads = join(folders.home, 'Downloads');
  mkdirSync(downloads);
  const takeout = (...args: string[]): Promise<Outcome> => gphotosMount(['takeout', ...args], folders.env);
  try {
    return await body({
      folders,
      downloads,
      takeout,
      add: async (...args) => {
        const added = await takeout('add', ...args);
        if (added.code !== 0) throw new Error(`takeout add ended with ${added.code}:\n${added.stdout}${added.stderr}`);
        return added;
      },
      mount: (options, inside) => withDaemon({ ...options, folders }, inside),
    });
  } finally {
    folders.remove();
  }
}

/** Resolves with the status once all exports are read. */
export function untilRead({ untilStatus }: Pick<MountedDaemon, 'untilStatus'>): Promise<StatusDocument> {
  return untilStatus('all exports are read', ({ takeout }) => takeout.reading === null, 60_000);
}

/** Names, times and bytes of all files below a folder: what must not change. */
export function fingerprint(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .map((entry) => {
      const path = join(entry.parentPath, entry.name);
      const { mtimeMs, size, mode, ino } = statSync(path);
      const digest = entry.isFile() ? createHash('sha256').update(readFileSync(path)).digest('hex') : '';
      return [path, mtimeMs, size, mode, ino, digest].join(' ');
    })
    .sort();
}
