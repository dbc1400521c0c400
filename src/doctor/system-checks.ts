import { inMemoryDatabaseWorks } from '../catalog/native-check.js';
import { loadFuseBinding } from '../mount/load-fuse-binding.js';
import { checkFuse, systemFuse, type FuseSystem } from '../mount/fuse-requirements.js';
import { systemMac, type MacSystem } from '../mount/mac-system.js';
import { fail, pass, skip, warn, type Check, type Finding } from './check.js';
import { macChecks } from './mac-checks.js';

const OLDEST_NODE = [20, 19] as const;

/** The parts that are compiled for one kind of machine. */
export interface NativeModules {
  readonly sqliteWorks: () => boolean;
  /** Throws UserError where it does not load. */
  readonly loadFuse: () => unknown;
}

/** Node, native modules and FUSE. Tests describe other systems. */
export function systemChecks(
  allowOther: boolean,
  system: FuseSystem = systemFuse,
  node = process.versions.node,
  modules: NativeModules = { sqliteWorks: inMemoryDatabaseWorks, loadFuse: loadFuseBinding },
  mac: MacSystem = systemMac,
): Check[] {
  const isMac = system.platform === 'darwin';
  const onLinux = (run: () => Promise<Finding>) => (): Finding | Promise<Finding> =>
    isMac ? skip('Linux only.') : run();
  return [
    { id: 'node', run: () => nodeVersion(node) },
    { id: 'sqlite-module', run: () => sqliteModule(modules) },
    { id: 'fuse-module', run: () => fuseModule(modules) },
    { id: 'libfuse', run: onLinux(() => libfuse(system)) },
    { id: 'fusermount', run: onLinux(() => fusermount(system)) },
    { id: 'account', run: onLinux(() => account(system)) },
    { id: 'mount-max', run: onLinux(() => mountMax(system)) },
    { id: 'dev-fuse', run: onLinux(() => device(system)) },
    { id: 'fuse-permission', run: onLinux(() => permission(system)) },
    { id: 'allow-other', run: onLinux(() => othersAllowed(system, allowOther)) },
    ...macChecks(isMac, mac),
  ];
}

function nodeVersion(version: string): Finding {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const [wanted, least] = OLDEST_NODE;
  return major > wanted || (major === wanted && minor >= least)
    ? pass(`Node ${version}.`)
    : fail(`Node ${version} is too old.`, `Install Node ${OLDEST_NODE.join('.')} or newer from https://nodejs.org`);
}

function sqliteModule({ sqliteWorks }: NativeModules): Finding {
  return sqliteWorks()
    ? pass('better-sqlite3 loads and works.')
    : fail('better-sqlite3 does not load.', 'Install a C++ compiler, then run: npm rebuild better-sqlite3');
}

function fuseModule({ loadFuse }: NativeModules): Finding {
  loadFuse();
  return pass('fuse-native loads.');
}

const LIBRARIES = ['/lib', '/usr/lib', '/usr/local/lib', '/lib64', '/usr/lib64'].flatMap((folder) =>
  ['', '/x86_64-linux-gnu', '/aarch64-linux-gnu'].map((sub) => `${folder}${sub}/libfuse.so.2`),
);

async function libfuse(system: FuseSystem): Promise<Finding> {
  for (const file of LIBRARIES) if (await system.exists(file)) return pass(`libfuse 2 of the system: ${file}.`);
  // The module was loaded by an earlier check, with the library that came along.
  return pass('The system has no libfuse 2; the one that came with gphotos-mount is used.');
}

async function fusermount(system: FuseSystem): Promise<Finding> {
  // By the first name libfuse 2 starts it; the second stands in for it.
  for (const name of ['fusermount', 'fusermount3']) {
    const isSetuid = await system.isSetuidRoot(name);
    if (isSetuid === undefined) continue;
    if (isSetuid) return pass(`${name} is there and setuid root.`);
    const mend = `Run: sudo chown root "$(command -v ${name})" && sudo chmod u+s "$(command -v ${name})"`;
    return system.userId === 0
      ? warn(`${name} is not setuid root; root mounts without it, other users cannot.`, mend)
      : fail(`${name} is not setuid root, so that ordinary users cannot mount.`, mend);
  }
  const fix = 'Install fuse3 (Debian, Ubuntu: sudo apt-get install fuse3; Fedora: sudo dnf install fuse3)';
  return system.userId === 0
    ? warn('fusermount3 is missing; root mounts without it, other users cannot.', fix)
    : fail('fusermount3 is missing, which lets ordinary users mount.', fix);
}

/** fusermount writes the name of the user into the mount table. */
function account(system: FuseSystem): Promise<Finding> {
  return Promise.resolve(
    system.userId === 0 || system.hasAccount()
      ? pass('This user has a name.')
      : fail(
          `The user id ${system.userId} has no line in /etc/passwd; fusermount does not mount for it.`,
          'Add the user (as root): useradd; in a container, start it with a user of the image',
        ),
  );
}

const USUAL_MOUNT_MAX = 1000;

/** fusermount counts the FUSE mounts of all users. */
async function mountMax(system: FuseSystem): Promise<Finding> {
  const set = /^mount_max = (-?\d+)\s*$/m.exec(await system.read('/etc/fuse.conf'))?.[1];
  const most = set === undefined ? USUAL_MOUNT_MAX : Number(set);
  const lines = (await system.read('/proc/self/mounts')).split('\n');
  const count = lines.filter((line) => /^fuse(?:$|\.)/.test(line.split(' ')[2] ?? '')).length;
  if (system.userId === 0 || most < 0 || count < most) return pass(`${count} FUSE mounts are there.`);
  return fail(
    `${count} FUSE mounts are there, and ordinary users may not add to them: mount_max is ${most}.`,
    'Unmount what is not needed, or raise mount_max in /etc/fuse.conf (as root)',
  );
}

async function device(system: FuseSystem): Promise<Finding> {
  return (await system.exists('/dev/fuse'))
    ? pass('/dev/fuse is there.')
    : fail('/dev/fuse is missing.', 'Load it: sudo modprobe fuse (in a container: start it with --device /dev/fuse)');
}

async function permission(system: FuseSystem): Promise<Finding> {
  await checkFuse({ allowOther: false }, system);
  return pass(system.userId === 0 ? 'Root may mount here.' : 'This user may mount with FUSE.');
}

async function othersAllowed(system: FuseSystem, wanted: boolean): Promise<Finding> {
  if (system.userId === 0) return pass('Root may use --allow-other.');
  if (/^\s*user_allow_other\s*$/m.test(await system.read('/etc/fuse.conf'))) return pass('--allow-other may be used.');
  const fix = 'Put a line user_allow_other into /etc/fuse.conf (as root)';
  return wanted
    ? fail('Settings ask for --allow-other, which only root may use here.', fix)
    : pass('--allow-other may not be used here, and settings do not ask for it.');
}
