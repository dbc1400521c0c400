import { constants } from 'node:fs';
import type { FileSystem } from '../filesystem/file-system.js';
import type { Answering, OperationDeps } from './answering.js';
import { errnoResult } from './errno.js';
import type { FuseHandlers } from './fuse-binding.js';
import { refusalResult } from './refused-changes.js';

const TWO_POW_32 = 2 ** 32;
const WRITING_FLAGS = constants.O_WRONLY | constants.O_RDWR | constants.O_TRUNC | constants.O_CREAT;

/** Handlers of the calls on open files. `open` numbers its file, `release` takes it out. */
export function fileOperations(
  fs: FileSystem,
  { binding, files }: OperationDeps,
  answering: Answering,
): Pick<FuseHandlers, 'open' | 'read' | 'release'> {
  return {
    open(request, _opcode, path, flags) {
      if ((flags & WRITING_FLAGS) !== 0) {
        binding.fuse_native_signal_open(request, refusalResult(fs, 'modify', path), 0);
        return;
      }
      answering.settle(
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
      answering.settle(
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
        answering.failure('release', path, thrown);
      }
      // The kernel ignores the answer of a release: a failure is only logged.
      binding.fuse_native_signal_release(request, 0);
    },
  };
}
