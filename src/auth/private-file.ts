import { constants, lstatSync } from 'node:fs';
import { chmod, mkdir, open, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { decodeText } from '../support/decode-text.js';
import { folderFault } from '../support/disk-fault.js';
import { checkOwnFile, ownerFault } from '../support/own-file.js';
import { replaceFile } from '../support/replace-file.js';
import { shellQuoted } from '../support/shell-quoted.js';
import { ExitCode, UserError } from '../support/user-error.js';

const LARGEST = 64 * 1024;

/**
 * The text of a file with secrets, undefined if there is none.
 * @throws UserError (config) if others may read it, it belongs to another user, or it is a link or not a plain file.
 */
export async function readPrivateFile(path: string): Promise<string | undefined> {
  // Before it is opened: opening a device may already have an effect.
  checkSecretFile(path);
  const { uid } = lstatSync(path, { throwIfNoEntry: false }) ?? {};
  if (uid === 0 && uid !== process.getuid?.()) {
    const { fault, hint = '' } = ownerFault(path, uid);
    throw refused(`${path} ${fault}.`, hint);
  }
  let file;
  try {
    // Checked through the open file, so that it cannot be swapped in between. Does not wait for the other end of a
    // pipe.
    file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch (error) {
    throwUnlessAbsent(path, error);
    return undefined;
  }
  try {
    const facts = await file.stat();
    if (!facts.isFile()) throw refused(`${path} is not a plain file.`, 'Replace it with the file itself.');
    if (facts.uid !== process.getuid?.())
      throw refused(`${path} belongs to another user.`, `Make it yours: chown "$USER" ${shellQuoted(path)}`);
    if ((facts.mode & 0o077) !== 0)
      throw refused(`${path} holds a secret and can be read by others.`, `Close it: chmod 600 ${shellQuoted(path)}`);
    if (facts.size > LARGEST) throw refused(`${path} is far too long to be what it should be.`, 'Replace it.');
    await checkFolder(dirname(path));
    return decodeText(await file.readFile());
  } finally {
    await file.close();
  }
}

/** Refuses a folder that others may write to: they could put another file in place. */
async function checkFolder(folder: string): Promise<void> {
  const { uid, mode } = await stat(folder);
  const isOurs = uid === process.getuid?.() || uid === 0;
  if (isOurs && (mode & 0o022) === 0) return;
  throw refused(
    `The folder ${folder} holds secrets, and others may write to it.`,
    `Close it: chmod 700 ${shellQuoted(folder)}`,
  );
}

/** Throws UserError (config) where something else than a plain file lies there: it is neither replaced nor deleted. */
export function checkSecretFile(path: string): void {
  const facts = lstatSync(path, { throwIfNoEntry: false });
  // What a link leads to stays as it is.
  if (facts !== undefined && !facts.isSymbolicLink())
    checkOwnFile(path, { what: 'a file with secrets', exitCode: ExitCode.config, owner: 'any' });
}

/**
 * Replaces a file with secrets in one step: after a crash it is the old or the new one, and at no time open to others.
 * @throws UserError where the disk is full or read-only, the folder is another user's, or no plain file lies there.
 */
export async function writePrivateFile(path: string, text: string): Promise<void> {
  checkSecretFile(path);
  const folder = dirname(path);
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await chmod(folder, 0o700);
    await replaceFile(path, text);
  } catch (error) {
    throw folderFault(error, folder, path) ?? error;
  }
}

function throwUnlessAbsent(path: string, error: unknown): void {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'ENOENT' || code === 'ENOTDIR') return;
  if (code === 'ELOOP' || code === 'EMLINK')
    throw refused(`${path} is a symbolic link.`, 'Put the file itself there, so that it is clear who can change it.');
  throw refused(`${path} cannot be opened (${String(code)}).`, `Look at its permissions: ls -l ${shellQuoted(path)}`);
}

function refused(message: string, hint: string): UserError {
  return new UserError(ExitCode.config, message, hint);
}
