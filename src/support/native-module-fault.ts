import { createRequire } from 'node:module';
import { shellQuoted } from './shell-quoted.js';
import { ExitCode, UserError } from './user-error.js';

const require = createRequire(import.meta.url);

/**
 * The error for a native module that was built for another version of Node, with the command that rebuilds it.
 * Undefined for other errors.
 */
export function nativeModuleFault(error: unknown, module: string, locate = systemLocate): UserError | undefined {
  if (!(error instanceof Error) || !('code' in error) || error.code !== 'ERR_DLOPEN_FAILED') return undefined;
  if (!error.message.includes('NODE_MODULE_VERSION')) return undefined;
  const built = /using\s+NODE_MODULE_VERSION (\d+)/.exec(error.message)?.[1] ?? 'unknown';
  const folder = locate(module);
  const where = folder === undefined ? '' : `cd ${shellQuoted(folder)} && `;
  return new UserError(
    ExitCode.system,
    `${module} was built for another version of Node (modules ${built}); ` +
      `this is Node ${process.versions.node} (modules ${process.versions.modules}).`,
    `Build it again: ${where}npm rebuild ${module}`,
    error,
  );
}

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
