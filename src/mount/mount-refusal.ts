import { ExitCode, UserError } from '../support/user-error.js';
import { MountRefused } from './fusermount-name.js';

interface Refusal {
  readonly says: RegExp;
  readonly exitCode: ExitCode;
  readonly hint: string;
}

/** What fusermount of libfuse 2 and 3 says, and the next step. */
const REFUSALS: readonly Refusal[] = [
  {
    says: /could not determine username/,
    exitCode: ExitCode.system,
    hint: 'Give this user a line in /etc/passwd (in a container: choose a user of the image), or mount as root.',
  },
  {
    says: /too many FUSE filesystems mounted/,
    exitCode: ExitCode.system,
    hint: 'Unmount what is not needed, or raise mount_max in /etc/fuse.conf (as root).',
  },
  {
    says: /user_allow_other/,
    exitCode: ExitCode.system,
    hint: 'Put a line `user_allow_other` into /etc/fuse.conf (as root), or leave --allow-other out.',
  },
  {
    says: /fuse device not found|failed to open \/dev\/fuse/,
    exitCode: ExitCode.system,
    hint: 'Load it with `sudo modprobe fuse`; start a container with `--device /dev/fuse`.',
  },
  {
    says: /no write access to mountpoint|mounting over filesystem type|failed to (?:access|chdir)|is not empty|bad mount point/,
    exitCode: ExitCode.mount,
    hint: 'Choose an empty folder that is yours, on another file system.',
  },
  {
    says: /mount failed: (?:Operation not permitted|Permission denied)|must be (?:setuid|suid)/,
    exitCode: ExitCode.system,
    hint: 'fusermount must be setuid root: sudo chmod u+s "$(command -v fusermount3)"; containers need --cap-add SYS_ADMIN.',
  },
];

/**
 * The error for a mount that libfuse refused: fusermount's own words and the next step that belongs to them. `hint` is
 * the next step if they are unknown.
 */
export function mountRefusal(mountpoint: string, hint: string, refused: unknown): UserError {
  const words = refused instanceof MountRefused ? refused.words : '';
  if (words === '')
    return notMounted(mountpoint, 'libfuse refused it; its own words are on the standard error output', hint, refused);
  const known = REFUSALS.find(({ says }) => says.test(words));
  return new UserError(
    known?.exitCode ?? ExitCode.mount,
    `Mounting on ${mountpoint} failed. ${words.replace(/[.;]*$/, '.')}`,
    known?.hint ?? 'Run gphotos-mount doctor: it looks at all that mounting takes.',
    refused,
  );
}

/** The error for a mount that failed for this reason. */
export function notMounted(mountpoint: string, reason: string, hint: string, cause?: unknown): UserError {
  return new UserError(ExitCode.mount, `Mounting on ${mountpoint} failed: ${reason}.`, hint, cause);
}
