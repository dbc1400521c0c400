const LONGEST_NAME = 255;

/** Whether the last part of a path has more bytes than a file name may have. */
export function isNameTooLong(path: string): boolean {
  const start = path.lastIndexOf('/') + 1;
  // A UTF-16 unit is at most 3 bytes: short names need no counting.
  return (path.length - start) * 3 > LONGEST_NAME && Buffer.byteLength(path.slice(start)) > LONGEST_NAME;
}
