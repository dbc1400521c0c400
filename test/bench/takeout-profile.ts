import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { run } from '../support/run-program.js';
import type { PrivateFolders } from '../support/private-folders.js';
import { program } from '../support/mounted.js';
import { askStatus } from './ask-status.js';
import { until } from './measure.js';
import { newFolders, NO_GOOGLE, ourWorld, THIS_BUILD, type World } from './worlds.js';

const ADD_MS = 600_000;
const READ_SECONDS = 900;

/** Runs `takeout add`; rejects unless all is taken. */
export async function addTakeouts(folders: PrivateFolders, ...args: readonly string[]): Promise<void> {
  const added = await run(process.execPath, [program, 'takeout', 'add', ...args], {
    env: folders.env,
    deadlineMs: ADD_MS,
  });
  if (added.code !== 0) throw new Error(`takeout add ended with ${added.code}: ${added.stderr}`);
}

/** Resolves with the seconds until all parts, at least so many, have been read. */
export function untilRead(folders: PrivateFolders, parts: number): Promise<number> {
  const isRead = async (): Promise<boolean> => {
    const { exports, reading } = (await askStatus(folders)).takeout;
    const states = exports.flatMap((one) => one.parts.map(({ state }) => state));
    return reading === null && states.length >= parts && states.every((state) => state === 'ready');
  };
  return until(`${parts} parts to be read`, isRead, READ_SECONDS, 20);
}

/** A mounted profile that has these Takeouts and no account, of this build or another. */
export async function withTakeouts<T>(
  files: readonly string[],
  use: (world: World, folders: PrivateFolders) => Promise<T>,
  build = THIS_BUILD,
): Promise<T> {
  const folders = newFolders();
  try {
    await addTakeouts(folders, ...files);
    const world = await ourWorld(NO_GOOGLE, folders, [], { build });
    try {
      await untilRead(folders, files.length);
      return await use(world, folders);
    } finally {
      await world.end();
    }
  } finally {
    folders.remove();
  }
}

export function hasProgram(name: string): boolean {
  return (process.env['PATH'] ?? '').split(delimiter).some((folder) => existsSync(join(folder, name)));
}
