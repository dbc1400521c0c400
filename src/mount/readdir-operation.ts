import type { DirectoryEntry, FileSystem } from '../filesystem/file-system.js';
import type { Logger } from '../support/logger.js';
import type { MaybePromise } from '../support/maybe-promise.js';
import type { Answering, OperationDeps } from './answering.js';
import type { FuseHandlers } from './fuse-binding.js';
import { isNameTooLong } from './name-length.js';
import { encodeEntries } from './stat-words.js';

/** libfuse's own number for an unknown inode; 0 would make programs skip the entry. */
const UNKNOWN_INODE = 0xffff_ffff;

/** The handler that lists a folder. */
export function readdirOperation(
  fs: FileSystem,
  { binding, log }: OperationDeps,
  answering: Answering,
): Pick<FuseHandlers, 'readdir'> {
  const noNames: string[] = [];
  const noStats: Uint32Array[] = [];
  return {
    readdir(request, _opcode, path) {
      answering.settle(
        request,
        'readdir',
        path,
        () => withDots(fs, path, log),
        (entries) => {
          const stats = encodeEntries(entries);
          const names = entries.map((entry) => entry.name);
          binding.fuse_native_signal_readdir(request, 0, names, stats);
        },
        (result) => {
          binding.fuse_native_signal_readdir(request, result, noNames, noStats);
        },
      );
    },
  };
}

function withDots(fs: FileSystem, path: string, log: Logger): MaybePromise<DirectoryEntry[]> {
  const entries = fs.readdir(path);
  const finish = (list: DirectoryEntry[]): DirectoryEntry[] => [
    { name: '.', kind: 'directory', inode: inodeNow(fs, path) },
    { name: '..', kind: 'directory', inode: inodeNow(fs, path.slice(0, path.lastIndexOf('/')) || '/') },
    ...(list.every(fitsKernel) ? list : list.filter((entry) => fitsKernel(entry) || complain(path, entry, log))),
  ];
  return entries instanceof Promise ? entries.then(finish) : finish(entries);
}

function inodeNow(fs: FileSystem, path: string): number {
  try {
    const attributes = fs.getattr(path);
    if (!(attributes instanceof Promise)) return attributes.inode;
    // Its failure does not matter here, and must not count as unhandled.
    attributes.catch(() => undefined);
  } catch {
    // The directory was removed just now: the listing is still useful.
  }
  return UNKNOWN_INODE;
}

/** The kernel refuses a whole listing because of one invalid name. */
function fitsKernel({ name }: DirectoryEntry): boolean {
  if (name === '' || name === '.' || name === '..' || name.includes('/') || name.includes('\0')) return false;
  return !isNameTooLong(name);
}

function complain(path: string, entry: DirectoryEntry, log: Logger): false {
  log.log('error', `left out of ${JSON.stringify(path)}: no file can be called ${JSON.stringify(entry.name)}`);
  return false;
}
