import { constants } from 'node:fs';
import type { DirectoryEntry, FileSystem } from '../filesystem/file-system.js';
import type { Logger } from '../support/logger.js';
import type { MaybePromise } from '../support/maybe-promise.js';
import { traceOf } from '../support/message-of.js';
import { errnoResult, errnoResultOf } from './errno.js';
import type { FuseBinding, FuseHandlers, FuseRequest } from './fuse-binding.js';
import type { OpenFiles } from './open-files.js';
import type { WaitingRequests } from './waiting-requests.js';
import { refusalResult, refusedChanges } from './refused-changes.js';
import { STAT_WORDS, encodeAttributes, encodeEntries, encodeStatistics } from './stat-words.js';
import { errorOfXattrName } from './xattr-names.js';

/*
 * How it works. `fuseOperations` returns one handler for each call of the kernel. A handler must
 * call the signal function of the binding exactly once; `settle` does that. `ask` calls the file
 * system: a value is answered before the handler returns, a promise when it settles. Meanwhile
 * `deps.waits` watches the request: if its process is killed, the answer is EINTR, and a value that
 * comes later goes to `drop`. A read is different: the kernel's buffer is in use until the answer,
 * so `interrupt` asks the file to end the read. `failure` turns errors into errno; one that is no
 * FsError is logged and becomes EIO. `open` numbers its file in `files`, `release` takes it out.
 * Calls that would write are in `refused-changes.ts`.
 */

const TWO_POW_32 = 2 ** 32;
const LONGEST_NAME = 255;
/** libfuse's own number for an unknown inode; 0 would make programs skip the entry. */
const UNKNOWN_INODE = 0xffff_ffff;
const WRITING_FLAGS = constants.O_WRONLY | constants.O_RDWR | constants.O_TRUNC | constants.O_CREAT;

export interface OperationDeps {
  readonly binding: FuseBinding;
  readonly files: OpenFiles;
  readonly readOnly: boolean;
  readonly platform: NodeJS.Platform;
  readonly log: Logger;
  /** Requests that cannot be answered at once. */
  readonly waits: WaitingRequests;
  /** Called when the kernel starts to send requests. */
  onInit(): void;
}

/** How to treat a request whose process is killed before the answer. */
interface LateAnswer<T> {
  /** Called instead of answering EINTR: asks for an early end of the work, which then gives the answer. */
  readonly interrupt?: () => boolean;
  /** Takes a value that comes after the request was answered. */
  readonly drop?: (value: T) => void;
}

