import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { shellQuoted } from '../support/shell-quoted.js';
import { programPath } from './fuse-requirements.js';

/** Longest text of fusermount that is repeated, characters. */
const LONGEST_WORDS = 1000;

/** A failed mount, with fusermount's words; empty if it printed none or was not run. */
export class MountRefused extends Error {
  constructor(
    readonly words: string,
    cause: unknown,
  ) {
    super('The mount was refused.', { cause });
  }
}

/**
 * Runs `mount` with a program named `fusermount` on the search path. libfuse 2 starts it by that name for ordinary
 * users, and some systems have only `fusermount3`. Resolves with what it wrote to standard error, after restoring the
 * search path. Rejects with {@link MountRefused} if `mount` throws.
 */
export async function withFusermount(mount: () => void): Promise<string> {
  const program = (await programPath('fusermount')) ?? (await programPath('fusermount3'));
  const folder = program === undefined ? undefined : folderWithFusermount(program);
  const before = process.env['PATH'] ?? '';
  // The link is used where scripts cannot run: on a file system mounted noexec, or without a shell.
  if (folder !== undefined) process.env['PATH'] = `${folder}/listening:${before}:${folder}/plain`;
  try {
    mount();
    return wordsIn(folder);
  } catch (error) {
    throw new MountRefused(wordsIn(folder), error);
  } finally {
    process.env['PATH'] = before;
    if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
  }
}

/** Undefined if the folder cannot be made: the program on the search path is then used as it is. */
function folderWithFusermount(program: string): string | undefined {
  let folder: string | undefined;
  try {
    folder = mkdtempSync(join(tmpdir(), 'gphotos-mount-'));
    for (const name of ['listening', 'plain']) mkdirSync(join(folder, name));
    symlinkSync(program, join(folder, 'plain/fusermount'));
    const script = `#!/bin/sh\nexec ${shellQuoted(program)} "$@" 2>${shellQuoted(join(folder, 'said'))}\n`;
    writeFileSync(join(folder, 'listening/fusermount'), script, { mode: 0o700 });
    return folder;
  } catch {
    if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
    return undefined;
  }
}

function wordsIn(folder: string | undefined): string {
  if (folder === undefined) return '';
  try {
    const text = readFileSync(join(folder, 'said'), 'utf8').slice(0, LONGEST_WORDS);
    return text.trim().replace(/\s*\n\s*/g, '; ');
  } catch {
    return '';
  }
}
