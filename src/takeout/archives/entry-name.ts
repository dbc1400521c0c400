import { isUtf8 } from 'node:buffer';
import { getFileNameLowLevel, type ExtraField } from 'yauzl';

/** Bit of the general purpose flags: the name is UTF-8. */
const UTF8_FLAG = 0x800;

/**
 * The name of an entry as text. Bytes that are valid UTF-8 are taken so, whether or not the entry says it; others are CP437, as the format
 * has it. A Unicode name in the extra fields comes before both.
 */
export function decodeEntryName(flags: number, raw: Buffer, extraFields: ExtraField[]): string {
  const asRead = isUtf8(raw) ? flags | UTF8_FLAG : flags & ~UTF8_FLAG;
  return getFileNameLowLevel(asRead, raw, extraFields, true);
}

/** Any fault of {@link refuseEntryName}, in one look: nearly all names have none. */
const ANY_FAULT = /[\\\0]|^[a-zA-Z]:|(?:^|\/)\.{0,2}(?:\/|$)/;

/** Why a path must not be used; undefined where it may. */
export function refuseEntryName(path: string): string | undefined {
  if (!ANY_FAULT.test(path)) return undefined;
  if (path.includes('\0')) return 'its name holds a NUL byte';
  if (path.includes('\\')) return 'its name holds a backslash';
  if (path.startsWith('/') || /^[a-zA-Z]:/.test(path)) return 'its path is absolute';
  const parts = path.split('/');
  if (parts.includes('..')) return 'its path leads out of the archive (..)';
  if (parts.includes('') || parts.includes('.')) return 'its path has an empty part';
  return undefined;
}

const JUNK_FOLDER = /(?:^|\/)(?:__MACOSX|@eaDir)(?:\/|$)/;
const JUNK_NAMES: ReadonlySet<string> = new Set(['.ds_store', 'thumbs.db', 'desktop.ini']);

/** Files that systems and file servers leave behind. No export has them. */
export function isJunk(folder: string, name: string): boolean {
  return name.startsWith('._') || JUNK_NAMES.has(name.toLowerCase()) || JUNK_FOLDER.test(folder);
}

export function splitPath(path: string): { readonly folder: string; readonly name: string } {
  const slash = path.lastIndexOf('/');
  return slash === -1 ? { folder: '', name: path } : { folder: path.slice(0, slash), name: path.slice(slash + 1) };
}
