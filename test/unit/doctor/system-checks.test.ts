import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { runChecks, type CheckReport } from '../../../src/doctor/check.js';
import { systemChecks, type NativeModules } from '../../../src/doctor/system-checks.js';
import type { FuseSystem } from '../../../src/mount/fuse-requirements.js';
import { ExitCode, UserError } from '../../../src/support/user-error.js';
import { FUSE_T, LIBFUSE, LOADER, mac, machHead, OSXFUSE, WITH_MACFUSE, type Mac } from '../mount/mac-fixture.js';

const WHOLE: NativeModules = { sqliteWorks: () => true, loadFuse: () => undefined };

interface Machine {
  readonly system?: Partial<FuseSystem>;
  /** Files that exist. */
  readonly files?: readonly string[];
  readonly programs?: readonly string[];
  readonly texts?: Readonly<Record<string, string>>;
  readonly allowOther?: boolean;
  readonly node?: string;
  readonly modules?: Partial<NativeModules>;
  readonly mac?: Mac;
}

/** What the checks say of an ordinary user's Linux, changed as told. */
async function checked(id: string, machine: Machine = {}): Promise<CheckReport> {
  const { files = ['/dev/fuse', '/usr/lib/libfuse.so.2'], programs = ['fusermount3'], texts = {} } = machine;
  const system: FuseSystem = {
    platform: 'linux',
    userId: 1000,
    tryOpen: () => Promise.resolve(),
    exists: (path) => Promise.resolve(files.includes(path)),
    read: (path) => Promise.resolve(texts[path] ?? ''),
    hasProgram: (name) => Promise.resolve(programs.includes(name)),
    isSetuidRoot: (name) => Promise.resolve(programs.includes(name) ? true : undefined),
    hasAccount: () => true,
    ...machine.system,
  };
  const modules = { ...WHOLE, ...machine.modules };
  const node = machine.node ?? '22.1.0';
  const checks = systemChecks(machine.allowOther ?? false, system, node, modules, mac(machine.mac ?? {}));
  return (await runChecks(checks)).find((report) => report.id === id) ?? assert.fail(`no check ${id}`);
}

const closed = (code: string) => (): Promise<void> => Promise.reject(Object.assign(new Error(code), { code }));
const onMac = { platform: 'darwin' } as const;

interface Row {
  readonly what: string;
  readonly id: string;
  readonly machine: Machine;
  readonly result: CheckReport['result'];
  readonly says: RegExp;
  readonly fix?: RegExp;
}

const MOUNTS = ['fuse', 'fuse.sshfs', 'fuseblk', 'fusectl', 'ext4']
  .map((type, index) => `source /mnt/${index} ${type} rw 0 0\n`)
  .join('');

