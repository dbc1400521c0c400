import { createRequire } from 'node:module';
import { shellQuoted } from './shell-quoted.js';
import { ExitCode, UserError } from './user-error.js';

const require = createRequire(import.meta.url);

/**
 * A native module that is not compiled, or was for another Node or another system than those that run, with the command that
 * compiles it; undefined for other errors.
 */
export function nativeModuleFault(error: unknown, module: string, locate = systemLocate): UserError | undefined {
  const fault = error instanceof Error ? faultOf(error) : undefined;
  if (fault === undefined) return undefined;
  const folder = locate(module);
  const where = folder === undefined ? '' : `cd ${shellQuoted(folder)} && `;
  return new UserError(ExitCode.system, `${module} ${fault}.`, `Build it again: ${where}npm rebuild ${module}`, error);
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
    /invalid ELF header|wrong ELF class|Exec format error|file too short|incompatible architecture|GLIBC(?:XX)?_[\d.]+' not found/;
  return isForeign.test(error.message) ? `was built for another system than this ${systemName()}` : undefined;
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
