import { createWriteStream, readFileSync, writeFileSync } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { ZipFile } from 'yazl';

export interface ZippedFile {
  readonly name: string;
  readonly bytes: Buffer | string;
  readonly isDeflated?: boolean;
  /** Sizes and CRC stand behind the bytes. */
  readonly hasDescriptor?: boolean;
  readonly isZip64?: boolean;
  readonly mode?: number;
}

/** Writes a zip with files in this order. */
export async function writeZip(path: string, files: readonly ZippedFile[]): Promise<void> {
  const zip = new ZipFile();
  for (const { name, bytes, isDeflated = false, hasDescriptor = false, isZip64 = false, mode = 0o100644 } of files) {
    const content = Buffer.from(bytes as string);
    const options = { compress: isDeflated, forceZip64Format: isZip64, mode, forceDosTimestamp: true };
    if (name.endsWith('/')) zip.addEmptyDirectory(name);
    else if (hasDescriptor) zip.addReadStream(Readable.from([content]), name, options);
    else zip.addBuffer(content, name, options);
  }
  zip.end({ forceZip64Format: files.some(({ isZip64 }) => isZip64), comment: '' });
  await pipeline(zip.outputStream, createWriteStream(path));
}

/** Replaces all occurrences of bytes by as many others. `latin1` keeps each byte. */
export function replaceBytes(path: string, from: string, to: string): void {
  const bytes = readFileSync(path);
  const wanted = Buffer.from(from, 'latin1');
  const other = Buffer.from(to, 'latin1');
  if (wanted.length !== other.length) throw new Error('the lengths differ');
  let at = bytes.indexOf(wanted);
  if (at === -1) throw new Error(`no ${from}`);
  for (; at !== -1; at = bytes.indexOf(wanted, at + other.length)) other.copy(bytes, at);
  writeFileSync(path, bytes);
}

const FIELDS = {
  madeBy: [4, 2],
  flags: [8, 2],
  method: [10, 2],
  crc: [16, 4],
  packed: [20, 4],
  size: [24, 4],
  attributes: [38, 4],
  headerOffset: [42, 4],
} as const;

/** Changes a field of the n-th entry of that name in the directory of a zip. */
export function patchDirectory(
  path: string,
  name: string,
  field: keyof typeof FIELDS,
  change: (value: number) => number,
  nth = 0,
): void {
  const bytes = readFileSync(path);
  const wanted = Buffer.from(name);
  let seen = 0;
  for (
    let at = bytes.indexOf('PK\x01\x02', 0, 'latin1');
    at !== -1;
    at = bytes.indexOf('PK\x01\x02', at + 4, 'latin1')
  ) {
    const found = bytes.subarray(at + 46, at + 46 + bytes.readUInt16LE(at + 28));
    if (!found.equals(wanted)) continue;
    seen += 1;
    if (seen <= nth) continue;
    const [offset, length] = FIELDS[field];
    bytes.writeUIntLE(change(bytes.readUIntLE(at + offset, length)), at + offset, length);
    writeFileSync(path, bytes);
    return;
  }
  throw new Error(`no entry ${name}`);
}

/** Changes one byte of an entry's content, which must hold `text` as it is. */
export function damageContent(path: string, text: string): void {
  replaceBytes(path, text, `${text.slice(0, -1)}${String.fromCharCode(text.charCodeAt(text.length - 1) ^ 1)}`);
}
