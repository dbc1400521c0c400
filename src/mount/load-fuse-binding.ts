import { createRequire } from 'node:module';
import { constants } from 'node:os';
import { dirname, join } from 'node:path';
import { nativeModuleFault } from '../support/native-module-fault.js';
import { ExitCode, UserError } from '../support/user-error.js';
import type { FuseBinding } from './fuse-binding.js';

/** Linux's RTLD_NODELETE, which Node does not name: the library stays although Node's own registration of it fails. */
const RTLD_NODELETE = 0x1000;

/** How the binding is found; tests put failures here. */
export interface BindingLoader {
  readonly platform: NodeJS.Platform;
  readonly arch: string;
  load(): FuseBinding;
  /** Makes the libfuse of the npm package known to the process, for systems that have none. */
  loadShippedLibrary(): void;
}

const require = createRequire(import.meta.url);
/** The binding with our patches (native-notes/binding/), where it was compiled for this machine. */
const PATCHED = `../../native/${process.platform}-${process.arch}/fuse.node`;

const systemLoader: BindingLoader = {
  platform: process.platform,
  arch: process.arch,
  load() {
    try {
      return require(PATCHED) as FuseBinding;
    } catch {
      // Not compiled, for an older system library, or without libfuse: the package's own says which.
    }
    const entry = require.resolve('fuse-native');
    const load = createRequire(entry)('node-gyp-build') as (folder: string) => FuseBinding;
    return load(dirname(entry));
  },
  loadShippedLibrary() {
    const file = join(
      dirname(require.resolve('fuse-native')),
      `prebuilds/${process.platform}-${process.arch}/libfuse.so`,
    );
    const { RTLD_NOW, RTLD_GLOBAL } = constants.dlopen;
    try {
      process.dlopen({ exports: {} }, file, RTLD_NOW | RTLD_GLOBAL | RTLD_NODELETE);
    } catch {
      // Always thrown: the library is no Node module. Whether it is there now, the next load tells.
    }
  },
};

/** The native module, with the shipped libfuse where the system has none. Throws UserError where there is no binary for this machine. */
export function loadFuseBinding(loader: BindingLoader = systemLoader): FuseBinding {
  try {
    return loader.load();
  } catch (first) {
    if (loader.platform !== 'linux' || errorCode(first) !== 'ERR_DLOPEN_FAILED') throw unusable(loader, first);
  }
  loader.loadShippedLibrary();
  try {
    return loader.load();
  } catch (second) {
    throw unusable(loader, second);
  }
}

function unusable(loader: BindingLoader, cause: unknown): UserError {
  const known = nativeModuleFault(cause, 'fuse-native');
  if (known !== undefined) return known;
  const hint =
    loader.platform === 'darwin'
      ? 'Install macFUSE from https://macfuse.github.io, allow its extension in System Settings, then run `npm rebuild fuse-native`.'
      : 'Install the build tools and libfuse 2 (Debian: `apt-get install build-essential libfuse-dev`), then run `npm rebuild fuse-native`.';
  return new UserError(
    ExitCode.system,
    `The FUSE module cannot be loaded on ${loader.platform}-${loader.arch}.`,
    hint,
    cause,
  );
}

function errorCode(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined;
}
