import { lstatSync, opendirSync, type Dir, type Stats } from 'node:fs';
import { join } from 'node:path';
import { toArchiveError } from './archive-error.js';
import { BATCH_ENTRIES, countRefused, noEntries, type ArchiveEntry, type EntryCounts } from './entry.js';
import { isJunk } from './entry-name.js';

/** Takeout has three levels; more are only followed so far. */
const MAX_DEPTH = 16;

/**
 * Lists an extracted export: yields the files below `root`, {@link BATCH_ENTRIES} at a time, and returns the counts. No symbolic link is
 * followed, no file is opened. A folder that cannot be read is a refused entry; throws ArchiveError where `root` itself cannot be read.
 * For a thread of its own, as `part-file.ts`.
 */
export function* listFolder(root: string): Generator<ArchiveEntry[], EntryCounts> {
  const counts = noEntries();
  const folders = [''];
  const device = factsOf(root)?.dev;
  let batch: ArchiveEntry[] = [];
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
    const here = folder;
    for (const found of readFolder(root, here, counts)) {
      const path = here === '' ? found.name : `${here}/${found.name}`;
      if (found.isFolder) {
        if (path.split('/').length >= MAX_DEPTH) refuseFolder(counts, path, 'it lies too deep');
        else if (isMountOfOurs(join(root, path), device)) refuseFolder(counts, path, 'it is a mount of gphotos-mount');
        else folders.push(path);
        continue;
      }
      const entry = entryOf(root, here, found.name, counts);
      if (entry !== undefined) batch.push(entry);
      if (batch.length < BATCH_ENTRIES) continue;
      yield batch;
      batch = [];
    }
  }
  if (batch.length > 0) yield batch;
  return counts;
}

/** Streams the names of a folder: it may have 100,000. */
function* readFolder(
  root: string,
  folder: string,
  counts: EntryCounts,
): Generator<{ readonly name: string; readonly isFolder: boolean }> {
  let opened: Dir;
  try {
    opened = opendirSync(join(root, folder), { encoding: 'utf8', bufferSize: 256 });
  } catch (error) {
    if (folder === '') throw toArchiveError(error, root);
    refuseFolder(counts, folder, 'the folder cannot be read');
    return;
  }
  try {
    for (let found = opened.readSync(); found !== null; found = opened.readSync()) {
      counts.total += 1;
      const { name } = found;
      const path = folder === '' ? name : `${folder}/${name}`;
      if (name.includes('\\')) countRefused(counts, path, 'its name holds a backslash');
      else if (found.isDirectory()) {
        counts.folders += 1;
        yield { name, isFolder: true };
      } else if (found.isSymbolicLink()) countRefused(counts, path, 'it is a symbolic link');
      // A file system that does not tell types is asked for each file.
      else yield { name, isFolder: false };
    }
  } catch (error) {
    throw toArchiveError(error, join(root, folder));
  } finally {
    opened.closeSync();
  }
}

function entryOf(root: string, folder: string, name: string, counts: EntryCounts): ArchiveEntry | undefined {
  if (isJunk(folder, name)) {
    counts.skipped += 1;
    return undefined;
  }
  const path = folder === '' ? name : `${folder}/${name}`;
  const facts = factsOf(join(root, path));
  if (facts?.isFile() !== true) {
    countRefused(counts, path, facts === undefined ? 'it cannot be read' : 'it is not a plain file');
    return undefined;
  }
  counts.taken += 1;
  return { folder, name, size: facts.size, packed: facts.size, crc: undefined, headerOffset: 0, method: 'file' };
}

function factsOf(path: string): Stats | undefined {
  try {
    return lstatSync(path);
  } catch {
    return undefined;
  }
}

/** A folder that was counted already. */
/** To look at each file there would ask Google for its size. */
function isMountOfOurs(path: string, device: number | undefined): boolean {
  return factsOf(path)?.dev !== device && factsOf(join(path, '.gphotos/status.json')) !== undefined;
}

function refuseFolder(counts: EntryCounts, path: string, reason: string): void {
  counts.folders -= 1;
  countRefused(counts, path, reason);
}
