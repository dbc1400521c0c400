import type { FileSystem } from './file-system.js';

/** The same file system, which tells whenever somebody lists a folder or opens a file: they want to see news soon. */
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
  };
}
