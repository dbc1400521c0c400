import { copyFileSync, lstatSync, mkdirSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { messageOf } from '../support/message-of.js';
import { shellQuoted } from '../support/shell-quoted.js';
import { ExitCode, UserError } from '../support/user-error.js';

export interface Placement {
  /** The native module, which looks for its library beside itself. */
  readonly binding: string;
  /** The library to link beside it. */
  readonly library: string;
  /** The name that it looks for. */
  readonly libraryName: string;
  /** Created if missing, private to this user, because what is in it is executed. */
  readonly folder: string;
}

/**
 * Copies the binding into `folder`, puts a link to the library beside it, and returns the path of the copy. Each file
 * is moved into place whole, so two processes may do this at once. Throws UserError (system) if the folder cannot be
 * used.
 */
export function placeBeside({ binding, library, libraryName, folder }: Placement): string {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const { uid, mode } = lstatSync(folder);
    if (uid !== process.geteuid?.() || (mode & 0o022) !== 0) throw new Error('others may write to it');
    const copy = join(folder, 'fuse.node');
    replace(copy, (file) => {
      copyFileSync(binding, file);
    });
    replace(join(folder, libraryName), (file) => {
      symlinkSync(library, file);
    });
    return copy;
  } catch (cause) {
    const reason = messageOf(cause);
    throw new UserError(
      ExitCode.system,
      `The FUSE module cannot be put into ${folder} (${reason}).`,
      `Run: chmod 700 ${shellQuoted(folder)}, or remove that folder, then try again.`,
      cause,
    );
  }
}

/**
 * `make` writes a temporary file, which is then renamed to `path`: other processes see the old file or the new one. Not
 * synced to the disk: a file that is missing is made again.
 */
function replace(path: string, make: (temporary: string) => void): void {
  const temporary = `${path}.${process.pid}`;
  rmSync(temporary, { force: true });
  make(temporary);
  renameSync(temporary, path);
}
