import type { FsErrorCode } from '../filesystem/file-system.js';

/** Name spaces that kernel file systems keep attributes in; we have some in `user.` only. */
const SPACES = ['user.', 'trusted.', 'security.'] as const;

/**
 * Names that `ls -l` asks for. After ENOTSUP it asks only once; otherwise for every file. With ENODATA, which tmpfs and
 * ext4 answer, `ls -l` of 10,000 files took more than twice as long. Kernel file systems without labels and access
 * lists answer ENOTSUP as well.
 */
const ASKED_BY_LS: ReadonlySet<string> = new Set([
  'security.selinux',
  'system.posix_acl_access',
  'system.posix_acl_default',
]);

/**
 * What a kernel file system answers to getxattr by the name alone; `undefined` where the file system is to be asked.
 */
export function errorOfXattrName(name: string): FsErrorCode | undefined {
  const space = SPACES.find((prefix) => name.startsWith(prefix));
  if (space === undefined || ASKED_BY_LS.has(name)) return 'ENOTSUP';
  if (name === space) return 'EINVAL';
  return space === 'user.' ? undefined : 'ENODATA';
}
