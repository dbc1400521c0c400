import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { nativeModuleFault } from '../../../src/support/native-module-fault.js';
import { ExitCode } from '../../../src/support/user-error.js';

const WORDS = `The module '/x/better_sqlite3.node'
was compiled against a different Node.js version using
NODE_MODULE_VERSION 127. This version of Node.js requires
NODE_MODULE_VERSION 115. Please try re-compiling or re-installing`;
const failure = (message: string, code = 'ERR_DLOPEN_FAILED'): Error => Object.assign(new Error(message), { code });

describe('a native module that does not load', () => {
  it('a native module that does not load is reported as built for another Node, with the command for the place where it is installed', () => {
    const fault = nativeModuleFault(failure(WORDS), 'better-sqlite3', () => '/opt/my photos');
    assert.equal(fault?.exitCode, ExitCode.system);
    assert.match(
      fault.message,
      /better-sqlite3 was built for another version of Node \(modules 127\); this is Node \d/,
    );
    assert.equal(fault.hint, "Build it again: cd '/opt/my photos' && npm rebuild better-sqlite3");
  });

  it('a native module that does not load is located in the installation that runs', () => {
    assert.match(
      nativeModuleFault(failure(WORDS), 'better-sqlite3')?.hint ?? '',
      /^Build it again: cd \/\S+ && npm rebuild/,
    );
  });

  for (const [what, error, says] of [
    [
      'was never compiled',
      failure('Could not locate the bindings file. Tried:\n → /x/build/better_sqlite3.node', ''),
      /^better-sqlite3 was installed without its native part: npm did not run its install script\.$/,
    ],
    [
      'is of another processor',
      failure('/x/better_sqlite3.node: cannot open shared object file: Exec format error'),
      /^better-sqlite3 was built for another system than this \S+-\S+\.$/,
    ],
    ['is of another system', failure('/x/better_sqlite3.node: invalid ELF header'), /was built for another system/],
    [
      'is of a newer system',
      failure("/lib/libc.so.6: version `GLIBC_2.99' not found (required by /x/better_sqlite3.node)"),
      /^better-sqlite3 was built for a newer system than this \S+-\S+: it needs GLIBC_2\.99\.$/,
    ],
  ] as const)
    it(`because it ${what} is told, with the command that compiles it`, () => {
      const fault = nativeModuleFault(error, 'better-sqlite3', () => '/opt/photos');
      assert.match(fault?.message ?? '', says);
      assert.equal(fault?.hint, 'Build it again: cd /opt/photos && npm rebuild better-sqlite3');
    });

  it('a native module that does not load because it is for another processor is told by the processor, where the loader says that the file is missing', () => {
    const folder = mkdtempSync(join(tmpdir(), 'elf-'));
    try {
      const file = join(folder, 'better_sqlite3.node');
      const head = Buffer.alloc(64);
      head.write('\x7fELF\x02\x01', 'latin1');
      head.writeUInt16LE(21, 18);
      writeFileSync(file, head);
      const words = `${file}: cannot open shared object file: No such file or directory`;
      const fault = nativeModuleFault(failure(words), 'better-sqlite3', () => '/opt/photos');
      assert.match(fault?.message ?? '', /^better-sqlite3 was built for linux-ppc64, and this is \S+-\S+\.$/);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('a native module that does not load, of a Debian package, is mended by installing the package again, or the system is too old', () => {
    const foreign = nativeModuleFault(failure('/x/a.node: invalid ELF header'), 'better-sqlite3', () => '/usr', true);
    assert.match(foreign?.hint ?? '', /apt-get install --reinstall \.\/gphotos-mount/);
    const words = "/lib/libc.so.6: version `GLIBC_2.99' not found (required by /x/better_sqlite3.node)";
    assert.match(
      nativeModuleFault(failure(words), 'better-sqlite3', () => '/usr', true)?.hint ?? '',
      /^Upgrade the system/,
    );
  });

  it('for another reason is left to others', () => {
    assert.equal(nativeModuleFault(failure('libfuse.so.2: cannot open shared object file'), 'fuse-native'), undefined);
    assert.equal(nativeModuleFault(failure(WORDS, 'EIO'), 'better-sqlite3'), undefined);
  });
});
