import { closeSync, constants, fstatSync, lstatSync, openSync, readFileSync, statSync, type Stats } from 'node:fs';
import { diskFault } from './disk-fault.js';
import { decodeText } from './decode-text.js';
import { replaceFileSync, type ReplaceOptions } from './replace-file.js';
import { shellQuoted } from './shell-quoted.js';
import { ExitCode, UserError } from './user-error.js';

/** What a path must be before this program opens it. */
export interface FileRules {
  /** How a sentence names the file: `the log file`. */
  readonly what: string;
  readonly exitCode: ExitCode;
  /** The next step where the path will not do; default: move it away. */
  readonly hint?: string;
  /** Who may own it; default `ours`. */
  readonly owner?: 'ours' | 'ours-or-root' | 'any';
  /** What it must be; default a plain file. A symbolic link to one will do; for a socket it will not. */
  readonly kind?: 'file' | 'socket';
}

/** Rules of the files that lie in the data and cache folders. */
export function ownFile(what: string, exitCode: ExitCode = ExitCode.config): FileRules {
  return { what, exitCode };
}

/**
 * Facts of the file at `path`, undefined where there is none. Nothing is opened or changed.
 * @throws UserError where it is a device, a FIFO, a socket, a folder, a link to such, or belongs to another user.
 */
export function checkOwnFile(path: string, rules: FileRules): Stats | undefined {
  const isSocket = rules.kind === 'socket';
  const found = isSocket ? lstatSync(path, { throwIfNoEntry: false }) : targetOf(path, rules);
  if (found !== undefined) judge(path, found, rules);
  return found;
}

/**
 * Opens a file that passes {@link checkOwnFile}, making it with mode 0600 where `flags` hold O_CREAT and it is missing.
 * Never waits for the other end of a pipe. What was opened is checked again: it may have been swapped meanwhile.
 * @throws UserError as above, or the error of open(2).
 */
export function openOwnFile(path: string, flags: number, rules: FileRules): number {
  const isThere = checkOwnFile(path, rules) !== undefined;
  const { O_CREAT, O_EXCL, O_NONBLOCK, O_NOCTTY, O_NOFOLLOW } = constants;
  const creating = (flags & O_CREAT) !== 0 && !isThere;
  const how = creating ? flags | O_EXCL | O_NOFOLLOW : flags & ~O_CREAT;
  const descriptor = openSync(path, how | O_NONBLOCK | O_NOCTTY, 0o600);
  try {
    judge(path, fstatSync(descriptor), rules);
    return descriptor;
  } catch (error) {
    closeSync(descriptor);
    throw error;
  }
}

/**
 * The text of such a file in any usual encoding; undefined if there is none.
 * @throws as {@link openOwnFile}
 */
export function readOwnFile(path: string, rules: FileRules): string | undefined {
  let descriptor: number;
  try {
    descriptor = openOwnFile(path, constants.O_RDONLY, rules);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  try {
    return decodeText(readFileSync(descriptor));
  } finally {
    closeSync(descriptor);
  }
}

/**
 * Replaces the text of such a file in one step, mode 0600, as `replace-file.ts` does it.
 * @throws as {@link openOwnFile}, and UserError if the disk is full or read-only.
 */
export function replaceOwnFile(
  path: string,
  text: string,
  rules: FileRules,
  { durable = true }: Pick<ReplaceOptions, 'durable'> = {},
): void {
  checkOwnFile(path, rules);
  const temporary = `${path}.new`;
  // A leftover of a process that was killed is replaced; anything else is refused.
  checkOwnFile(temporary, rules);
  try {
    replaceFileSync(path, text, { temporary, durable });
  } catch (error) {
    throw diskFault(error, path) ?? error;
  }
}

/** Whether a descriptor that was just opened is of a plain file of this user. */
export function isOwnPlainFile(facts: Stats): boolean {
  return facts.isFile() && facts.uid === ourId();
}

function targetOf(path: string, rules: FileRules): Stats | undefined {
  const target = statSync(path, { throwIfNoEntry: false });
  if (target === undefined && lstatSync(path, { throwIfNoEntry: false }) !== undefined)
    throw refused(path, 'is a symbolic link that leads nowhere', rules);
  return target;
}

function judge(path: string, facts: Stats, rules: FileRules): void {
  const kind = kindOf(facts);
  const wanted = rules.kind === 'socket' ? 'a socket' : 'a plain file';
  if (kind !== wanted) throw refused(path, `is ${kind}, not ${wanted}`, rules);
  const { owner = 'ours' } = rules;
  const fits = owner === 'any' || facts.uid === ourId() || (owner === 'ours-or-root' && facts.uid === 0);
  if (fits) return;
  const { fault, hint } = ownerFault(path, facts.uid);
  throw refused(path, fault, hint === undefined ? rules : { ...rules, hint });
}

/**
 * What is wrong with a file of another user, and the next step where it is the usual one: root's, as sudo leaves them.
 */
export function ownerFault(path: string, uid: number): { readonly fault: string; readonly hint: string | undefined } {
  if (uid !== 0) return { fault: `belongs to another user (uid ${uid})`, hint: undefined };
  return {
    fault: 'belongs to root, as after a run with sudo',
    hint: `Make it yours: sudo chown "$USER" ${shellQuoted(path)}`,
  };
}

function kindOf(facts: Stats): string {
  if (facts.isFile()) return 'a plain file';
  if (facts.isDirectory()) return 'a folder';
  if (facts.isFIFO()) return 'a pipe (FIFO)';
  if (facts.isSocket()) return 'a socket';
  if (facts.isSymbolicLink()) return 'a symbolic link';
  return 'a device';
}

function refused(path: string, fault: string, { what, exitCode, hint }: FileRules): UserError {
  return new UserError(
    exitCode,
    `${path}, ${what}, ${fault}.`,
    hint ?? `Look at it with: ls -l ${shellQuoted(path)}. Move it away, then try again.`,
  );
}

function ourId(): number {
  return process.geteuid?.() ?? 0;
}
