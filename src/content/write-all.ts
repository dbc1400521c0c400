import * as fs from 'node:fs';
import { promisify } from 'node:util';

const writev = promisify(fs.writev);

/** Writes all of `pieces` from byte `position` on, in the thread pool. Rejects with the file system's error. */
export async function writeAll(descriptor: number, pieces: readonly Uint8Array[], position: number): Promise<void> {
  let rest = pieces;
  for (let at = position; rest.length > 0;) {
    const { bytesWritten } = await writev(descriptor, rest, at);
    at += bytesWritten;
    rest = after(rest, bytesWritten);
  }
}

/** What is left of `pieces` once their first `count` bytes are written. */
function after(pieces: readonly Uint8Array[], count: number): readonly Uint8Array[] {
  let done = count;
  return pieces.flatMap((piece) => {
    const part = piece.subarray(Math.min(done, piece.length));
    done -= piece.length - part.length;
    return part.length > 0 ? [part] : [];
  });
}
