import { createHash } from 'node:crypto';
import { isAbsolute, join } from 'node:path';
import { ExitCode, UserError } from '../support/user-error.js';

/** What the choice of folders depends on. */
export interface Surroundings {
  readonly env: NodeJS.ProcessEnv;
  readonly home: string;
  readonly platform: NodeJS.Platform;
  readonly uid: number;
  readonly temporaryFolder: string;
}

/** Folders shared by all profiles. */
export interface BaseFolders {
  readonly config: string;
  readonly data: string;
  readonly cache: string;
  /** Holds one control socket for each running profile. */
  readonly runtime: string;
}

/** Where one profile keeps its things. */
export interface ProfilePaths {
  readonly configDir: string;
  readonly dataDir: string;
  readonly cacheDir: string;
  readonly runtimeDir: string;
  readonly catalogFile: string;
  readonly logFile: string;
  readonly socketFile: string;
}

const NAME = 'gphotos-mount';
/** `sun_path` holds 108 bytes on Linux and 104 on macOS, the closing NUL included. */
const SOCKET_PATH_LIMIT = 103;
const LONGEST_SOCKET_NAME = 32 + '.sock'.length;

/**
 * XDG folders on Linux, ~/Library on macOS; `GPHOTOS_CONFIG_DIR`, `GPHOTOS_DATA_DIR`, `GPHOTOS_CACHE_DIR` and
 * `GPHOTOS_RUNTIME_DIR` win. Relative paths in XDG variables are ignored, as the XDG specification asks; in ours they
 * are a UserError (config).
 */
export function baseFolders(around: Surroundings): BaseFolders {
  const { env, platform } = around;
  const underHome = (...names: string[]): string => {
    if (isAbsolute(around.home)) return join(around.home, ...names);
    throw new UserError(
      ExitCode.config,
      homeFault(around),
      'Set HOME to your home folder, or GPHOTOS_CONFIG_DIR, GPHOTOS_DATA_DIR and GPHOTOS_CACHE_DIR to absolute paths.',
    );
  };
  const absolute = (name: string): string | undefined => {
    const value = env[name];
    return value !== undefined && isAbsolute(value) ? value : undefined;
  };
  const own = (name: string): string | undefined => {
    const value = env[name] ?? '';
    if (value === '' || isAbsolute(value)) return absolute(name);
    throw new UserError(
      ExitCode.config,
      `The environment variable ${name} must be an absolute path, not "${value}".`,
      `Set it to a path that begins with /, or run: unset ${name}`,
    );
  };
  const xdg = (name: string, fallback: string): string => join(absolute(name) ?? underHome(fallback), NAME);
  const mac = platform === 'darwin';
  const support = (): string => underHome('Library/Application Support', NAME);
  return {
    config: own('GPHOTOS_CONFIG_DIR') ?? (mac ? support() : xdg('XDG_CONFIG_HOME', '.config')),
    data: own('GPHOTOS_DATA_DIR') ?? (mac ? support() : xdg('XDG_DATA_HOME', '.local/share')),
    cache: own('GPHOTOS_CACHE_DIR') ?? (mac ? underHome('Library/Caches', NAME) : xdg('XDG_CACHE_HOME', '.cache')),
    runtime: fitForSockets(own('GPHOTOS_RUNTIME_DIR') ?? runtimeFolder(around, absolute('XDG_RUNTIME_DIR')), around),
  };
}

function homeFault({ env, home }: Surroundings): string {
  if (home !== '') return 'The variable HOME is not an absolute path.';
  return env['HOME'] === undefined
    ? 'The variable HOME is not set, and /etc/passwd names no home folder of this user.'
    : 'The variable HOME is empty.';
}

function runtimeFolder(around: Surroundings, xdgRuntime: string | undefined): string {
  // TMPDIR of macOS is another one for each session, too long for a socket in the desktop's, and unset over ssh. No
  // profile begins with a dot.
  if (around.platform === 'darwin') return join(around.home, 'Library/Application Support', NAME, '.run');
  if (xdgRuntime !== undefined) return join(xdgRuntime, NAME);
  return join(around.temporaryFolder, `${NAME}-${around.uid}`);
}

/**
 * A place for a profile's control socket that outlives the session: in its data folder, or where that is too deep in a
 * short folder of this user named after it.
 */
export function lastingSocketFile(dataDir: string, uid: number): string {
  return join(fitForSockets(dataDir, { uid }), 'control.sock');
}

/** A folder too deep for a socket is replaced by a short one named after it, the same for every process that asks. */
function fitForSockets(folder: string, around: Pick<Surroundings, 'uid'>): string {
  if (Buffer.byteLength(folder) + 1 + LONGEST_SOCKET_NAME <= SOCKET_PATH_LIMIT) return folder;
  const digest = createHash('sha256').update(folder).digest('hex').slice(0, 16);
  return `/tmp/${NAME}-${around.uid}-${digest}`;
}

/** Where picked files lie: in the data folder, or in a folder of another disk, which profiles share. */
export function pickedFolder({ dataDir }: Pick<ProfilePaths, 'dataDir'>, folder?: string, profile = ''): string {
  return folder === undefined ? join(dataDir, 'picked') : join(folder, profile);
}

export function profilePaths(folders: BaseFolders, profile: string): ProfilePaths {
  const dataDir = join(folders.data, profile);
  return {
    configDir: folders.config,
    dataDir,
    cacheDir: join(folders.cache, profile),
    runtimeDir: folders.runtime,
    catalogFile: join(dataDir, 'catalog.db'),
    logFile: join(dataDir, 'daemon.log'),
    socketFile: join(folders.runtime, `${profile}.sock`),
  };
}
