import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { shellQuoted } from '../support/shell-quoted.js';
import { programPath } from './fuse-requirements.js';

/** What fusermount is asked where libfuse did not let its words be heard. */
export interface AskedMount {
  readonly mountpoint: string;
  readonly allowOther: boolean;
}

const ASK_DEADLINE_MS = 5000;
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
 * search path. Rejects with {@link MountRefused} if `mount` throws. Debian's libfuse starts /bin/fusermount whatever the
 * search path says: then fusermount is asked again, and may leave a dead mount there.
 */
export async function withFusermount(mount: () => void, asked: AskedMount): Promise<string> {
  const program = (await programPath('fusermount')) ?? (await programPath('fusermount3'));
  const folder = program === undefined ? undefined : folderWithFusermount(program);
  const before = process.env['PATH'] ?? '';
  // The link is used where scripts cannot run: on a file system mounted noexec, or without a shell.
  if (folder !== undefined) process.env['PATH'] = `${folder}/listening:${before}:${folder}/plain`;
  try {
    mount();
    return wordsIn(folder);
  } catch (error) {
    const heard = wordsIn(folder);
    // For root libfuse mounts by itself.
    const isAsked = heard === '' && program !== undefined && process.getuid?.() !== 0;
    throw new MountRefused(isAsked ? await wordsOf(program, asked) : heard, error);
  } finally {
    process.env['PATH'] = before;
    if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
  }
}

/** What this fusermount says when it is to mount there; '' where it says nothing. */
function wordsOf(program: string, { mountpoint, allowOther }: AskedMount): Promise<string> {
  const options = allowOther ? 'ro,allow_other' : 'ro';
  return new Promise((resolve) => {
    const child = spawn(program, ['-o', options, '--', mountpoint], {
      // It sends the mounted device over this socket.
      stdio: ['ignore', 'ignore', 'pipe', 'pipe'],
      env: { ...process.env, _FUSE_COMMFD: '3' },
      timeout: ASK_DEADLINE_MS,
    });
    const said: Buffer[] = [];
    child.stderr?.on('data', (some: Buffer) => said.push(some));
    child.once('error', () => resolve(''));
    child.once('close', () => resolve(oneLine(Buffer.concat(said).toString('utf8'))));
  });
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
    return oneLine(readFileSync(join(folder, 'said'), 'utf8'));
  } catch {
    return '';
  }
}

function oneLine(text: string): string {
  return text
    .slice(0, LONGEST_WORDS)
    .trim()
    .replace(/\s*\n\s*/g, '; ');
}
