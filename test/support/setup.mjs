// Makes a fresh clone ready: `node test/support/setup.mjs test|service|packages|deb|demo|bench|probes|unit`. Plain Node, no dependencies.
// Says nothing where nothing is to do.
import { spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync, lstatSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { delimiter, dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { macInstallLines } from './mac-packages.mjs';
import { npmHeaders } from './npm-headers.mjs';
import { makeSystem } from './package-system.mjs';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '../..');
const purpose = process.argv[2] ?? 'test';
const OLDEST_NODE = [20, 19];

/** Programs by purpose, and the package that has each: Debian and Ubuntu, Fedora, Arch, Homebrew (see mac-packages.mjs). */
const PROGRAMS = [
  {
    any: ['fusermount3', 'fusermount'],
    linuxOnly: true,
    for: ['test', 'demo', 'bench', 'probes'],
    apt: 'fuse3',
    dnf: 'fuse3',
    pacman: 'fuse3',
  },
  { any: ['ffmpeg'], for: ['test'], apt: 'ffmpeg', dnf: 'ffmpeg-free', pacman: 'ffmpeg', brew: 'ffmpeg' },
  {
    any: ['exiftool'],
    for: ['test'],
    apt: 'libimage-exiftool-perl',
    dnf: 'perl-Image-ExifTool',
    pacman: 'perl-image-exiftool',
    brew: 'exiftool',
  },
  {
    any: ['rclone'],
    for: ['test', 'bench'],
    apt: 'rclone',
    dnf: 'rclone',
    pacman: 'rclone',
    mac: 'rclone from https://rclone.org/downloads/ (that of Homebrew cannot mount)',
  },
  {
    any: ['chromium', 'chromium-browser', 'google-chrome'],
    for: ['test'],
    apt: 'chromium',
    dnf: 'chromium',
    pacman: 'chromium',
    cask: 'chromium',
  },
  { any: ['zbarimg'], for: ['test'], apt: 'zbar-tools', dnf: 'zbar', pacman: 'zbar', brew: 'zbar' },
  { any: ['rsync'], for: ['test'], apt: 'rsync', dnf: 'rsync', pacman: 'rsync', brew: 'rsync' },
  { any: ['restic'], for: ['test'], apt: 'restic', dnf: 'restic', pacman: 'restic', brew: 'restic' },
  { any: ['borg'], for: ['test'], apt: 'borgbackup', dnf: 'borgbackup', pacman: 'borg', brew: 'borgbackup' },
  { any: ['file'], for: ['test'], apt: 'file', dnf: 'file', pacman: 'file', brew: 'file-formula' },
  { any: ['python3'], for: ['test'], apt: 'python3', dnf: 'python3', pacman: 'python', brew: 'python3' },
  { any: ['openssl'], for: ['test'], apt: 'openssl', dnf: 'openssl', pacman: 'openssl', brew: 'openssl' },
  // The keyring of a desktop, and the bus to it.
  {
    any: ['gnome-keyring-daemon'],
    linuxOnly: true,
    for: ['test'],
    apt: 'gnome-keyring',
    dnf: 'gnome-keyring',
    pacman: 'gnome-keyring',
  },
  {
    any: ['dbus-daemon'],
    linuxOnly: true,
    for: ['test'],
    apt: 'dbus-daemon',
    dnf: 'dbus-daemon',
    pacman: 'dbus',
  },
  {
    any: ['systemd-analyze'],
    linuxOnly: true,
    for: ['test'],
    apt: 'systemd',
    dnf: 'systemd',
    pacman: 'systemd',
  },
  // A network namespace with routes of its own.
  { any: ['ip'], linuxOnly: true, for: ['test'], apt: 'iproute2', dnf: 'iproute', pacman: 'iproute2' },
  { any: ['getfattr'], linuxOnly: true, for: ['test'], apt: 'attr', dnf: 'attr', pacman: 'attr' },
  // Only where no ready binary of better-sqlite3 fits this machine.
  // Apple gives all three in one.
  { any: ['g++', 'c++', 'clang++'], for: ['compile'], apt: 'g++', dnf: 'gcc-c++', pacman: 'gcc', xcode: true },
  { any: ['make'], for: ['compile'], apt: 'make', dnf: 'make', pacman: 'make', xcode: true },
  { any: ['python3'], for: ['compile'], apt: 'python3', dnf: 'python3', pacman: 'python', xcode: true },
  // Tests of the service boot a systemd of their own.
  {
    any: ['runuser'],
    linuxOnly: true,
    for: ['service', 'packages'],
    apt: 'util-linux',
    dnf: 'util-linux',
    pacman: 'util-linux',
  },
  {
    any: ['nsenter'],
    linuxOnly: true,
    for: ['service', 'packages'],
    apt: 'util-linux',
    dnf: 'util-linux',
    pacman: 'util-linux',
  },
  {
    any: ['su'],
    linuxOnly: true,
    for: ['service', 'packages'],
    apt: 'util-linux',
    dnf: 'util-linux',
    pacman: 'util-linux',
  },
  {
    any: ['useradd'],
    linuxOnly: true,
    for: ['service', 'packages'],
    apt: 'passwd',
    dnf: 'shadow-utils',
    pacman: 'shadow',
  },
  {
    any: ['pgrep'],
    linuxOnly: true,
    for: ['service', 'packages'],
    apt: 'procps',
    dnf: 'procps-ng',
    pacman: 'procps-ng',
  },
  { any: ['fusermount3'], linuxOnly: true, for: ['service', 'packages'], apt: 'fuse3', dnf: 'fuse3', pacman: 'fuse3' },
  {
    any: ['systemd-analyze'],
    linuxOnly: true,
    for: ['service', 'packages'],
    apt: 'systemd',
    dnf: 'systemd',
    pacman: 'systemd',
  },
  { any: ['dbus-daemon'], linuxOnly: true, for: ['service', 'packages'], apt: 'dbus', dnf: 'dbus', pacman: 'dbus' },
  { any: ['fish'], linuxOnly: true, for: ['service', 'packages'], apt: 'fish', dnf: 'fish', pacman: 'fish' },
  { any: ['zsh'], linuxOnly: true, for: ['service', 'packages'], apt: 'zsh', dnf: 'zsh', pacman: 'zsh' },
  { any: ['mandoc'], linuxOnly: true, for: ['service', 'packages'], apt: 'mandoc', dnf: 'mandoc', pacman: 'mandoc' },
  {
    any: ['shellcheck'],
    linuxOnly: true,
    for: ['service', 'packages'],
    apt: 'shellcheck',
    dnf: 'shellcheck',
    pacman: 'shellcheck',
  },
  // No programs, but files: the bus of a user's session, and what starts the user's systemd at a login.
  {
    any: ['dbus.socket'],
    in: ['/usr/lib/systemd/user'],
    linuxOnly: true,
    for: ['service', 'packages'],
    apt: 'dbus-user-session',
  },
  { any: ['pam_systemd.so'], in: pamFolders(), linuxOnly: true, for: ['service', 'packages'], apt: 'libpam-systemd' },
  // Making Debian packages, for another processor too: its compiler, and what unpacks a library of its Debian.
  ...['g++', 'make', 'python3', 'strip', 'dpkg-deb', 'xz', 'git'].map((name) => ({
    any: [name],
    linuxOnly: true,
    for: ['deb', 'packages'],
    apt: { strip: 'binutils', 'dpkg-deb': 'dpkg', xz: 'xz-utils' }[name] ?? name,
  })),
  {
    any: [process.arch === 'arm64' ? 'x86_64-linux-gnu-g++' : 'aarch64-linux-gnu-g++'],
    linuxOnly: true,
    for: ['deb', 'packages'],
    apt: process.arch === 'arm64' ? 'g++-x86-64-linux-gnu' : 'g++-aarch64-linux-gnu',
  },
  { any: ['mmdebstrap'], linuxOnly: true, for: ['deb', 'packages'], apt: 'mmdebstrap' },
  // Looking at packages, and running what is for arm64. qemu-user registers nothing: it is started by its path.
  { any: ['lintian'], linuxOnly: true, for: ['packages'], apt: 'lintian' },
  { any: ['qemu-aarch64'], linuxOnly: true, for: ['packages'], apt: 'qemu-user' },
  // Both are measured beside; rows with one that is not there are left out.
  { any: ['fuse-zip'], linuxOnly: true, isOptional: true, for: ['bench'], apt: 'fuse-zip' },
  {
    any: ['unzip'],
    isOptional: true,
    for: ['bench'],
    apt: 'unzip',
    dnf: 'unzip',
    pacman: 'unzip',
    brew: 'unzip',
  },
  { any: ['fio'], for: ['test', 'bench'], apt: 'fio', dnf: 'fio', pacman: 'fio', brew: 'fio' },
];

const say = (line) => process.stderr.write(`setup: ${line}\n`);

function fail(...lines) {
  for (const line of lines) say(line);
  process.exit(1);
}

function run(program, args, options = {}) {
  return spawnSync(program, args, { cwd: root, encoding: 'utf8', maxBuffer: 64 << 20, ...options });
}

/** Runs something long, and shows its last lines only if it fails. */
function runQuietly(program, args, options) {
  const result = run(program, args, options);
  if (result.status === 0) return true;
  const output = `${result.stdout ?? ''}${result.stderr ?? ''}${result.error?.message ?? ''}`.trimEnd();
  process.stderr.write(`${output.split('\n').slice(-25).join('\n')}\n`);
  return false;
}

function hasFile(folders, name) {
  return folders.some((folder) => existsSync(join(folder, name)));
}

function pamFolders() {
  const places = ['/lib', '/usr/lib', '/lib64', '/usr/lib64', '/lib/x86_64-linux-gnu', '/lib/aarch64-linux-gnu'];
  return places.map((place) => `${place}/security`);
}

function hasProgram(name) {
  // A person's PATH often lacks the folders of administrators.
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/sbin'];
  return folders.some((folder) => {
    try {
      accessSync(join(folder, name), constants.X_OK);
      return folder !== '';
    } catch {
      return false;
    }
  });
}

function checkNode() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major > OLDEST_NODE[0] || (major === OLDEST_NODE[0] && minor >= OLDEST_NODE[1])) return;
  fail(
    `Node ${process.versions.node} is too old: ${OLDEST_NODE.join('.')} or newer is needed.`,
    'Install it from https://nodejs.org, or with a version manager such as nvm, then try again.',
  );
}

