import type { FileSystem } from '../filesystem/file-system.js';

/** The same file system, which tells whenever a person lists a folder or opens a file. */
export function noticedFileSystem(fileSystem: FileSystem, notice: () => void): FileSystem {
  return {
    getattr: (path) => fileSystem.getattr(path),
    readdir: (path) => {
      notice();
      return fileSystem.readdir(path);
    },
    open: (path) => {
      notice();
      return fileSystem.open(path);
    },
    listxattr: (path) => fileSystem.listxattr(path),
    getxattr: (path, name) => fileSystem.getxattr(path, name),
    statfs: () => fileSystem.statfs(),
  };
}
