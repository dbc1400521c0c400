import { copyFileSync, lstatSync, mkdirSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { shellQuoted } from '../support/shell-quoted.js';
import { ExitCode, UserError } from '../support/user-error.js';

export interface Placement {
  /** The native module, which looks for its library beside itself. */
  readonly binding: string;
  /** The library that it shall find there. */
  readonly library: string;
  /** The name that it looks for. */
  readonly libraryName: string;
  /** Made where it is missing, private to this user: what lies in it is run. */
  readonly folder: string;
}

/**
 * Copies the binding into `folder` with a link to the library beside it, and gives the copy. Each part appears whole, so that
 * two processes may do this at once. Throws UserError (system) where the folder will not do.
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
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new UserError(
      ExitCode.system,
      `The FUSE module cannot be put into ${folder} (${reason}).`,
      `Run: chmod 700 ${shellQuoted(folder)}, or remove that folder, then try again.`,
      cause,
    );
  }
}

function replace(path: string, make: (temporary: string) => void): void {
  const temporary = `${path}.${process.pid}`;
  rmSync(temporary, { force: true });
  make(temporary);
  renameSync(temporary, path);
}
