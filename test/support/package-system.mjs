// The Debian that the tests of packages boot: no Node, no compiler. Made once for the same list of packages. Plain Node.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

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

const key = createHash('sha256')
  .update(JSON.stringify([RELEASE, PACKAGES]))
  .digest('hex')
  .slice(0, 16);
const cache = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'gphotos-mount-packages');
/** Its folder; it may be missing. */
export const systemFolder = join(cache, `system-${key}`);

/** Makes it where it is missing. `runQuietly`: as that of setup.mjs. */
export function makeSystem(say, runQuietly) {
  if (existsSync(systemFolder) || process.getuid() !== 0) return;
  say(`making a Debian ${RELEASE} for the tests (mmdebstrap) ...`);
  mkdirSync(cache, { recursive: true });
  const temporary = mkdtempSync(`${systemFolder}.`);
  const args = ['--variant=minbase', '--mode=root', `--include=${PACKAGES.join(',')}`, RELEASE, temporary];
  if (runQuietly('mmdebstrap', args)) renameSync(temporary, systemFolder);
  else rmSync(temporary, { recursive: true });
}
