import type { FileSystem } from '../filesystem/file-system.js';
import type { Answering, OperationDeps } from './answering.js';
import { errnoResult } from './errno.js';
import type { FuseHandlers } from './fuse-binding.js';
import { errorOfXattrName } from './xattr-names.js';

/** Handlers of the calls that read extended attributes. */
export function xattrOperations(
  fs: FileSystem,
  { binding, platform }: OperationDeps,
  answering: Answering,
): Pick<FuseHandlers, 'getxattr' | 'listxattr'> {
  return {
    getxattr(request, _opcode, path, name, buffer) {
      const memory = buffer.buffer;
      const refused = platform === 'linux' ? errorOfXattrName(name) : undefined;
      if (refused !== undefined) {
        binding.fuse_native_signal_getxattr(request, errnoResult(refused), memory);
        return;
      }
      answering.settle(
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
      answering.settle(
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
  };
}

/** For an empty buffer the size of the value; copies the value if it fits; else ERANGE. */
function fillSized(buffer: Buffer, value: Uint8Array): number {
  if (buffer.length === 0) return value.length;
  if (value.length > buffer.length) return errnoResult('ERANGE');
  buffer.set(value);
  return value.length;
}
