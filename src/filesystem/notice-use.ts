import type { MaybePromise } from '../support/maybe-promise.js';
import type { FileSystem, OpenFile } from './file-system.js';

/** Who is told of the programs that use the mount. */
export interface UseWatch {
  /** A folder is listed, or a file opened: while the mount is in use, polls are frequent. */
  used(): void;
  /** A program waits for an answer. Calls what this returns when it has it. */
  waits(): () => void;
}

/** Wraps a file system, and tells of its use. */
export function noticeUse(inner: FileSystem, watch: UseWatch): FileSystem {
  const answered = <T>(answer: MaybePromise<T>): MaybePromise<T> => {
    if (answer instanceof Promise) {
      const over = watch.waits();
      answer.then(over, over);
    }
    return answer;
  };
  const opened = (file: OpenFile): OpenFile => ({
    read: (buffer, position) => answered(file.read(buffer, position)),
    ...(file.interrupt === undefined ? {} : { interrupt: (buffer) => file.interrupt?.(buffer) }),
    release: () => file.release(),
  });
  return {
    getattr: (path) => answered(inner.getattr(path)),
    readdir: (path) => {
      watch.used();
      return answered(inner.readdir(path));
    },
    open: (path) => {
      watch.used();
      const file = answered(inner.open(path));
      return file instanceof Promise ? file.then(opened) : opened(file);
    },
    listxattr: (path) => inner.listxattr(path),
    getxattr: (path, name) => inner.getxattr(path, name),
    statfs: () => inner.statfs(),
    refusal: (change, path) => inner.refusal(change, path),
  };
}
