import { lstatSync } from 'node:fs';
import { dirname } from 'node:path';
import { checkOwnFile } from '../support/own-file.js';
import { shellQuoted } from '../support/shell-quoted.js';
import { ExitCode, UserError } from '../support/user-error.js';
import { SOCKET } from './control-server.js';

/**
 * Whether a socket may be used: it is in a folder of this user or of root that no other user may write to, and belongs
 * to this user. A socket of another user could answer anything. False if there is no socket.
 * @throws UserError (config) if something is wrong with it.
 */
export function mayConnect(socketFile: string, uid: number): boolean {
  const folder = dirname(socketFile);
  const facts = lstatSync(folder, { throwIfNoEntry: false });
  if (facts === undefined) return false;
  if (!facts.isDirectory()) throw refused(folder, 'is not a folder');
  if (facts.uid !== uid && facts.uid !== 0) throw refused(folder, `belongs to another user (uid ${facts.uid})`);
  if ((facts.mode & 0o022) !== 0) throw refused(folder, 'may be written to by others');
  return checkOwnFile(socketFile, SOCKET) !== undefined;
}

function refused(folder: string, fault: string): UserError {
  return new UserError(
    ExitCode.config,
    `The folder ${folder}, in which a running mount would be asked, ${fault}; nothing was asked.`,
    `Look at it with: ls -ld ${shellQuoted(folder)}. Remove it, or name a folder of your own in GPHOTOS_RUNTIME_DIR.`,
  );
}
