import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

/** How to get the files of a Debian package back as they were made. */
export const INSTALL_PACKAGE_AGAIN =
  'Install the package for this machine again: sudo apt-get install --reinstall ./gphotos-mount_*.deb';

/** Whether this program was installed by our Debian package, which brings its Node along and compiles nothing. */
export function isDebianPackage(): boolean {
  // The folder that holds package.json, seen from the compiled file.
  const root = resolve(fileURLToPath(import.meta.url), '../../../..');
  return existsSync(join(root, 'bin/node'));
}
