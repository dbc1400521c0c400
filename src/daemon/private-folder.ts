import { lstatSync, mkdirSync } from 'node:fs';
import { shellQuoted } from '../support/shell-quoted.js';
import { folderFault } from '../support/disk-fault.js';
import { ExitCode, UserError } from '../support/user-error.js';

/**
 * Makes sure that the folder exists and is private to this user (0700). A folder of another user, or one that others
 * may write to, is refused: they could replace the catalog or the control socket.
 */
export function ensurePrivateFolder(folder: string, uid: number): void {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
  } catch (error) {
    const known = folderFault(error, folder);
    if (known !== undefined) throw known;
    const reason = (error as NodeJS.ErrnoException).code ?? String(error);
    throw new UserError(
      ExitCode.config,
      `The folder ${folder} cannot be created (${reason}).`,
      'Make its parent folder writable, or choose another place (README, "Files and folders").',
      error,
    );
  }
  const facts = lstatSync(folder);
  if (facts.isDirectory() && facts.uid === 0 && uid !== 0)
    throw new UserError(
      ExitCode.config,
      `The folder ${folder} belongs to root, as after a run with sudo.`,
      `Make it yours: sudo chown -R "$USER" ${shellQuoted(folder)}`,
    );
  if (!facts.isDirectory() || facts.uid !== uid || (facts.mode & 0o022) !== 0) {
    throw new UserError(
      ExitCode.config,
      `The folder ${folder} is not private: it must be a folder that you own and that only you can write to.`,
      `Run: chmod 700 ${shellQuoted(folder)} (or remove it if it is not yours), then try again.`,
    );
  }
}
