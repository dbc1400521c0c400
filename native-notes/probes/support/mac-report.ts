import { chooseMacLibrary, macFuseVersion } from '../../../src/mount/mac-library.js';
import { checkKernelExtension } from '../../../src/mount/mac-requirements.js';
import { systemMac, type MacSystem } from '../../../src/mount/mac-system.js';

/** What the developers, who have no Mac, need to know beside the lines of the probes. No names and no paths of the user. */
export async function whatToReport(mac: MacSystem = systemMac): Promise<string[]> {
  const said = (ask: () => string): string => {
    try {
      return ask();
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    }
  };
  const system = (await mac.run('/usr/bin/sw_vers', ['-productVersion'])).output.trim();
  const extension = await checkKernelExtension(mac).then(
    () => 'runs',
    (error: unknown) => (error instanceof Error ? error.message : String(error)),
  );
  return [
    '',
    'Please report the lines above and these, as an issue "macOS probes":',
    `  macOS ${system || 'unknown'}, ${mac.arch}, Node ${process.versions.node}`,
    `  macFUSE ${macFuseVersion(mac) ?? 'is not installed'}`,
    `  library: ${said(() => chooseMacLibrary(mac).file)}`,
    `  kernel extension: ${extension}`,
    'And what no probe can see: does the Finder show the volume and its previews? Does eject in the Finder end the program?',
    'Is the mount of `gphotos-mount service install` there after you logged out and in again, and after kill -9 of its process?',
    'Does `gphotos-mount status` answer in an ssh session? After sleep, does a new photo show within 10 seconds?',
  ];
}
