import { ArchiveError } from './archive-error.js';
import type { PartFile } from './part-file.js';

/** The local header of an entry, without its name and extra field. */
export const LOCAL_HEADER_BYTES = 30;
const SIGNATURE = 0x04034b50;

/** Where the bytes of an entry begin in the file; undefined where no local header is at `headerOffset`. */
export function dataStartIn(header: Buffer, headerOffset: number): number | undefined {
  if (header.length < LOCAL_HEADER_BYTES || header.readUInt32LE(0) !== SIGNATURE) return undefined;
  // Both lengths differ from those in the directory of the zip.
  return headerOffset + LOCAL_HEADER_BYTES + header.readUInt16LE(26) + header.readUInt16LE(28);
}

/** As {@link dataStartIn}, from the file. Throws ArchiveError where the entry does not lie in the file. One read of 30 bytes. */
export function readDataStart(
  file: PartFile,
  { headerOffset, packed }: { readonly headerOffset: number; readonly packed: number },
): number {
  const header = Buffer.alloc(LOCAL_HEADER_BYTES);
  file.read(header, headerOffset);
  const start = dataStartIn(header, headerOffset);
  if (start === undefined || start + packed > file.size) {
    throw new ArchiveError('damaged', file.path, `${file.path} is damaged: an entry is not where its directory says`);
  }
  return start;
}
