import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { constants, homedir } from 'node:os';
import { dirname, isAbsolute, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { INSTALL_PACKAGE_AGAIN, isDebianPackage } from '../support/debian-package.js';
import { elfMachineOf } from '../support/elf-machine.js';
import { messageOf } from '../support/message-of.js';
import { nativeModuleFault } from '../support/native-module-fault.js';
import { ExitCode, UserError } from '../support/user-error.js';
import type { FuseBinding } from './fuse-binding.js';
import { placeBeside } from './library-beside.js';
import { chooseMacLibrary, type MacLibrary } from './mac-library.js';
import { systemMac } from './mac-system.js';

/** How the binding is loaded. Tests simulate failures here. */
export interface BindingLoader {
  readonly platform: NodeJS.Platform;
  readonly arch: string;
  load(): FuseBinding;
  /** Loads a file of the binding that lies elsewhere. */
  loadFile(file: string): FuseBinding;
  /** Makes the libfuse that came along known to the process, for systems that have none. Returns its file, if there is one. */
  loadShippedLibrary(): string | undefined;
  /** The libfuse of a Mac. Throws UserError where there is none that fits. */
  chooseMacLibrary(): MacLibrary;
  /** Loads a library for the whole process. Returns the system's error text; undefined if it is loaded. */
  preload(file: string): string | undefined;
  /**
   * Copies the binding for Intel Macs, with a link to that library in the place where it looks. Returns the path of the
   * copy.
   */
  placeBeside(library: string): string;
}

const require = createRequire(import.meta.url);
/** The folder of the binding with our patches (native-notes/binding/), where it was compiled for this machine. */
const PATCHED = fileURLToPath(new URL(`../../native/${process.platform}-${process.arch}/`, import.meta.url));
const VERSION = '2.2.6';

/** As `daemon/profile-paths.ts` has it for macOS. */
function cacheFolder(): string {
  const given = process.env['GPHOTOS_CACHE_DIR'];
  return given !== undefined && isAbsolute(given) ? given : join(homedir(), 'Library/Caches/gphotos-mount');
}

const packageFolder = (): string => dirname(require.resolve('fuse-native'));

/** The binding of the npm package: a ready one, or what its install script compiled. */
function loadPackaged(): FuseBinding {
  const entry = require.resolve('fuse-native');
  const load = createRequire(entry)('node-gyp-build') as (folder: string) => FuseBinding;
  return load(dirname(entry));
}

const systemLoader: BindingLoader = {
  platform: process.platform,
  arch: process.arch,
  load() {
    const patched = join(PATCHED, 'fuse.node');
    if (!existsSync(patched)) return loadPackaged();
    try {
      return require(patched) as FuseBinding;
    } catch (fault) {
      try {
        return loadPackaged();
      } catch (cause) {
        // A Debian package holds the patched one alone.
        throw errorCode(cause) === 'ERR_DLOPEN_FAILED' ? cause : fault;
      }
    }
  },
  loadFile: (file) => require(file) as FuseBinding,
  loadShippedLibrary() {
    const ofPackage = join(packageFolder(), `prebuilds/${process.platform}-${process.arch}/libfuse.so`);
    const file = [join(PATCHED, 'libfuse.so.2'), ofPackage].find((one) => existsSync(one));
    // If this fails, so does the next load.
    if (file !== undefined) preloadLibrary(file, process.platform);
    return file;
  },
  chooseMacLibrary: () => chooseMacLibrary(systemMac),
  preload: (file) => preloadLibrary(file, process.platform),
  placeBeside: (library) =>
    placeBeside({
      binding: join(packageFolder(), 'prebuilds/darwin-x64/node.napi.node'),
      library,
      libraryName: 'libosxfuse.dylib',
      // A profile cannot have a name with a leading dot.
      folder: join(cacheFolder(), '.native', VERSION),
    }),
};

/** RTLD_NODELETE, which Node does not name. The library stays loaded although Node's own registration of it fails. */
export function noDelete(platform: NodeJS.Platform): number {
  return platform === 'darwin' ? 0x80 : 0x1000;
}

/**
 * Loads a library so that the whole process sees its symbols. Returns the system's error text; undefined if it is
 * loaded.
 */
export function preloadLibrary(file: string, platform: NodeJS.Platform): string | undefined {
  const { RTLD_NOW, RTLD_GLOBAL } = constants.dlopen;
  try {
    process.dlopen({ exports: {} }, file, RTLD_NOW | RTLD_GLOBAL | noDelete(platform));
    return undefined;
  } catch (thrown) {
    // dlopen always throws, because the library is not a Node module. Only this message means that it is loaded.
    const message = messageOf(thrown);
    return /did not self-register/i.test(message) ? undefined : message;
  }
}

/**
 * Loads the native module with the libfuse of the system, or on Linux with the shipped one if the system has none.
 * Throws UserError if there is no binary for this machine, or no library.
 */
export function loadFuseBinding(loader: BindingLoader = systemLoader): FuseBinding {
  if (loader.platform === 'darwin') return loadOnMac(loader);
  try {
    return loader.load();
  } catch (first) {
    if (loader.platform !== 'linux' || errorCode(first) !== 'ERR_DLOPEN_FAILED') throw unusable(loader, first);
  }
  const shipped = loader.loadShippedLibrary();
  try {
    return loader.load();
  } catch (second) {
    throw unusable(loader, second, shipped);
  }
}

/**
 * Loads the library first. On Apple silicon the module is built without one, and its first call of libfuse would end
 * the process. On Intel the ready-made module would load the osxfuse 3 that lies beside it.
 */
function loadOnMac(loader: BindingLoader): FuseBinding {
  const { file } = loader.chooseMacLibrary();
  if (loader.arch === 'x64') {
    try {
      return loader.loadFile(loader.placeBeside(file));
    } catch (cause) {
      if (cause instanceof UserError) throw cause;
      throw unloadable(file, messageOf(cause), cause);
    }
  }
  const fault = loader.preload(file);
  if (fault !== undefined) throw unloadable(file, fault);
  try {
    return loader.load();
  } catch (cause) {
    throw unusable(loader, cause);
  }
}

function unloadable(file: string, fault: string, cause?: unknown): UserError {
  return new UserError(
    ExitCode.system,
    `The library ${file} cannot be loaded (${fault.split('\n')[0] ?? ''}).`,
    'Install macFUSE again: brew reinstall --cask macfuse, or from https://macfuse.github.io',
    cause,
  );
}

/** `shipped`: the libfuse that came along and was loaded before. */
function unusable(loader: BindingLoader, cause: unknown, shipped?: string): UserError {
  const known = nativeModuleFault(cause, 'fuse-native');
  if (known !== undefined) return known;
  const where = `${loader.platform}-${loader.arch}`;
  if (messageOf(cause).includes('libfuse.so.2')) return withoutLibrary(where, cause, shipped);
  const hint =
    loader.platform === 'darwin'
      ? 'It is compiled when gphotos-mount is packed. Run `xcode-select --install`, then install it again as README says.'
      : 'Install a C++ compiler, make and Python (Debian: `apt-get install build-essential python3`), ' +
        'then install gphotos-mount again as README says.';
  return new UserError(
    ExitCode.system,
    `The FUSE module cannot be loaded on ${where}.`,
    isDebianPackage() ? INSTALL_PACKAGE_AGAIN : hint,
    cause,
  );
}

function withoutLibrary(where: string, cause: unknown, shipped: string | undefined): UserError {
  if (shipped === undefined)
    return new UserError(
      ExitCode.system,
      `The FUSE module needs libfuse 2, which this ${where} does not have.`,
      'Install it (Debian: `sudo apt-get install libfuse2`; Ubuntu 24.04 and Debian 13: libfuse2t64; Fedora: fuse-libs; Arch: fuse2).',
      cause,
    );
  const machine = elfMachineOf(shipped);
  const fault = machine === undefined || machine === process.arch ? 'cannot be loaded' : `is for linux-${machine}`;
  return new UserError(
    ExitCode.system,
    `The library ${shipped} ${fault}, and this is ${where}.`,
    isDebianPackage()
      ? INSTALL_PACKAGE_AGAIN
      : 'Install libfuse 2 (Debian: `sudo apt-get install libfuse2`), or gphotos-mount again.',
    cause,
  );
}

function errorCode(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined;
}
