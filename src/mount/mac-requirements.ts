import { ExitCode, UserError } from '../support/user-error.js';
import { approvalSteps, chooseMacLibrary, type MacLibrary } from './mac-library.js';
import type { MacSystem } from './mac-system.js';

/** Made by macFUSE's kernel extension when it is loaded. */
const DEVICE = '/dev/macfuse0';
/** Loads the extension; mounting runs it too. It may be run by every user. */
const LOADER = '/Library/Filesystems/macfuse.fs/Contents/Resources/load_macfuse';

/** Throws UserError (system) naming the next step where nothing can be mounted on this Mac. */
export function checkMac(system: MacSystem): MacLibrary {
  return chooseMacLibrary(system);
}

/**
 * Checks that macFUSE's kernel extension runs, after trying to load it. Rejects with UserError (system), which has the
 * steps of its approval.
 */
export async function checkKernelExtension(system: MacSystem): Promise<void> {
  if (system.exists(DEVICE)) return;
  const { code } = await system.run(LOADER, []);
  if (code === 0 || system.exists(DEVICE)) return;
  throw new UserError(
    ExitCode.system,
    'macFUSE is installed, but macOS has not allowed its kernel extension to run.',
    approvalSteps(system.arch),
  );
}

/**
 * What to try where a mount failed although a library was found; libfuse's own words are on the standard error output.
 */
export function macMountHint(library: MacLibrary, system: MacSystem): string {
  if (library.kind === 'fuse-t')
    return (
      'FUSE-T was used: allow this terminal "Network Volumes" under System Settings > Privacy & Security > Files and ' +
      'Folders, or install macFUSE: brew install --cask macfuse'
    );
  return system.exists(DEVICE)
    ? 'Try another empty folder of your own. The FSKit backend of macFUSE cannot be used.'
    : `The kernel extension of macFUSE is not loaded. ${approvalSteps(system.arch)}`;
}
