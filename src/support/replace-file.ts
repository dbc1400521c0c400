import fs from 'node:fs';
import { basename, dirname, join } from 'node:path';

/*
 * How a file is replaced: the text goes into a temporary file of the same folder, which is synced to the disk and then
 * renamed; last the folder is synced, which holds the new name. After a crash the file is the old one or the new one,
 * whole. A failure leaves the old one, and no temporary file. The two functions differ in one thing only: whether the
 * caller's thread waits for the disk.
 */

export interface ReplaceOptions {
  /** Permission bits, those of umask taken away. Default: only the owner may read it. */
  readonly mode?: number;
  /**
   * The file to write first; what lies there is removed. Default: a name with the pid, so that two processes do not
   * rename each other's.
   */
  readonly temporary?: string;
  /** False: without syncs, for a file of no use after a crash of the machine. Default true. */
  readonly durable?: boolean;
}

/** Replaces a file in one step. The main loop goes on meanwhile. Rejects with the system's error. */
export async function replaceFile(path: string, text: string, options: ReplaceOptions = {}): Promise<void> {
  const { mode, temporary, durable } = filledIn(path, options);
  await fs.promises.rm(temporary, { force: true });
  try {
    const file = await fs.promises.open(temporary, 'wx', mode);
    try {
      await file.writeFile(text);
      if (durable) await file.sync();
    } finally {
      await file.close();
    }
    await fs.promises.rename(temporary, path);
  } catch (error) {
    await fs.promises.rm(temporary, { force: true });
    throw error;
  }
  if (!durable) return;
  const folder = await fs.promises.open(dirname(path), 'r');
  await folder
    .sync()
    .catch(unlessUnknown)
    .finally(() => folder.close());
}

/** As {@link replaceFile}, for callers that cannot go on before it is done. Throws the system's error. */
export function replaceFileSync(path: string, text: string, options: ReplaceOptions = {}): void {
  const { mode, temporary, durable } = filledIn(path, options);
  fs.rmSync(temporary, { force: true });
  try {
    fs.writeFileSync(temporary, text, { mode, flag: 'wx' });
    if (durable) placeFile(temporary, path);
    else fs.renameSync(temporary, path);
  } catch (error) {
    fs.rmSync(temporary, { force: true });
    throw error;
  }
}

/** Gives a finished file its name, durably: syncs it, renames it, syncs the folder. Throws the system's error. */
export function placeFile(finished: string, path: string): void {
  syncPath(finished, 'r+');
  fs.renameSync(finished, path);
  try {
    syncPath(dirname(path), 'r');
  } catch (error) {
    unlessUnknown(error);
  }
}

/** Some network file systems do not know how to sync a folder: they write names at once. */
function unlessUnknown(error: unknown): void {
  const { code } = error as NodeJS.ErrnoException;
  if (code !== 'EINVAL' && code !== 'ENOTSUP') throw error;
}

function syncPath(path: string, flags: 'r' | 'r+'): void {
  const descriptor = fs.openSync(path, flags);
  try {
    fs.fsyncSync(descriptor);
  } finally {
    fs.closeSync(descriptor);
  }
}

function filledIn(path: string, { mode = 0o600, temporary, durable = true }: ReplaceOptions): Required<ReplaceOptions> {
  const own = join(dirname(path), `.${basename(path)}.${process.pid}.tmp`);
  return { mode, temporary: temporary ?? own, durable };
}
