import { constants } from 'node:fs';
import type { FileSystem } from '../filesystem/file-system.js';
import type { Answering, OperationDeps } from './answering.js';
import { errnoResult } from './errno.js';
import type { FuseHandlers, FuseRequest } from './fuse-binding.js';
import { isNameTooLong } from './name-length.js';
import { STAT_WORDS, encodeAttributes, encodeStatistics } from './stat-words.js';

/** Handlers of the calls that ask for attributes. */
export function attributeOperations(
  fs: FileSystem,
  { binding, readOnly }: OperationDeps,
  answering: Answering,
): Pick<FuseHandlers, 'getattr' | 'fgetattr' | 'access' | 'statfs'> {
  // Copied by the binding before an answer returns, so one serves every call.
  const stat = new Uint32Array(STAT_WORDS);
  const answer = (request: FuseRequest, call: 'getattr' | 'fgetattr', path: string): void => {
    const signal = call === 'getattr' ? binding.fuse_native_signal_getattr : binding.fuse_native_signal_fgetattr;
    answering.settle(
      request,
      call,
      path,
      () => fs.getattr(path),
      (attributes) => {
        encodeAttributes(attributes, stat);
        signal(request, 0, stat);
      },
      (result) => {
        signal(request, result, stat);
      },
    );
  };
  return {
    getattr(request, _opcode, path) {
      // Every lookup comes here. The kernel lets names of up to 1,024 bytes pass; in NFC a long name may fit.
      if (isNameTooLong(path) && isNameTooLong(path.normalize('NFC')))
        binding.fuse_native_signal_getattr(request, errnoResult('ENAMETOOLONG'), stat);
      else answer(request, 'getattr', path);
    },
    fgetattr: (request, _opcode, path) => answer(request, 'fgetattr', path),

    // Called only if the kernel does not check the permission bits itself.
    access(request, _opcode, path, mode) {
      answering.settle(
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

    statfs(request, _opcode, path) {
      answering.settle(
        request,
        'statfs',
        path,
        () => fs.statfs(),
        (statistics) => {
          binding.fuse_native_signal_statfs(request, 0, encodeStatistics(statistics, readOnly));
        },
        (result) => {
          binding.fuse_native_signal_statfs(request, result, stat);
        },
      );
    },
  };
}
