import {
  closeSync,
  constants,
  fchmodSync,
  fstatSync,
  ftruncateSync,
  realpathSync,
  renameSync,
  writeSync,
} from 'node:fs';
import { diskFault } from '../support/disk-fault.js';
import { checkOwnFile, openOwnFile, type FileRules } from '../support/own-file.js';
import { UserError } from '../support/user-error.js';

/** An append-only file, 0600, that moves to `<file>.1` when it is full. */
export interface LogFile {
  write(line: string): void;
  close(): void;
}

/**
 * Opens or creates the log. Throws UserError if it, or the file for older lines, is not a plain file of this user
 * (nothing is changed then), and UserError (system) if the disk is full or read-only. A line that cannot be written
 * later is lost: logging never stops the mount.
 */
export function openLogFile(file: string, maximumBytes: number, rules: FileRules): LogFile {
  checkLogFile(file, rules);
  let descriptor = openPrivate(file, rules);
  // The file itself moves, not a link to it.
  const path = realpathSync(file);
  let size = fstatSync(descriptor).size;
  try {
    checkRoom(file, descriptor, size);
  } catch (error) {
    closeSync(descriptor);
    throw error;
  }

  const rotate = (): void => {
    // Where it cannot move it goes on growing; the next look is as many bytes later.
    size = 0;
    checkLogFile(path, rules);
    renameSync(path, olderLines(path));
    const next = openPrivate(path, rules);
    // Only now: a number closed too early may already be another file's.
    closeSync(descriptor);
    descriptor = next;
  };

  return {
    write(line) {
      try {
        if (size >= maximumBytes) rotate();
      } catch {
        // What stands in the way may be gone the next time.
      }
      try {
        size += writeSync(descriptor, line);
      } catch {
        // Nowhere left to say it.
      }
    },
    close() {
      closeSync(descriptor);
    },
  };
}

/** Throws UserError where the log, or the file that older lines move to, will not do. */
export function checkLogFile(file: string, rules: FileRules): void {
  const isThere = checkOwnFile(file, rules) !== undefined;
  const target = olderLines(isThere ? realpathSync(file) : file);
  checkOwnFile(target, { ...rules, what: 'the file for older lines of the log' });
}

const olderLines = (file: string): string => `${file}.1`;

/** Whether a line can be written at all. */
function checkRoom(file: string, descriptor: number, size: number): void {
  try {
    writeSync(descriptor, '\n');
    ftruncateSync(descriptor, size);
  } catch (error) {
    throw diskFault(error, file) ?? error;
  }
}

function openPrivate(file: string, rules: FileRules): number {
  const { O_APPEND, O_CREAT, O_WRONLY } = constants;
  let descriptor: number;
  try {
    descriptor = openOwnFile(file, O_APPEND | O_CREAT | O_WRONLY, rules);
  } catch (error) {
    if (error instanceof UserError) throw error;
    const code = String((error as NodeJS.ErrnoException).code);
    const known = diskFault(error, file);
    // Rights are a matter of the file that was named, not of the system.
    if (known !== undefined && (code === 'EACCES' || code === 'EPERM'))
      throw new UserError(rules.exitCode, known.message, rules.hint ?? known.hint, error);
    throw (
      known ??
      new UserError(rules.exitCode, `${file}, ${rules.what}, cannot be opened (${code}).`, rules.hint ?? '', error)
    );
  }
  fchmodSync(descriptor, 0o600);
  return descriptor;
}
