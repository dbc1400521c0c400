import type { FileSystem } from '../filesystem/file-system.js';
import { Answering, type OperationDeps } from './answering.js';
import { attributeOperations } from './attribute-operations.js';
import { fileOperations } from './file-operations.js';
import type { FuseHandlers } from './fuse-binding.js';
import { readdirOperation } from './readdir-operation.js';
import { refusedChanges } from './refused-changes.js';
import { xattrOperations } from './xattr-operations.js';

/*
 * How it works. `fuseOperations` returns one handler for each call of the kernel. A handler must
 * call the signal function of the binding exactly once; `Answering.settle` does that. Its `ask`
 * calls the file system: a value is answered before the handler returns, a promise when it settles.
 * Meanwhile `waits` watches the request: if its process is killed, the answer is EINTR, and a value
 * that comes later goes to `drop`. A read is different: the kernel's buffer is in use until the
 * answer, so `interrupt` asks the file to end the read. Calls that would write are in
 * `refused-changes.ts`.
 */

/** The handlers that answer the kernel's calls from `fs`. Each call is answered exactly once. */
export function fuseOperations(fs: FileSystem, deps: OperationDeps): FuseHandlers {
  const answering = new Answering(deps);
  return {
    init(request) {
      deps.onInit();
      deps.binding.fuse_native_signal_init(request, 0);
    },
    ...attributeOperations(fs, deps, answering),
    ...readdirOperation(fs, deps, answering),
    ...fileOperations(fs, deps, answering),
    ...xattrOperations(fs, deps, answering),
    ...refusedChanges(fs, deps.binding),
  };
}
