import { extensionForMimeType, extensionOf } from './extension.js';

/** The longest name that Linux and macOS take, in bytes of UTF-8. */
export const MAX_NAME_BYTES = 255;

/**
 * Zero-width characters and direction marks. They would make two names look the same, or show `gpj.exe` as `exe.jpg`.
 * U+200C and U+200D are kept: Persian words and emoji families need them.
 */
const UNSEEN = /[\u200B\u200E\u200F\u202A-\u202E\u2060\u2066-\u2069\uFEFF]/g;

const UNTITLED_ALBUM = 'Untitled album';
const UNKNOWN_CAMERA = 'Unknown camera';
const UNNAMED_PERSON = 'Unnamed person';

/**
 * Makes a file name from the name that Google has. The result is never empty, `.` or `..`; it has no `/`, no control
 * characters and none of {@link UNSEEN}; it is NFC. It has at most 255 bytes of UTF-8, and the extension is kept. A
 * name without an extension gets that of the MIME type. Cleaning a clean name changes nothing.
 */
export function cleanFileName(filename: string, mimeType: string): string {
  const visible = visibleCharacters(filename);
  const name = visible.trim() === '' ? nameForType(mimeType) : notADot(visible);
  const present = extensionOf(name);
  if (present !== '') return fitName(name.slice(0, -present.length), present);
  const added = extensionForMimeType(mimeType);
  // `photo.` becomes `photo.jpg`, not `photo..jpg`.
  return fitName(added !== '' && name.length > 1 && name.endsWith('.') ? name.slice(0, -1) : name, added);
}

/** Makes a folder name out of an album title by the rules of {@link cleanFileName}, but for extensions. */
export function cleanTitle(title: string | undefined): string {
  return cleanFolderName(title ?? '', UNTITLED_ALBUM);
}

/** Makes a folder name from the name of a person by the same rules. */
export function cleanPersonName(name: string): string {
  return cleanFolderName(name, UNNAMED_PERSON);
}

/** Makes a folder name from make and model of a camera. A model that begins with the make does not repeat it. */
export function cleanCameraName(make: string | undefined, model: string | undefined): string {
  const maker = withoutUnseen(make ?? '').trim();
  const kind = withoutUnseen(model ?? '').trim();
  const repeated = kind.toLowerCase().startsWith(maker.toLowerCase());
  return cleanFolderName(repeated ? kind : `${maker} ${kind}`.trim(), UNKNOWN_CAMERA);
}

/** Joins stem, mark and extension, cutting the stem at a character so that all fit into {@link MAX_NAME_BYTES}. */
export function fitName(stem: string, tail: string): string {
  return cutToBytes(stem, MAX_NAME_BYTES - Buffer.byteLength(tail)) + tail;
}

function cleanFolderName(title: string, fallback: string): string {
  const visible = visibleCharacters(title);
  return fitName(visible.trim() === '' ? fallback : notADot(visible), '');
}

/** Stand-ins follow rclone: a fullwidth slash, and the control pictures of U+2400. */
function visibleCharacters(text: string): string {
  return withoutUnseen(text)
    .replace(/\p{Surrogate}/gu, '\uFFFD')
    .replace(/\//g, '\uFF0F')
    .replace(/\p{Control}/gu, controlPicture)
    .normalize('NFC');
}

function withoutUnseen(text: string): string {
  return text.replace(UNSEEN, '');
}

function controlPicture(character: string): string {
  const code = character.charCodeAt(0);
  if (code < 0x20) return String.fromCharCode(0x2400 + code);
  return code === 0x7f ? '\u2421' : '\uFFFD';
}

function notADot(name: string): string {
  return name === '.' || name === '..' ? name.replaceAll('.', '\uFF0E') : name;
}

function nameForType(mimeType: string): string {
  if (mimeType.startsWith('video/')) return 'video';
  return mimeType.startsWith('image/') ? 'photo' : 'file';
}

function cutToBytes(text: string, limit: number): string {
  if (Buffer.byteLength(text) <= limit) return text;
  let bytes = 0;
  let end = 0;
  for (const character of text) {
    bytes += Buffer.byteLength(character);
    if (bytes > limit) break;
    end += character.length;
  }
  return text.slice(0, end);
}
