// What the steps of `npm run deb` share. Plain Node, no dependencies.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = resolve(dirname(fileURLToPath(import.meta.url)), '../..');
/** Debian's name of a processor: Node's name, the prefix of a compiler's name, and what libraries of it are called. */
export const ARCHITECTURES = {
  amd64: { node: 'x64', compiler: 'x86_64-linux-gnu-' },
  arm64: { node: 'arm64', compiler: 'aarch64-linux-gnu-' },
};
export const PROGRAM = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));

const cache = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'gphotos-mount-packages');

export const say = (line) => process.stderr.write(`deb: ${line}\n`);

/** Runs a program to its end and returns what it prints. Throws with its last lines. */
export function run(program, args, options = {}) {
  const { status, stdout, stderr, error } = spawnSync(program, args, {
    cwd: root,
    encoding: 'utf8',
    maxBuffer: 256 << 20,
    ...options,
  });
  if (status !== 0)
    throw new Error(`${program} ${args[0] ?? ''}: ${error?.message ?? `${stdout}${stderr}`.trim().slice(-3000)}`);
  return stdout;
}

/** All files below a folder. */
export function filesBelow(folder) {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name));
}

/** The prefix of the programs that compile for a processor: empty on a machine of that kind. */
export function toolPrefix({ node, compiler }) {
  return node === process.arch ? '' : compiler;
}

/** The folder of the cache for these ingredients (texts); it may be missing. */
export function cacheFolder(name, ingredients) {
  const key = createHash('sha256').update(JSON.stringify(ingredients)).digest('hex').slice(0, 16);
  return join(cache, `${name}-${key}`);
}

/**
 * A folder of the cache with what `make` put into it. It is made once for the same ingredients (texts), and appears whole or
 * not at all.
 */
export function cached(name, ingredients, make) {
  const folder = cacheFolder(name, ingredients);
  if (existsSync(folder)) return folder;
  mkdirSync(cache, { recursive: true });
  const temporary = mkdtempSync(`${folder}.`);
  try {
    make(temporary);
    renameSync(temporary, folder);
  } catch (error) {
    if (!existsSync(folder)) throw error;
  } finally {
    rmSync(temporary, { recursive: true, force: true });
  }
  return folder;
}
