import { createHash } from 'node:crypto';
import { fitName } from './clean-name.js';
import { extensionOf } from './extension.js';

const BASE32 = 'abcdefghijklmnopqrstuvwxyz234567';
const FIRST_MARK_LENGTH = 6;

/** Whether a name is in use. Gets its {@link nameKey} and, where spelling matters, the name itself. */
export type IsTaken = (key: string, name: string) => boolean;

/** Two names with one key are one name on a file system that ignores case or composition (macOS, Windows, exFAT). */
export function nameKey(name: string): string {
  // Upper case first: it unfolds ligatures and final letters (`ß`, `ς`) that lower case alone keeps apart.
  return name.normalize('NFD').toUpperCase().toLowerCase().normalize('NFC');
}

/**
 * Chooses the name of a new item: the clean name itself, or where another item has it, the same with `~` and the first
 * 6 base-32 characters of SHA-256(id) before the extension; more characters where that is taken too.
 */
export function chooseName(wanted: string, id: string, isTaken: IsTaken): string {
  const extension = extensionOf(wanted);
  return chooseMarked(wanted.slice(0, wanted.length - extension.length), extension, id, isTaken);
}

/** The same for a folder (album, camera): the mark goes to the end, as a folder has no extension. */
export function chooseTitle(wanted: string, id: string, isTaken: IsTaken): string {
  return chooseMarked(wanted, '', id, isTaken);
}

function chooseMarked(stem: string, extension: string, id: string, isTaken: IsTaken): string {
  const plain = stem + extension;
  if (!isTaken(nameKey(plain), plain)) return plain;
  const mark = base32(createHash('sha256').update(id).digest());
  for (let length = FIRST_MARK_LENGTH; length <= mark.length; length++) {
    const name = fitName(stem, `~${mark.slice(0, length)}${extension}`);
    if (!isTaken(nameKey(name), name)) return name;
  }
  throw new Error(`every name for ${JSON.stringify(plain)} is taken`);
}

function base32(bytes: Uint8Array): string {
  let text = '';
  let pending = 0;
  let bits = 0;
  for (const byte of bytes) {
    pending = (pending << 8) | byte;
    bits += 8;
    while (bits >= 5) {
      bits -= 5;
      text += BASE32.charAt((pending >>> bits) & 31);
    }
    pending &= (1 << bits) - 1;
  }
  return text;
}