/** The handlers that answer the kernel's calls from `fs`. Each call is answered exactly once. */
export function fuseOperations(fs: FileSystem, deps: OperationDeps): FuseHandlers {
  const { binding, files, log } = deps;
  // Copied by the binding before an answer returns, so one serves every call.
  const stat = new Uint32Array(STAT_WORDS);
  const noNames: string[] = [];
  const noStats: Uint32Array[] = [];

  const failure = (operation: string, path: string, thrown: unknown): number => {
    const known = errnoResultOf(thrown, deps.platform);
    if (known !== undefined) return known;
    // A lazily unmounted mount still sends requests while the program is shutting down.
    if (files.isClosed) return errnoResult('EIO');
    const what = traceOf(thrown);
    log.log('error', `${operation} of ${JSON.stringify(path)} failed inside the program: ${what}`);
    return errnoResult('EIO');
  };

  /**
   * Answers with the outcome of `ask`. `reply` turns a value into the answer, and may throw before it has answered. If
   * the process is killed while the request waits, the answer is EINTR, and a value that comes later goes to
   * `late.drop`.
   */
  const settle = <T>(
    request: FuseRequest,
    operation: string,
    path: string,
    ask: () => MaybePromise<T>,
    reply: (value: T) => void,
    fail: (result: number) => void,
    late: LateAnswer<T> = {},
  ): void => {
    let answer: MaybePromise<T>;
    try {
      answer = ask();
      if (!(answer instanceof Promise)) {
        reply(answer);
        return;
      }
    } catch (thrown) {
      fail(failure(operation, path, thrown));
      return;
    }
    const interrupt =
      late.interrupt ??
      ((): boolean => {
        fail(errnoResult('EINTR'));
        return true;
      });
    const wait = deps.waits.add(request, interrupt);
    answer.then(
      (value) => {
        if (!wait.end()) late.drop?.(value);
        else {
          try {
            reply(value);
          } catch (thrown) {
            fail(failure(operation, path, thrown));
          }
        }
      },
      (thrown: unknown) => {
        if (wait.end()) fail(failure(operation, path, thrown));
      },
    );
  };

  const getattr = (request: FuseRequest, _opcode: number, path: string): void => {
    // Every lookup comes here. The kernel lets names of up to 1,024 bytes pass; in NFC a long name may fit.
    if (isNameTooLong(path) && isNameTooLong(path.normalize('NFC'))) {
      binding.fuse_native_signal_getattr(request, errnoResult('ENAMETOOLONG'), stat);
      return;
    }
    settle(
      request,
      'getattr',
      path,
      () => fs.getattr(path),
      (attributes) => {
        encodeAttributes(attributes, stat);
        binding.fuse_native_signal_getattr(request, 0, stat);
      },
      (result) => {
        binding.fuse_native_signal_getattr(request, result, stat);
      },
    );
  };

  return {
    init(request) {
      deps.onInit();
      binding.fuse_native_signal_init(request, 0);
    },

    getattr,

    fgetattr(request, _opcode, path) {
      settle(
        request,
        'fgetattr',
        path,
        () => fs.getattr(path),
        (attributes) => {
          encodeAttributes(attributes, stat);
          binding.fuse_native_signal_fgetattr(request, 0, stat);
        },
        (result) => {
          binding.fuse_native_signal_fgetattr(request, result, stat);
        },
      );
    },

    // Called only if the kernel does not check the permission bits itself.
    access(request, _opcode, path, mode) {
      settle(
        request,
        'access',
        path,
        () => fs.getattr(path),
        ({ kind, permissions }) => {
          let result = 0;
          // To write to a folder is to change a name in it.
          const changed = kind === 'directory' ? `${path === '/' ? '' : path}/name` : path;
          const refused = (mode & constants.W_OK) !== 0 ? fs.refusal('modify', changed) : undefined;
          if (refused !== undefined) result = errnoResult(refused);
          else if ((mode & constants.X_OK) !== 0 && (permissions & 0o111) === 0) result = errnoResult('EACCES');
          binding.fuse_native_signal_access(request, result);
        },
        (result) => {
          binding.fuse_native_signal_access(request, result);
        },
      );
    },

    readdir(request, _opcode, path) {
      settle(
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

    open(request, _opcode, path, flags) {
      if ((flags & WRITING_FLAGS) !== 0) {
        binding.fuse_native_signal_open(request, refusalResult(fs, 'modify', path), 0);
        return;
      }
      settle(
        request,
        'open',
        path,
        () => fs.open(path),
        (file) => {
          if (files.isClosed) {
            file.release();
            binding.fuse_native_signal_open(request, errnoResult('EIO'), 0);
          } else binding.fuse_native_signal_open(request, 0, files.add(file));
        },
        (result) => {
          binding.fuse_native_signal_open(request, result, 0);
        },
        { drop: (file) => file.release() },
      );
    },

    read(request, _opcode, path, handle, buffer, length, offsetLow, offsetHigh) {
      const memory = buffer.buffer;
      const file = files.get(handle);
      if (file === undefined) {
        binding.fuse_native_signal_read(request, errnoResult('EBADF'), 0, memory);
        return;
      }
      settle(
        request,
        'read',
        path,
        () => file.read(buffer, offsetLow + offsetHigh * TWO_POW_32),
        (filled) => {
          if (!(filled >= 0 && filled <= length))
            throw new RangeError(`${filled} bytes read where ${length} were asked`);
          binding.fuse_native_signal_read(request, filled, 0, memory);
        },
        (result) => {
          binding.fuse_native_signal_read(request, result, 0, memory);
        },
        {
          // The kernel takes its memory back with the answer, so the read must have ended before.
          interrupt: () => {
            file.interrupt?.(buffer);
            return false;
          },
        },
      );
    },

    release(request, _opcode, path, handle) {
      const file = files.take(handle);
      try {
        file?.release();
      } catch (thrown) {
        failure('release', path, thrown);
      }
      // The kernel ignores the answer of a release: a failure is only logged.
      binding.fuse_native_signal_release(request, 0);
    },

    statfs(request, _opcode, path) {
      settle(
        request,
        'statfs',
        path,
        () => fs.statfs(),
        (statistics) => {
          binding.fuse_native_signal_statfs(request, 0, encodeStatistics(statistics, deps.readOnly));
        },
        (result) => {
          binding.fuse_native_signal_statfs(request, result, stat);
        },
      );
    },

    getxattr(request, _opcode, path, name, buffer) {
      const memory = buffer.buffer;
      const refused = deps.platform === 'linux' ? errorOfXattrName(name) : undefined;
      if (refused !== undefined) {
        binding.fuse_native_signal_getxattr(request, errnoResult(refused), memory);
        return;
      }
      settle(
        request,
        'getxattr',
        path,
        () => fs.getxattr(path, name),
        (value) => {
          binding.fuse_native_signal_getxattr(request, fillSized(buffer, value), memory);
        },
        (result) => {
          binding.fuse_native_signal_getxattr(request, result, memory);
        },
      );
    },

    listxattr(request, _opcode, path, buffer) {
      const memory = buffer.buffer;
      settle(
        request,
        'listxattr',
        path,
        () => fs.listxattr(path),
        (names) => {
          const list = Buffer.from(names.map((name) => `${name}\0`).join(''));
          binding.fuse_native_signal_listxattr(request, fillSized(buffer, list), memory);
        },
        (result) => {
          binding.fuse_native_signal_listxattr(request, result, memory);
        },
      );
    },

    ...refusedChanges(fs, binding),
  };
}

/** For an empty buffer the size of the value; copies the value if it fits; else ERANGE. */
function fillSized(buffer: Buffer, value: Uint8Array): number {
  if (buffer.length === 0) return value.length;
  if (value.length > buffer.length) return errnoResult('ERANGE');
  buffer.set(value);
  return value.length;
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

/** Whether the last part of a path has more bytes than a file name may have. */
function isNameTooLong(path: string): boolean {
  const start = path.lastIndexOf('/') + 1;
  // A UTF-16 unit is at most 3 bytes: short names need no counting.
  return (path.length - start) * 3 > LONGEST_NAME && Buffer.byteLength(path.slice(start)) > LONGEST_NAME;
}

function complain(path: string, entry: DirectoryEntry, log: Logger): false {
  log.log('error', `left out of ${JSON.stringify(path)}: no file can be called ${JSON.stringify(entry.name)}`);
  return false;
}
