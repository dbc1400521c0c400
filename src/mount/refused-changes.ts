import type { Change } from '../library/change.js';
import type { FileSystem } from '../filesystem/file-system.js';
import { errnoResult } from './errno.js';
import type { FuseBinding, FuseHandlers, FuseRequest } from './fuse-binding.js';

type Refused =
  | 'write'
  | 'setxattr'
  | 'removexattr'
  | 'create'
  | 'mknod'
  | 'truncate'
  | 'ftruncate'
  | 'utimens'
  | 'chown'
  | 'chmod'
  | 'unlink'
  | 'rmdir'
  | 'rename'
  | 'link'
  | 'symlink'
  | 'mkdir';

/** The errno result of a call that would change something. */
export function refusalResult(fs: FileSystem, change: Change, path: string): number {
  // What may be done is not carried out yet.
  return errnoResult(fs.refusal(change, path) ?? 'EROFS');
}

/**
 * Handlers of the calls that would change something: the file system says why not. The kernel sends them to a read-only mount
 * only after a remount for writing.
 */
export function refusedChanges(fs: FileSystem, binding: FuseBinding): Pick<FuseHandlers, Refused> {
  type Signal = (request: FuseRequest, result: number) => void;
  const refuse =
    (change: Change, signal: Signal) =>
    (request: FuseRequest, _opcode: number, path: string): void => {
      signal(request, refusalResult(fs, change, path));
    };
  return {
    write(request, _opcode, path, _handle, buffer) {
      binding.fuse_native_signal_write(request, refusalResult(fs, 'modify', path), 0, buffer.buffer);
    },
    setxattr(request, _opcode, path, _name, value) {
      binding.fuse_native_signal_setxattr(request, refusalResult(fs, 'modify', path), value.buffer);
    },
    create(request, _opcode, path) {
      binding.fuse_native_signal_create(request, refusalResult(fs, 'create', path), 0);
    },
    rename(request, _opcode, from, to) {
      const result = errnoResult(fs.refusal('rename', from) ?? fs.refusal('rename', to) ?? 'EROFS');
      binding.fuse_native_signal_rename(request, result);
    },
    link(request, _opcode, _from, to) {
      binding.fuse_native_signal_link(request, refusalResult(fs, 'create', to));
    },
    symlink(request, _opcode, _target, path) {
      binding.fuse_native_signal_symlink(request, refusalResult(fs, 'symlink', path));
    },
    mknod: refuse('create', binding.fuse_native_signal_mknod),
    mkdir: refuse('mkdir', binding.fuse_native_signal_mkdir),
    unlink: refuse('modify', binding.fuse_native_signal_unlink),
    rmdir: refuse('modify', binding.fuse_native_signal_rmdir),
    truncate: refuse('modify', binding.fuse_native_signal_truncate),
    ftruncate: refuse('modify', binding.fuse_native_signal_ftruncate),
    utimens: refuse('modify', binding.fuse_native_signal_utimens),
    chown: refuse('modify', binding.fuse_native_signal_chown),
    chmod: refuse('modify', binding.fuse_native_signal_chmod),
    removexattr: refuse('modify', binding.fuse_native_signal_removexattr),
  };
}
