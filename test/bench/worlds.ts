import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startRcloneProxy, type RcloneProxy } from '../emulator/https-proxy.js';
import type { Emulator } from '../emulator/start-emulator.js';
import { freeMountPoint, repositoryRoot } from '../support/mounted.js';
import { makePrivateFolders, type PrivateFolders } from '../support/private-folders.js';
import { residentMiB, until } from './measure.js';

/** A mounted program under measurement. */
export interface World {
  readonly name: string;
  readonly path: string;
  readonly pid: number;
  /** Seconds from the start of the program until a listing of its root answered. */
  readonly readySeconds: number;
  residentMiB(): number;
  /** The highest so far. */
  peakMiB(): number;
  end(): Promise<void>;
}

const here = fileURLToPath(new URL('.', import.meta.url));

async function untilListed(path: string, child: ChildProcess, isListed: (names: string[]) => boolean): Promise<number> {
  return until(
    `${path} to be listed`,
    async () => {
      if (child.exitCode !== null) throw new Error(`the program ended with ${child.exitCode}`);
      return isListed(await readdir(path).catch(() => []));
    },
    120,
  );
}

function worldOf(name: string, path: string, child: ChildProcess, readySeconds: number, after: () => void): World {
  const pid = child.pid ?? 0;
  return {
    name,
    path,
    pid,
    readySeconds,
    residentMiB: () => residentMiB(pid),
    peakMiB: () => residentMiB(pid, 'VmHWM'),
    end: async () => {
      if (child.exitCode === null && child.signalCode === null) {
        child.kill('SIGTERM');
        const timer = setTimeout(() => child.kill('SIGKILL'), 20_000);
        await once(child, 'exit');
        clearTimeout(timer);
      }
      freeMountPoint(path);
      after();
    },
  };
}

/** What the process of a mount is given besides. */
export interface Surroundings {
  readonly nodeArguments?: readonly string[];
  readonly environment?: NodeJS.ProcessEnv;
  /** The build that is mounted; default: this one. */
  readonly build?: Build;
}

/** A compiled program of ours, and the name of its figures. */
export interface Build {
  readonly name: string;
  /** Folder with `build/`. */
  readonly root: string;
}

export const THIS_BUILD: Build = { name: 'gphotos-mount', root: repositoryRoot };

/** `--former=FOLDER`: an older checkout, compiled, to be measured in the same run. */
export function formerBuild(): Build | undefined {
  const folder = process.argv.find((word) => word.startsWith('--former='))?.slice('--former='.length);
  return folder === undefined ? undefined : { name: 'former', root: resolve(folder) };
}

/** gphotos-mount itself, in the foreground, on folders that may outlive it. */
export async function ourWorld(
  emulator: { readonly env: NodeJS.ProcessEnv },
  folders: PrivateFolders,
  args: readonly string[] = [],
  { nodeArguments = [], environment = {}, build = THIS_BUILD }: Surroundings = {},
): Promise<World> {
  const program = join(build.root, 'build/src/main.js');
  const child = spawn(process.execPath, [...nodeArguments, program, '-f', ...args, folders.mountpoint], {
    env: { ...folders.env, ...emulator.env, ...environment },
    stdio: ['ignore', 'ignore', process.env['BENCH_LOG'] === undefined ? 'ignore' : 'inherit'],
  });
  const ready = await untilListed(folders.mountpoint, child, (names) => names.includes('media'));
  return worldOf(build.name, folders.mountpoint, child, ready, () => undefined);
}

/** For a profile without an account. */
export const NO_GOOGLE: { readonly env: NodeJS.ProcessEnv } = { env: {} };

/** Debian's rclone mount of the same library. */
export async function rcloneWorld(
  emulator: Emulator,
  name: string,
  args: readonly string[] = [],
): Promise<World & { readonly proxy: RcloneProxy }> {
  const proxy = await startRcloneProxy(emulator);
  const folder = mkdtempSync(join(tmpdir(), 'gpm-rclone-'));
  const path = join(folder, 'mnt');
  mkdirSync(path);
  const child = spawn(
    'rclone',
    ['mount', 'gphotos:', path, '--cache-dir', join(folder, 'cache'), '--vfs-cache-mode', 'off', ...args],
    { env: { ...process.env, ...proxy.env }, stdio: 'ignore' },
  );
  const ready = await untilListed(path, child, (names) => names.includes('media'));
  const world = worldOf(name, path, child, ready, () => rmSync(folder, { recursive: true, force: true }));
  return {
    ...world,
    proxy,
    end: async () => {
      await world.end();
      await proxy.close();
    },
  };
}

/** Debian's fuse-zip on an archive, read-only. */
export async function fuseZipWorld(archive: string): Promise<World> {
  const path = mkdtempSync(join(tmpdir(), 'gpm-fuse-zip-'));
  const child = spawn('fuse-zip', ['-r', '-f', archive, path], { stdio: 'ignore' });
  const ready = await untilListed(path, child, (names) => names.length > 0);
  return worldOf('fuse-zip', path, child, ready, () => rmSync(path, { recursive: true, force: true }));
}

/** The ceiling of the binding: a file system on fuse-native that answers from a table. With `plain`, its files have the bytes of that file. */
export async function nullWorld(files: number, size: number, plain?: string): Promise<World> {
  const path = mkdtempSync(join(tmpdir(), 'gpm-null-'));
  const table = ['--files', String(files), '--size', String(size)];
  const child = spawn(
    process.execPath,
    [resolve(here, 'null-filesystem.js'), path, ...table, ...(plain === undefined ? [] : ['--plain', plain])],
    { stdio: 'ignore' },
  );
  const ready = await untilListed(path, child, (names) => names.length === files);
  return worldOf('null', path, child, ready, () => rmSync(path, { recursive: true, force: true }));
}

export function newFolders(): PrivateFolders {
  return makePrivateFolders();
}

/** The catalog of the default profile in these folders. */
export function catalogFileIn(folders: PrivateFolders): string {
  const file = join(folders.data, 'default', 'catalog.db');
  if (!readdirSync(join(folders.data, 'default')).includes('catalog.db')) throw new Error(`no ${file}`);
  return file;
}