/** True where node_modules holds what package-lock.json asks for, native parts compiled for this Node. */
function packagesAreInstalled() {
  const installed = readJson('node_modules/.package-lock.json')?.packages;
  const wanted = readJson('package-lock.json')?.packages;
  if (installed === undefined || wanted === undefined) return false;
  for (const [path, { version, optional, link }] of Object.entries(wanted)) {
    // Optional ones belong to other platforms.
    if (path === '' || optional === true || link === true) continue;
    if (installed[path]?.version !== version) return false;
  }
  return nativePartLoads();
}

function readJson(path) {
  try {
    return JSON.parse(readFileSync(join(root, path), 'utf8'));
  } catch {
    return undefined;
  }
}

function nativePartLoads() {
  try {
    const Database = createRequire(join(root, 'package.json'))('better-sqlite3');
    new Database(':memory:').close();
    return true;
  } catch {
    return false;
  }
}

function installPackages() {
  if (packagesAreInstalled()) return;
  if (lstatSync(join(root, 'node_modules'), { throwIfNoEntry: false })?.isSymbolicLink()) {
    fail('node_modules is a link to an install that does not fit package-lock.json: run `npm ci` where it points to.');
  }
  say('installing packages (npm ci); compiling SQLite takes a minute or two ...');
  if (!npm('ci', '--no-audit', '--no-fund')) {
    // The usual reason on a bare machine: no ready binary could be fetched, and there is no compiler.
    const lacksCompiler = missingPrograms('compile').length > 0;
    if (lacksCompiler) installPrograms('compile');
    if (!lacksCompiler || !npm('ci', '--no-audit', '--no-fund')) fail('npm ci failed, see above.');
  }
  if (nativePartLoads()) return;
  say('compiling better-sqlite3 (npm left it out) ...');
  installPrograms('compile');
  if (!npm('rebuild', 'better-sqlite3', '--foreground-scripts') || !nativePartLoads()) {
    fail('better-sqlite3 does not load, see above.', 'Mend what it says, then run: npm rebuild better-sqlite3');
  }
}

