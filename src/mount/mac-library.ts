import { isAbsolute } from 'node:path';
import { ExitCode, UserError } from '../support/user-error.js';
import { machArchitectures } from './mach-o.js';
import type { MacSystem } from './mac-system.js';

/** The libfuse 2 that a Mac has. */
export interface MacLibrary {
  readonly file: string;
  readonly kind: 'macfuse' | 'fuse-t' | 'given';
}

const MACFUSE = '/Library/Filesystems/macfuse.fs';
const OSXFUSE = '/Library/Filesystems/osxfuse.fs';
/** macFUSE's own, and the one of MacPorts. */
const MACFUSE_LIBRARIES = ['/usr/local/lib/libfuse.2.dylib', '/opt/local/lib/libfuse.2.dylib'];
const FUSE_T_LIBRARY = '/usr/local/lib/libfuse-t.dylib';

/** The steps that let macFUSE's kernel extension run; they differ by the processor. */
export function approvalSteps(arch: string): string {
  const allow = 'open System Settings > Privacy & Security, choose Allow for macFUSE (Benjamin Fleischer), and restart';
  return arch === 'arm64'
    ? 'Apple silicon first needs Reduced Security: shut down, hold the power button until Options appear, open Startup Security ' +
        'Utility, choose Reduced Security with "Allow user management of kernel extensions from identified developers". ' +
        `After the restart ${allow}.`
    : `Now ${allow}.`;
}

/** Version of macFUSE; undefined where it is not installed, `unknown` where it does not say. */
export function macFuseVersion(system: MacSystem): string | undefined {
  if (!system.exists(MACFUSE)) return undefined;
  const list = system.text(`${MACFUSE}/Contents/Info.plist`);
  return /<key>CFBundleShortVersionString<\/key>\s*<string>([^<]+)<\/string>/.exec(list)?.[1] ?? 'unknown';
}

/**
 * Chooses the library for fuse-native on this Mac: the one that GPHOTOS_LIBFUSE names, else macFUSE's, else FUSE-T's.
 * Throws UserError (system) if there is none, or it is built for another processor.
 */
export function chooseMacLibrary(system: MacSystem): MacLibrary {
  const library = findLibrary(system);
  const head = system.head(library.file);
  const built = head && machArchitectures(head);
  if (built === undefined) {
    throw refused(
      `${library.file} is not a library of macOS.`,
      library.kind === 'given' ? 'Correct GPHOTOS_LIBFUSE, or run: unset GPHOTOS_LIBFUSE' : reinstall(library.kind),
    );
  }
  if (!built.includes(system.arch)) {
    throw refused(
      `${library.file} is built for ${built.join(', ')}, but this Node runs as ${system.arch}.`,
      system.arch === 'x64'
        ? `On Apple silicon use a Node for arm64, not one for Intel (node -p process.arch). Else ${lowered(reinstall(library.kind))}`
        : reinstall(library.kind),
    );
  }
  return library;
}

function findLibrary(system: MacSystem): MacLibrary {
  const { givenLibrary } = system;
  if (givenLibrary !== undefined) {
    if (isAbsolute(givenLibrary) && system.exists(givenLibrary)) return { file: givenLibrary, kind: 'given' };
    throw refused(
      `GPHOTOS_LIBFUSE names ${givenLibrary}, which ${isAbsolute(givenLibrary) ? 'does not exist' : 'is not an absolute path'}.`,
      'Name a libfuse 2 such as /usr/local/lib/libfuse.2.dylib, or run: unset GPHOTOS_LIBFUSE',
    );
  }
  const version = macFuseVersion(system);
  // A library without its file system is a remainder of an uninstalled macFUSE, or belongs to osxfuse.
  const file = version === undefined ? undefined : MACFUSE_LIBRARIES.find((path) => system.exists(path));
  if (file !== undefined) return { file, kind: 'macfuse' };
  if (system.exists(FUSE_T_LIBRARY)) return { file: FUSE_T_LIBRARY, kind: 'fuse-t' };
  if (version !== undefined) {
    throw refused(
      `macFUSE ${version} is installed, but its library ${MACFUSE_LIBRARIES[0]} is missing.`,
      reinstall('macfuse'),
    );
  }
  if (system.exists(OSXFUSE)) {
    throw refused(
      'Only osxfuse 3 is installed, which no current macOS loads.',
      `Remove it and install its successor macFUSE: ${INSTALL}. ${approvalSteps(system.arch)}`,
    );
  }
  throw refused('macFUSE is not installed.', `Install it: ${INSTALL}. ${approvalSteps(system.arch)}`);
}

const INSTALL = 'brew install --cask macfuse, or from https://macfuse.github.io';

function reinstall(kind: MacLibrary['kind']): string {
  if (kind === 'given') return 'Name another library in GPHOTOS_LIBFUSE, or run: unset GPHOTOS_LIBFUSE';
  return kind === 'fuse-t'
    ? 'Install FUSE-T again: brew reinstall --cask fuse-t'
    : 'Install macFUSE again: brew reinstall --cask macfuse, or from https://macfuse.github.io';
}

function lowered(sentence: string): string {
  return sentence.charAt(0).toLowerCase() + sentence.slice(1);
}

function refused(message: string, hint: string): UserError {
  return new UserError(ExitCode.system, message, hint);
}
