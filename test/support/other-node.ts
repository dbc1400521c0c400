import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

/**
 * A Node whose native modules are of another kind (`process.versions.modules`), as `npm run test:node` has fetched it. Undefined
 * where there is none.
 */
export function otherNode(): string | undefined {
  const cache = join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'gphotos-mount-test-node');
  if (!existsSync(cache)) return undefined;
  const name = `node-${process.platform}-${process.arch}`;
  return readdirSync(cache)
    .map((folder) => join(cache, folder, 'node_modules', name, 'bin/node'))
    .find((file) => existsSync(file) && modulesOf(file) !== process.versions.modules);
}

/** `process.versions.modules` of another Node; empty where it does not run. */
export function modulesOf(node: string): string {
  return spawnSync(node, ['-p', 'process.versions.modules'], { encoding: 'utf8' }).stdout.trim();
}
