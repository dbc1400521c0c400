import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { SUBTYPE } from './mount-options.js';

/** One line of the system's mount table. */
export interface MountEntry {
  /** Absolute, without symbolic links. */
  readonly mountpoint: string;
  /** As the table has it: `fuse.sshfs`, `ext4`, `macfuse`. */
  readonly type: string;
  readonly source: string;
  /** `major:minor`; the minor number names the FUSE connection. Empty on macOS. */
  readonly device: string;
}

/**
 * Whether this user's locks name a path as a mount point. Needed for FUSE-T, whose lines do not show whose they are.
 */
export type IsOurPath = (mountpoint: string) => boolean;

const noPath: IsOurPath = () => false;

/** Whether the mount is one of this program's. */
export function isOurs(entry: MountEntry, isOurPath: IsOurPath = noPath): boolean {
  if (entry.type === `fuse.${SUBTYPE}` || (entry.source === SUBTYPE && /^(macfuse|osxfuse)/.test(entry.type)))
    return true;
  return isFuseT(entry) && isOurPath(entry.mountpoint);
}

export function isFuse(entry: MountEntry): boolean {
  return /^(fuse|macfuse|osxfuse)/.test(entry.type) || isFuseT(entry);
}

/** FUSE-T serves over NFS on this machine; the source is the volume's name behind `fuse-t:/`. */
export function isFuseT({ type, source }: MountEntry): boolean {
  return type === 'nfs' && source.startsWith('fuse-t:');
}

/**
 * Whether two lines are of one mount. macOS has no device numbers: there the source distinguishes another file system
 * on the same path.
 */
export function isSameMount(one: MountEntry, other: MountEntry): boolean {
  return (
    one.mountpoint === other.mountpoint &&
    one.device === other.device &&
    one.type === other.type &&
    one.source === other.source
  );
}

/** The mounts of this process's namespace, oldest first, read without touching any of them. */
export async function readMountTable(platform: NodeJS.Platform = process.platform): Promise<MountEntry[]> {
  return platform === 'darwin'
    ? parseDarwinMounts(await darwinMounts())
    : parseMountInfo(await readFile('/proc/self/mountinfo', 'utf8'));
}

/** The topmost mount on exactly this path. macOS may spell the letters of a path composed or decomposed. */
export function findMount(table: readonly MountEntry[], mountpoint: string): MountEntry | undefined {
  return table.findLast((entry) => isOnPath(entry, mountpoint));
}

export function isOnPath(entry: MountEntry, mountpoint: string): boolean {
  if (entry.mountpoint === mountpoint) return true;
  return entry.device === '' && entry.mountpoint.normalize('NFC') === mountpoint.normalize('NFC');
}

/** proc(5), `/proc/[pid]/mountinfo`: optional fields end at a lone hyphen. */
export function parseMountInfo(text: string): MountEntry[] {
  return text.split('\n').flatMap((line) => {
    const fields = line.split(' ');
    const hyphen = fields.indexOf('-', 6);
    const [, , device, , mountpoint] = fields;
    const [type, source] = fields.slice(hyphen + 1);
    if (hyphen < 0 || device === undefined || mountpoint === undefined || type === undefined) return [];
    return [{ device, mountpoint: unescapeOctal(mountpoint), type, source: unescapeOctal(source ?? '') }];
  });
}

/**
 * Lines of macOS's mount(8): `source on /path (type, option, ...)`. A source may hold ` on ` too, but no path begins in
 * it.
 */
export function parseDarwinMounts(text: string): MountEntry[] {
  return text.split('\n').flatMap((line) => {
    const match = /^(.*?) on (\/.*) \(([^,()]+)[^()]*\)$/.exec(line);
    const [, source, mountpoint, type] = match ?? [];
    if (source === undefined || mountpoint === undefined || type === undefined) return [];
    return [{ device: '', mountpoint, type, source }];
  });
}

/** The kernel writes space, tab, newline and backslash as three octal digits. */
export function unescapeOctal(field: string): string {
  return field.replace(/\\([0-7]{3})/g, (_, digits: string) => String.fromCharCode(parseInt(digits, 8)));
}

function darwinMounts(): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile('/sbin/mount', { timeout: 10_000 }, (error, stdout) => {
      if (error === null) resolve(stdout);
      else reject(new Error('mount(8) failed', { cause: error }));
    });
  });
}
