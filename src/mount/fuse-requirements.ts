import { constants } from 'node:fs';
import { access, open, readFile, stat } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { ExitCode, UserError } from '../support/user-error.js';
import { checkMac } from './mac-requirements.js';
import { systemMac, type MacSystem } from './mac-system.js';

/** The parts of a system that FUSE needs. Tests simulate systems that lack some. */
export interface FuseSystem {
  readonly platform: NodeJS.Platform;
  /** Effective user id. */
  readonly userId: number;
  /** Opens a device for reading and writing and closes it again; rejects with the system's error code. */
  tryOpen(path: string): Promise<void>;
  exists(path: string): Promise<boolean>;
  /** Text of a file, empty where it cannot be read. */
  read(path: string): Promise<string>;
  /** Whether a program of that name is on the search path. */
  hasProgram(name: string): Promise<boolean>;
  /** Whether the program is setuid root; undefined if it is missing. */
  isSetuidRoot(name: string): Promise<boolean | undefined>;
  /** Whether the user has a name in /etc/passwd or another user database. */
  hasAccount(): boolean;
}

/** CAP_SYS_ADMIN, which mounting takes, as a bit of the capability sets in /proc. */
const CAP_SYS_ADMIN = 1n << 21n;

const CONTAINER_HINT =
  'Start the container with `--device /dev/fuse --cap-add SYS_ADMIN` (Docker also `--security-opt apparmor:unconfined`).';

export const systemFuse: FuseSystem = {
  platform: process.platform,
  userId: process.geteuid?.() ?? 0,
  tryOpen: async (path) => {
    await (await open(path, 'r+')).close();
  },
  exists: (path) =>
    access(path).then(
      () => true,
      () => false,
    ),
  read: (path) => readFile(path, 'utf8').catch(() => ''),
  hasProgram: async (name) => (await programPath(name)) !== undefined,
  isSetuidRoot: async (name) => {
    const path = await programPath(name);
    if (path === undefined) return undefined;
    const { uid, mode } = await stat(path);
    return uid === 0 && (mode & 0o4000) !== 0;
  },
  hasAccount: () => {
    try {
      userInfo();
      return true;
    } catch {
      return false;
    }
  },
};

/** Where a program is on the search path. */
export async function programPath(name: string): Promise<string | undefined> {
  for (const folder of (process.env['PATH'] ?? '').split(':')) {
    if (folder === '') continue;
    const path = join(folder, name);
    const found = await access(path, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (found) return path;
  }
  return undefined;
}

/** Rejects with a UserError (`system`) naming the next step where this user cannot mount with FUSE on this machine. */
export async function checkFuse(
  options: { readonly allowOther: boolean },
  system: FuseSystem = systemFuse,
  mac: MacSystem = systemMac,
): Promise<void> {
  if (system.platform === 'darwin') {
    checkMac(mac);
    return;
  }
  await checkDevice(system);
  if (system.userId === 0) {
    await checkCapability(system);
    return;
  }
  // A service with AmbientCapabilities=CAP_SYS_ADMIN: libfuse mounts by itself, without fusermount and its rules.
  if ((await hasCapability(system)) === true) return;
  await checkFusermount(system);
  if (options.allowOther && !/^\s*user_allow_other\s*$/m.test(await system.read('/etc/fuse.conf'))) {
    throw missing(
      'Only root may use --allow-other on this machine.',
      'Put a line `user_allow_other` into /etc/fuse.conf (as root), or leave --allow-other out.',
    );
  }
}

async function checkDevice(system: FuseSystem): Promise<void> {
  try {
    await system.tryOpen('/dev/fuse');
  } catch (cause) {
    const contained = await isContainer(system);
    switch (cause instanceof Error && 'code' in cause ? cause.code : undefined) {
      case 'ENOENT':
      case 'ENODEV':
      case 'ENXIO':
        throw missing(
          'This system has no FUSE: /dev/fuse is missing or has no driver.',
          contained
            ? CONTAINER_HINT
            : 'Load it with `sudo modprobe fuse`; where that fails, install the package fuse3.',
          cause,
        );
      case 'EPERM':
        throw missing('This system does not let you open /dev/fuse.', CONTAINER_HINT, cause);
      default:
        throw missing(
          'You may not open /dev/fuse.',
          contained ? CONTAINER_HINT : 'Run `sudo chmod 666 /dev/fuse`, or join the group that owns it.',
          cause,
        );
    }
  }
}

/** Undefined where the system does not say. */
async function hasCapability(system: FuseSystem): Promise<boolean | undefined> {
  const effective = /^CapEff:\s*([0-9a-f]+)$/m.exec(await system.read('/proc/self/status'))?.[1];
  return effective === undefined ? undefined : (BigInt(`0x${effective}`) & CAP_SYS_ADMIN) !== 0n;
}

async function checkCapability(system: FuseSystem): Promise<void> {
  if ((await hasCapability(system)) !== false) return;
  throw missing('Root may not mount here (the capability SYS_ADMIN is taken away).', CONTAINER_HINT);
}

async function checkFusermount(system: FuseSystem): Promise<void> {
  if (!(await system.hasProgram('fusermount')) && !(await system.hasProgram('fusermount3'))) {
    throw missing(
      'The program fusermount3 is missing, which lets ordinary users mount.',
      'Install the package fuse3 (Debian, Ubuntu: `sudo apt-get install fuse3`; Fedora: `sudo dnf install fuse3`).',
    );
  }
  if (/^NoNewPrivs:\s*1$/m.test(await system.read('/proc/self/status'))) {
    throw missing(
      'fusermount cannot get the rights it needs: this process was started with "no new privileges".',
      'In a systemd unit remove NoNewPrivileges= and the sandboxing options that imply it, or add AmbientCapabilities=CAP_SYS_ADMIN.',
    );
  }
}

async function isContainer(system: FuseSystem): Promise<boolean> {
  return (await system.exists('/.dockerenv')) || (await system.exists('/run/.containerenv'));
}

function missing(message: string, hint: string, cause?: unknown): UserError {
  return new UserError(ExitCode.system, message, hint, cause);
}
