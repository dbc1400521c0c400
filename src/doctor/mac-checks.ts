import { machArchitectures } from '../mount/mach-o.js';
import { chooseMacLibrary, macFuseVersion } from '../mount/mac-library.js';
import { checkKernelExtension } from '../mount/mac-requirements.js';
import type { MacSystem } from '../mount/mac-system.js';
import { pass, skip, warn, type Check, type Finding } from './check.js';

/** What mounting needs on macOS, from the installed program to its approval. */
export function macChecks(isMac: boolean, mac: MacSystem): Check[] {
  const onMac = (run: () => Finding | Promise<Finding>) => (): Finding | Promise<Finding> =>
    isMac ? run() : skip('macOS only.');
  return [
    { id: 'macfuse', run: onMac(() => macFuse(mac)) },
    { id: 'fuse-library', run: onMac(() => library(mac)) },
    { id: 'kernel-extension', run: onMac(() => kernelExtension(mac)) },
  ];
}

function macFuse(mac: MacSystem): Finding {
  const { kind, file } = chooseMacLibrary(mac);
  switch (kind) {
    case 'macfuse':
      return pass(
        `macFUSE ${macFuseVersion(mac) ?? ''} is installed. Its kernel extension is used; its FSKit backend cannot be, as ` +
          'it mounts and serves in one thread.',
      );
    case 'given':
      return pass(`GPHOTOS_LIBFUSE names ${file}.`);
    case 'fuse-t':
      return warn(
        'Only FUSE-T is installed. It works, but keeps names and attributes longer than the mount asks for, and is slower.',
        'Install macFUSE: brew install --cask macfuse',
      );
  }
}

function library(mac: MacSystem): Finding {
  const { file } = chooseMacLibrary(mac);
  const built = machArchitectures(mac.head(file) ?? new Uint8Array()) ?? [];
  return pass(`${file} is used (built for ${built.join(', ')}; this Node runs as ${mac.arch}).`);
}

async function kernelExtension(mac: MacSystem): Promise<Finding> {
  if (chooseMacLibrary(mac).kind !== 'macfuse') return skip('Only macFUSE has one.');
  await checkKernelExtension(mac);
  return pass("macFUSE's kernel extension runs.");
}
