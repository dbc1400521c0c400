import type { FileSystem } from './file-system.js';

/**
 * Wraps a file system and reports each listed folder and opened file: while the mount is in use, polls are frequent.
 */
export function noticeUse(inner: FileSystem, noticed: () => void): FileSystem {
  return {
    getattr: (path) => inner.getattr(path),
    readdir: (path) => {
      noticed();
      return inner.readdir(path);
    },
    open: (path) => {
      noticed();
      return inner.open(path);
    },
    listxattr: (path) => inner.listxattr(path),
    getxattr: (path, name) => inner.getxattr(path, name),
    statfs: () => inner.statfs(),
    refusal: (change, path) => inner.refusal(change, path),
  };
}