function npm(...args) {
  return runQuietly('npm', args, { env: { ...npmHeaders(), ...process.env } });
}

function build() {
  const result = run(process.execPath, ['node_modules/typescript/bin/tsc', '-p', '.']);
  if (result.status !== 0) fail(`the build failed:\n${result.stdout ?? ''}${result.stderr ?? ''}`);
}

/** Without a compiler the package's own binding serves, less well; tests want ours, so that they bring the compiler too. */
function buildBinding() {
  const compile = () =>
    run(process.execPath, ['native-notes/binding/build.mjs'], {
      stdio: 'inherit',
      env: { ...npmHeaders(), ...process.env },
    }).status === 0;
  if (compile() || !['test', 'packages', 'deb'].includes(purpose) || missingPrograms('compile').length === 0) return;
  installPrograms('compile');
  compile();
}

function missingPrograms(what) {
  return PROGRAMS.filter(
    (program) =>
      program.for.includes(what) &&
      !(program.linuxOnly && process.platform !== 'linux') &&
      !program.any.some((name) => (program.in === undefined ? hasProgram(name) : hasFile(program.in, name))),
  );
}

function installPrograms(what) {
  const missing = missingPrograms(what);
  if (missing.length === 0) return;
  const names = missing.map(({ any }) => any[0]).join(', ');
  const packages = missing.map(({ apt }) => apt);
  const asRoot = process.getuid?.() === 0 ? [] : ['sudo', '-n'];
  const mayInstall = asRoot.length === 0 || (hasProgram('sudo') && run('sudo', ['-n', 'true']).status === 0);
  if (hasProgram('apt-get') && mayInstall) {
    say(`installing ${packages.join(', ')} (apt-get) ...`);
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
    const aptGet = (...args) => {
      const [program, ...rest] = [...asRoot, 'apt-get', ...args];
      return runQuietly(program, rest, { env });
    };
    const install = ['install', '-y', '-q', '--no-install-recommends', ...packages];
    // Old package lists are the usual reason for the first failure.
    if (aptGet('update', '-q') && aptGet(...install) && missingPrograms(what).length === 0) return;
  }
  const needed = missing.filter(({ isOptional }) => isOptional !== true);
  if (needed.length === 0) {
    say(`goes on without ${names}`);
    return;
  }
  const by = (manager, command) => {
    const list = missing.map((program) => program[manager]).filter(Boolean);
    return list.length === 0 ? [] : [`  ${command} ${list.join(' ')}`];
  };
  fail(
    `these programs are missing: ${names}. Install them:`,
    ...(process.platform === 'darwin'
      ? macInstallLines(missing)
      : [...by('apt', 'sudo apt-get install'), ...by('dnf', 'sudo dnf install'), ...by('pacman', 'sudo pacman -S')]),
  );
}

function checkFuse() {
  if (purpose === 'unit' || purpose === 'deb') return;
  // What a Mac lacks is reported with all its steps by the program itself: see checkMacFuse.
  if (process.platform === 'darwin') return;
  if (existsSync('/dev/fuse')) return;
  fail(
    '/dev/fuse is missing, so nothing can be mounted.',
    'On a machine of your own: sudo modprobe fuse. In a container: docker run --device /dev/fuse --cap-add SYS_ADMIN --security-opt apparmor=unconfined',
  );
}

/** The compiled program's own words, so that setup and program never differ. */
async function checkMacFuse() {
  if (purpose === 'unit' || process.platform !== 'darwin') return;
  const load = (file) => import(join(root, 'build/src/mount', file));
  const [{ checkMac }, { systemMac }] = await Promise.all([load('mac-requirements.js'), load('mac-system.js')]);
  try {
    checkMac(systemMac);
  } catch (error) {
    fail(error.message, error.hint ?? '');
  }
}

checkNode();
installPackages();
if (purpose !== 'unit') installPrograms(purpose);
checkFuse();
if (purpose !== 'unit') buildBinding();
build();
await checkMacFuse();
if (purpose === 'packages') makeSystem(say, runQuietly);
