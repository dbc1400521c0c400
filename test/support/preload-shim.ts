import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { PrivateFolders } from './private-folders.js';

/** Whether this machine can compile a library that stands before libc in a program. */
export const canPreload = process.platform === 'linux' && spawnSync('cc', ['--version']).status === 0;

/** Compiles such a library; returns its path, for LD_PRELOAD. */
export function preloadShim(folders: PrivateFolders, name: string, source: string): string {
  const [file, library] = [join(folders.root, `${name}.c`), join(folders.root, `${name}.so`)];
  writeFileSync(file, source);
  const built = spawnSync('cc', ['-shared', '-fPIC', '-o', library, file, '-ldl'], { encoding: 'utf8' });
  if (built.status !== 0) throw new Error(built.stderr);
  return library;
}
