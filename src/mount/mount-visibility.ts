import { readFile } from 'node:fs/promises';
import { unescapeOctal } from './mount-table.js';

interface Line {
  readonly mountpoint: string;
  /** Optional fields of proc(5)'s mountinfo: `shared:1`, `master:2`. */
  readonly tags: readonly string[];
}

/**
 * Whether a mount of this process on `path` stays in its own mount namespace. That is so if the file system under the
 * mount point receives mounts from another namespace (`master:N`), because it then sends none there. False if the
 * system does not say.
 */
export async function isMountedPrivately(path: string, pid: number | 'self' = 'self'): Promise<boolean> {
  return isPrivateBelow(await readFile(`/proc/${pid}/mountinfo`, 'utf8').catch(() => ''), path);
}

/** As {@link isMountedPrivately}, from the text of mountinfo. A mount on the very path is not what lies under it. */
export function isPrivateBelow(mountinfo: string, path: string): boolean {
  const holds = ({ mountpoint }: Line): boolean => mountpoint === '/' || path.startsWith(`${mountpoint}/`);
  const longest = lines(mountinfo)
    .filter(holds)
    // Of several mounts on one folder the last lies on top.
    .reduce<Line | undefined>(
      (best, line) => (best === undefined || line.mountpoint.length >= best.mountpoint.length ? line : best),
      undefined,
    );
  return longest?.tags.some((tag) => tag.startsWith('master:')) ?? false;
}

function lines(mountinfo: string): Line[] {
  return mountinfo.split('\n').flatMap((text) => {
    const fields = text.split(' ');
    const hyphen = fields.indexOf('-', 6);
    const mountpoint = fields[4];
    return hyphen < 0 || mountpoint === undefined
      ? []
      : [{ mountpoint: unescapeOctal(mountpoint), tags: fields.slice(6, hyphen) }];
  });
}
