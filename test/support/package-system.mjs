// The Debian that the tests of packages boot: no Node, no compiler. Made once for the same list of packages. Plain Node.
import { existsSync } from 'node:fs';
import { cached, cacheFolder } from '../../packaging/steps/common.mjs';

const RELEASE = 'bookworm';
/** What a machine with systemd has, what a mount needs, and what apt would bring along with the package. */
const PACKAGES = [
  'systemd-sysv',
  'dbus',
  'dbus-user-session',
  'libpam-systemd',
  'fuse3',
  'libstdc++6',
  'libatomic1',
  'procps',
];

const INGREDIENTS = [RELEASE, PACKAGES];
/** Its folder; it may be missing. */
export const systemFolder = cacheFolder('system', INGREDIENTS);

/** Makes it where it is missing. `runQuietly`: as that of setup.mjs. */
export function makeSystem(say, runQuietly) {
  if (existsSync(systemFolder) || process.getuid() !== 0) return;
  say(`making a Debian ${RELEASE} for the tests (mmdebstrap) ...`);
  try {
    cached('system', INGREDIENTS, (folder) => {
      const args = ['--variant=minbase', '--mode=root', `--include=${PACKAGES.join(',')}`, RELEASE, folder];
      if (!runQuietly('mmdebstrap', args)) throw new Error('mmdebstrap could not make it');
    });
  } catch (error) {
    say(error.message);
  }
}
