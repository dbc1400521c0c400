import { constants } from 'node:fs';
import { mkdir, open, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { ExitCode, UserError } from '../support/user-error.js';

const LARGEST = 64 * 1024;

/**
 * The text of a file with secrets, undefined where there is none.
 * @throws UserError (config) where others may read it, it belongs to somebody else, or it is a link or no plain file.
 */
export async function readPrivateFile(path: string): Promise<string | undefined> {
  let file;
  try {
    // Looked at through the open file, so that nobody can swap it in between; a pipe must not make this wait.
    file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch (error) {
    throwUnlessAbsent(path, error);
    return undefined;
  }
  try {
    const stat = await file.stat();
    if (!stat.isFile()) throw refused(`${path} is not a plain file.`, 'Replace it with the file itself.');
    if (stat.uid !== process.getuid?.())
      throw refused(`${path} belongs to another user.`, `Make it yours: chown "$USER" ${quoted(path)}`);
    if ((stat.mode & 0o077) !== 0)
      throw refused(`${path} holds a secret and can be read by others.`, `Close it: chmod 600 ${quoted(path)}`);
    if (stat.size > LARGEST) throw refused(`${path} is far too long to be what it should be.`, 'Replace it.');
    return await file.readFile('utf8');
  } finally {
    await file.close();
  }
}

/** Replaces a file with secrets in one step: after a crash it is the old or the new one, and at no time open to others. */
export async function writePrivateFile(path: string, text: string): Promise<void> {
  const folder = dirname(path);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const temporary = join(folder, `.${basename(path)}.${process.pid}.tmp`);
  await rm(temporary, { force: true });
  try {
    const file = await open(temporary, 'wx', 0o600);
    try {
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

function throwUnlessAbsent(path: string, error: unknown): void {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'ENOENT' || code === 'ENOTDIR') return;
  if (code === 'ELOOP' || code === 'EMLINK')
    throw refused(`${path} is a symbolic link.`, 'Put the file itself there, so that it is clear who can change it.');
  throw refused(`${path} cannot be opened (${String(code)}).`, `Look at its permissions: ls -l ${quoted(path)}`);
}

function refused(message: string, hint: string): UserError {
  return new UserError(ExitCode.config, message, hint);
}

function quoted(path: string): string {
  return `'${path.replaceAll("'", `'\\''`)}'`;
}
