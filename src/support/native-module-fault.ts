import { createRequire } from 'node:module';
import { INSTALL_PACKAGE_AGAIN, isDebianPackage } from './debian-package.js';
import { elfMachineOf } from './elf-machine.js';
import { shellQuoted } from './shell-quoted.js';
import { ExitCode, UserError } from './user-error.js';

const require = createRequire(import.meta.url);

/**
 * A native module that is not compiled, or was for another Node or another system than those that run, with the command that
 * compiles it; undefined for other errors.
 */
export function nativeModuleFault(
  error: unknown,
  module: string,
  locate = systemLocate,
  isPackage = isDebianPackage(),
): UserError | undefined {
  const fault = error instanceof Error ? faultOf(error) : undefined;
  if (fault === undefined) return undefined;
  const folder = locate(module);
  const where = folder === undefined ? '' : `cd ${shellQuoted(folder)} && `;
  const hint = isPackage ? INSTALL_PACKAGE_AGAIN : `Build it again: ${where}npm rebuild ${module}`;
  const older = olderLibrary(error);
  if (older === undefined) return new UserError(ExitCode.system, `${module} ${fault}.`, hint, error);
  const update = isPackage ? 'Upgrade the system, or build gphotos-mount on it with npm, as README says.' : hint;
  return new UserError(
    ExitCode.system,
    `${module} was built for a newer system than this ${systemName()}: it needs ${older}.`,
    update,
    error,
  );
}

/** The version of the C or C++ library that a module needs and this system does not have: `GLIBC_2.38`. */
function olderLibrary(error: unknown): string | undefined {
  return error instanceof Error
    ? /version `((?:GLIBC|GLIBCXX|CXXABI)_[\d.]+)' not found/.exec(error.message)?.[1]
    : undefined;
}

function faultOf(error: Error): string | undefined {
  // The package `bindings`, which better-sqlite3 looks for its binary with.
  if (error.message.startsWith('Could not locate the bindings file'))
    return 'was installed without its native part: npm did not run its install script';
  if (!('code' in error) || error.code !== 'ERR_DLOPEN_FAILED') return undefined;
  if (error.message.includes('NODE_MODULE_VERSION')) {
    const built = /using\s+NODE_MODULE_VERSION (\d+)/.exec(error.message)?.[1] ?? 'unknown';
    const { node, modules } = process.versions;
    return `was built for another version of Node (modules ${built}); this is Node ${node} (modules ${modules})`;
  }
  // Words of the loaders of glibc, musl and macOS.
  const isForeign =
    olderLibrary(error) !== undefined ||
    /invalid ELF header|wrong ELF class|Exec format error|file too short|incompatible architecture/.test(error.message);
  const machine = foreignMachine(error.message);
  if (machine !== undefined) return `was built for linux-${machine}, and this is ${systemName()}`;
  return isForeign ? `was built for another system than this ${systemName()}` : undefined;
}

/**
 * The processor that a module is for, where it is another than this machine's. The loader of glibc passes such a file by and
 * then says that there is none.
 */
function foreignMachine(message: string): string | undefined {
  const file = /^(\/.+?): cannot open shared object file/.exec(message)?.[1];
  const machine = file === undefined ? undefined : elfMachineOf(file);
  return machine === process.arch ? undefined : machine;
}

const systemName = (): string => `${process.platform}-${process.arch}`;

/** The folder whose node_modules holds a module. */
function systemLocate(module: string): string | undefined {
  try {
    const path = require.resolve(module);
    const at = path.lastIndexOf(`/node_modules/${module}/`);
    return at < 0 ? undefined : path.slice(0, at) || '/';
  } catch {
    return undefined;
  }
}