const ROWS: readonly Row[] = [
  {
    what: 'fusermount without the setuid bit',
    id: 'fusermount',
    machine: { system: { isSetuidRoot: () => Promise.resolve(false) } },
    result: 'fail',
    says: /fusermount is not setuid root/,
    fix: /chmod u\+s "\$\(command -v fusermount\)"/,
  },
  {
    what: 'fusermount without the setuid bit, for root',
    id: 'fusermount',
    machine: { system: { userId: 0, isSetuidRoot: () => Promise.resolve(false) } },
    result: 'warn',
    says: /other users cannot/,
    fix: /chmod/,
  },
  {
    what: 'a user without a line in /etc/passwd',
    id: 'account',
    machine: { system: { hasAccount: () => false } },
    result: 'fail',
    says: /user id 1000 has no line in \/etc\/passwd/,
    fix: /useradd/,
  },
  {
    what: 'root without a line in /etc/passwd',
    id: 'account',
    machine: { system: { userId: 0, hasAccount: () => false } },
    result: 'pass',
    says: /name/,
  },
  {
    what: 'as many FUSE mounts as mount_max allows',
    id: 'mount-max',
    machine: { texts: { '/etc/fuse.conf': '#mount_max = 1\nmount_max = 2\n', '/proc/self/mounts': MOUNTS } },
    result: 'fail',
    says: /2 FUSE mounts.*mount_max is 2/,
    fix: /fuse\.conf/,
  },
  {
    what: 'fewer FUSE mounts than mount_max allows',
    id: 'mount-max',
    machine: { texts: { '/etc/fuse.conf': 'mount_max = 3\n', '/proc/self/mounts': MOUNTS } },
    result: 'pass',
    says: /2 FUSE mounts/,
  },
  {
    what: 'a thousand FUSE mounts where mount_max is not set',
    id: 'mount-max',
    machine: { texts: { '/proc/self/mounts': 'a /b fuse.x rw 0 0\n'.repeat(1000) } },
    result: 'fail',
    says: /mount_max is 1000/,
    fix: /unmount/i,
  },
  {
    what: 'a Node that is old',
    id: 'node',
    machine: { node: '20.18.3' },
    result: 'fail',
    says: /20\.18\.3 is too old/,
    fix: /20\.19 or newer/,
  },
  {
    what: 'a Node that is older',
    id: 'node',
    machine: { node: '18.20.0' },
    result: 'fail',
    says: /too old/,
    fix: /nodejs\.org/,
  },
  { what: 'the oldest Node that will do', id: 'node', machine: { node: '20.19.0' }, result: 'pass', says: /20\.19\.0/ },
  { what: 'a newer Node', id: 'node', machine: { node: '24.0.0' }, result: 'pass', says: /24\.0\.0/ },
  {
    what: 'better-sqlite3 that does not load',
    id: 'sqlite-module',
    machine: { modules: { sqliteWorks: () => false } },
    result: 'fail',
    says: /does not load/,
    fix: /npm rebuild better-sqlite3/,
  },
  { what: 'better-sqlite3', id: 'sqlite-module', machine: {}, result: 'pass', says: /works/ },
  {
    what: 'fuse-native that does not load',
    id: 'fuse-module',
    machine: {
      modules: {
        loadFuse: () => {
          throw new UserError(ExitCode.system, 'fuse-native does not load.', 'Reinstall.');
        },
      },
    },
    result: 'fail',
    says: /does not load/,
    fix: /Reinstall/,
  },
  { what: 'fuse-native', id: 'fuse-module', machine: {}, result: 'pass', says: /loads/ },
  { what: 'libfuse of the system', id: 'libfuse', machine: {}, result: 'pass', says: /libfuse\.so\.2/ },
  {
    what: 'no libfuse of the system',
    id: 'libfuse',
    machine: { files: [] },
    result: 'pass',
    says: /came with gphotos-mount/,
  },
  { what: 'fusermount3', id: 'fusermount', machine: {}, result: 'pass', says: /fusermount3 is there/ },
  {
    what: 'fusermount',
    id: 'fusermount',
    machine: { programs: ['fusermount'] },
    result: 'pass',
    says: /fusermount is there/,
  },
  {
    what: 'no fusermount',
    id: 'fusermount',
    machine: { programs: [] },
    result: 'fail',
    says: /missing/,
    fix: /apt-get install fuse3/,
  },
  {
    what: 'no fusermount for root',
    id: 'fusermount',
    machine: { programs: [], system: { userId: 0 } },
    result: 'warn',
    says: /other users cannot/,
    fix: /fuse3/,
  },
  { what: '/dev/fuse', id: 'dev-fuse', machine: {}, result: 'pass', says: /is there/ },
  {
    what: 'no /dev/fuse',
    id: 'dev-fuse',
    machine: { files: [] },
    result: 'fail',
    says: /\/dev\/fuse is missing/,
    fix: /modprobe fuse.*--device/,
  },
  { what: 'a user who may mount', id: 'fuse-permission', machine: {}, result: 'pass', says: /may mount with FUSE/ },
  {
    what: '/dev/fuse closed to this user',
    id: 'fuse-permission',
    machine: { system: { tryOpen: closed('EACCES') } },
    result: 'fail',
    says: /may not open \/dev\/fuse/,
    fix: /chmod 666/,
  },
  {
    what: '/dev/fuse closed by a container',
    id: 'fuse-permission',
    machine: { system: { tryOpen: closed('EPERM') } },
    result: 'fail',
    says: /does not let you open/,
    fix: /--cap-add SYS_ADMIN/,
  },
  {
    what: 'root without the capability',
    id: 'fuse-permission',
    machine: { system: { userId: 0 }, texts: { '/proc/self/status': 'CapEff:\t00000000a80425fb\n' } },
    result: 'fail',
    says: /SYS_ADMIN is taken away/,
    fix: /--cap-add SYS_ADMIN/,
  },
  {
    what: 'a service with no new privileges',
    id: 'fuse-permission',
    machine: { texts: { '/proc/self/status': 'NoNewPrivs:\t1\n' } },
    result: 'fail',
    says: /no new privileges/,
    fix: /NoNewPrivileges=/,
  },
  {
    what: 'root',
    id: 'allow-other',
    machine: { system: { userId: 0 }, allowOther: true },
    result: 'pass',
    says: /Root may/,
  },
  {
    what: 'a line in fuse.conf',
    id: 'allow-other',
    machine: { allowOther: true, texts: { '/etc/fuse.conf': '# x\n  user_allow_other\n' } },
    result: 'pass',
    says: /may be used/,
  },
  {
    what: 'a line in fuse.conf that is a comment',
    id: 'allow-other',
    machine: { allowOther: true, texts: { '/etc/fuse.conf': '#user_allow_other\n' } },
    result: 'fail',
    says: /only root may use/,
    fix: /user_allow_other into \/etc\/fuse\.conf/,
  },
  {
    what: 'no line in fuse.conf, and none wanted',
    id: 'allow-other',
    machine: {},
    result: 'pass',
    says: /do not ask for it/,
  },
  { what: 'macFUSE on Linux', id: 'macfuse', machine: {}, result: 'skip', says: /macOS only/ },
  { what: 'the library of macFUSE on Linux', id: 'fuse-library', machine: {}, result: 'skip', says: /macOS only/ },
  { what: 'a kernel extension on Linux', id: 'kernel-extension', machine: {}, result: 'skip', says: /macOS only/ },
  {
    what: 'macFUSE',
    id: 'macfuse',
    machine: { system: onMac, mac: { files: WITH_MACFUSE } },
    result: 'pass',
    says: /macFUSE 5\.4\.0 is installed.*FSKit backend cannot be/,
  },
  {
    what: 'a library that GPHOTOS_LIBFUSE names',
    id: 'macfuse',
    machine: { system: onMac, mac: { givenLibrary: '/x.dylib', files: { '/x.dylib': machHead('arm64') } } },
    result: 'pass',
    says: /GPHOTOS_LIBFUSE names \/x\.dylib/,
  },
  {
    what: 'FUSE-T without macFUSE',
    id: 'macfuse',
    machine: { system: onMac, mac: { files: { [FUSE_T]: machHead('arm64') } } },
    result: 'warn',
    says: /Only FUSE-T is installed/,
    fix: /brew install --cask macfuse/,
  },
  {
    what: 'osxfuse 3 without macFUSE',
    id: 'macfuse',
    machine: { system: onMac, mac: { files: { [OSXFUSE]: '' } } },
    result: 'fail',
    says: /Only osxfuse 3/,
    fix: /brew install --cask macfuse/,
  },
  {
    what: 'no macFUSE',
    id: 'macfuse',
    machine: { system: onMac },
    result: 'fail',
    says: /not installed/,
    fix: /macfuse\.github\.io.*System Settings/,
  },
  {
    what: 'the library of macFUSE',
    id: 'fuse-library',
    machine: { system: onMac, mac: { files: WITH_MACFUSE } },
    result: 'pass',
    says: /\/usr\/local\/lib\/libfuse\.2\.dylib is used \(built for x64, arm64; this Node runs as arm64\)/,
  },
  {
    what: 'a library for another processor',
    id: 'fuse-library',
    machine: { system: onMac, mac: { files: { ...WITH_MACFUSE, [LIBFUSE]: machHead('x64') } } },
    result: 'fail',
    says: /built for x64, but this Node runs as arm64/,
    fix: /Install macFUSE again/,
  },
  {
    what: 'a kernel extension that is loaded',
    id: 'kernel-extension',
    machine: { system: onMac, mac: { files: { ...WITH_MACFUSE, '/dev/macfuse0': '' } } },
    result: 'pass',
    says: /runs/,
  },
  {
    what: 'a kernel extension that macOS has not allowed',
    id: 'kernel-extension',
    machine: { system: onMac, mac: { files: WITH_MACFUSE, exits: { [LOADER]: 1 } } },
    result: 'fail',
    says: /not allowed/,
    fix: /Reduced Security/,
  },
  {
    what: 'FUSE-T, which has no kernel extension',
    id: 'kernel-extension',
    machine: { system: onMac, mac: { files: { [FUSE_T]: machHead('arm64') } } },
    result: 'skip',
    says: /Only macFUSE/,
  },
  {
    what: '/dev/fuse on macOS',
    id: 'dev-fuse',
    machine: { system: onMac, files: [] },
    result: 'skip',
    says: /Linux only/,
  },
  {
    what: 'fusermount on macOS',
    id: 'fusermount',
    machine: { system: onMac, programs: [] },
    result: 'skip',
    says: /Linux only/,
  },
];

describe('doctor, on the machine', () => {
  for (const { what, id, machine, result, says, fix } of ROWS)
    it(`doctor says ${result} of ${what}`, async () => {
      const report = await checked(id, machine);
      assert.equal(report.result, result, JSON.stringify(report));
      assert.match(report.message, says);
      if (fix === undefined) assert.equal(report.fix, '');
      else assert.match(report.fix, fix);
    });
});
