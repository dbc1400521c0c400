import type { FsErrorCode } from '../filesystem/file-system.js';

/** Name spaces that kernel file systems keep attributes in; we have some in `user.` only. */
const SPACES = ['user.', 'trusted.', 'security.'] as const;

/**
 * What `ls -l` asks of every file, unless it hears ENOTSUP: then once. ENODATA, which tmpfs and ext4 answer, made `ls -l` of 10,000
 * files take more than twice as long. File systems of the kernel without labels and access lists answer ENOTSUP as well.
 */
const ASKED_BY_LS: ReadonlySet<string> = new Set([
  'security.selinux',
  'system.posix_acl_access',
  'system.posix_acl_default',
]);

/** What a kernel file system answers to getxattr by the name alone; `undefined` where the file system is to be asked. */
export function errorOfXattrName(name: string): FsErrorCode | undefined {
  const space = SPACES.find((prefix) => name.startsWith(prefix));
  if (space === undefined || ASKED_BY_LS.has(name)) return 'ENOTSUP';
  if (name === space) return 'EINVAL';
  return space === 'user.' ? undefined : 'ENODATA';
}
