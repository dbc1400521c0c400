import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { CheckReport } from '../../src/doctor/check.js';
import { signIn, type Booted } from '../support/booted.js';
import { bootDebian, cannotInstall, debName, DEBS, HOME, IN_SYSTEM, OTHER, OWN, tried } from '../support/debian.js';
import { run } from '../support/run-program.js';

const DEB = `${IN_SYSTEM}/${debName(OWN) ?? ''}`;
const NODE_NAME = { amd64: 'x64', arm64: 'arm64' } as const;
const NATIVE = `${HOME}/build/native/linux-${process.arch}`;
const SQLITE = `${HOME}/node_modules/better-sqlite3/build/Release/better_sqlite3.node`;
const AGAIN = /apt-get install --reinstall \.\/gphotos-mount_/;

describe('a Debian package that does not fit', { skip: cannotInstall([OWN, OTHER]) ?? false }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'deb-other-'));
  let machine: Booted;
  const other = join(folder, 'other');
  const start = async (): Promise<Booted> => {
    const booted = await bootDebian({ shows: [`${other}:/other`] });
    await signIn(booted);
    return booted;
  };
  before(async () => {
    const unpacked = await run('dpkg-deb', ['-x', join(DEBS, debName(OTHER) ?? ''), other], { deadlineMs: 60_000 });
    assert.equal(unpacked.code, 0, unpacked.stderr);
    machine = await start();
  });
  after(async () => {
    await machine.end();
    rmSync(folder, { recursive: true });
  });

  const isInstalled = async (): Promise<boolean> => (await tried(machine, `test -e ${HOME}`)).code === 0;
  const install = (): Promise<string> => machine.sh(`dpkg -i ${DEB}`);
  /** With something changed in an installed package, what a mount and doctor say. */
  const changed = async (change: string): Promise<{ said: string; code: number | null; checks: CheckReport[] }> => {
    await install();
    await machine.sh(change);
    const { code, stderr } = await machine.tryAlice('mkdir -p ~/photos; gphotos-mount ~/photos');
    const { stdout } = await machine.tryAlice('gphotos-mount doctor --json');
    const checks = /^\{/.test(stdout) ? (JSON.parse(stdout) as { checks: CheckReport[] }).checks : [];
    return { code, said: stderr, checks };
  };
  const words = (checks: readonly CheckReport[], id: string): string => {
    const found = checks.find((check) => check.id === id);
    return `${found?.result} ${found?.message} ${found?.fix}`;
  };

  it('a Debian package that is cut off is not installed, and its checksum shows it', async () => {
    await machine.sh(`mkdir /cut; head -c 9000000 ${DEB} > /cut/${debName(OWN)}`);
    const { code, said } = await tried(machine, `dpkg -i /cut/${debName(OWN)}`);
    assert.notEqual(code, 0);
    assert.match(said, /dpkg-deb: error: .*(?:unexpected end of file|archive)/s);
    assert.equal(await isInstalled(), false);
    const sums = await tried(machine, `cd /cut && sha256sum --ignore-missing -c ${IN_SYSTEM}/SHA256SUMS`);
    assert.match(sums.said, /gphotos-mount_.*: FAILED/);
    assert.match((await tried(machine, `cd ${IN_SYSTEM} && sha256sum -c SHA256SUMS`)).said, /: OK\n.*: OK\n/);
  });

  it('a Debian package on a system with an older C library is refused, with both versions and the next step', async () => {
    await machine.sh(
      "printf '#!/bin/sh\\necho glibc 2.17\\n' > /usr/local/bin/getconf; chmod +x /usr/local/bin/getconf",
    );
    const { code, said } = await tried(machine, `dpkg -i ${DEB}`);
    assert.notEqual(code, 0);
    assert.match(said, /needs the C library glibc 2\.\d+ or newer; this system has 2\.17\.\nUpgrade the system/);
    assert.equal(await isInstalled(), false);
    await machine.sh('rm /usr/local/bin/getconf');
  });

  it('a Debian package for another processor is refused by its name', async () => {
    const { code, said } = await tried(machine, `dpkg -i ${IN_SYSTEM}/${debName(OTHER)}`);
    assert.notEqual(code, 0);
    assert.match(said, new RegExp(`package architecture \\(${OTHER}\\) does not match system \\(${OWN}\\)`));
    assert.equal(await isInstalled(), false);
  });

  it('a Debian package on a system without fuse3 asks for it, and so does a mount where it was forced in', async () => {
    await machine.sh('dpkg --force-depends --purge fuse3');
    const asked = await tried(machine, `apt-get install -y --no-download ${DEB}`);
    assert.notEqual(asked.code, 0);
    assert.match(asked.said, /Depends: fuse3/);
    await machine.sh(`dpkg --force-depends -i ${DEB}`);
    const { code, stderr } = await machine.tryAlice('mkdir -p ~/photos; gphotos-mount ~/photos');
    assert.equal(code, 2);
    assert.match(stderr, /fusermount3 is missing.*\n.*apt-get install fuse3/);
    const { stdout } = await machine.tryAlice('gphotos-mount doctor');
    assert.match(stdout, /^FAIL {2}fusermount .*fusermount3 is missing/m);
    await machine.end();
    machine = await start();
  });

  it('a Debian package with a SQLite module for another processor says which, and how to get the right one', async () => {
    const { said, code, checks } = await changed(`cp /other${SQLITE} ${SQLITE}`);
    assert.equal(code, 2);
    const fault = new RegExp(
      `better-sqlite3 was built for linux-${NODE_NAME[OTHER]}, and this is linux-${process.arch}`,
    );
    assert.match(said, fault);
    assert.match(said, AGAIN);
    assert.match(words(checks, 'sqlite-module'), fault);
    assert.match(words(checks, 'package'), /better_sqlite3\.node is damaged/);
  });

  it('a Debian package with a FUSE module or a libfuse for another processor says which, and how to get the right one', async () => {
    const files = `/other${HOME}/build/native/linux-${NODE_NAME[OTHER]}`;
    for (const [file, fault] of [
      ['fuse.node', new RegExp(`fuse-native was built for linux-${NODE_NAME[OTHER]}`)],
      ['libfuse.so.2', new RegExp(`The library \\S+libfuse\\.so\\.2 is for linux-${NODE_NAME[OTHER]}`)],
    ] as const) {
      const { said, checks } = await changed(`cp ${files}/${file} ${NATIVE}/${file}`);
      assert.match(words(checks, 'fuse-module'), fault);
      assert.match(words(checks, 'fuse-module'), AGAIN);
      assert.match(said, fault, file);
      assert.match(said, AGAIN, file);
    }
  });

  it('a Debian package with a module that needs a newer C library names the version', async () => {
    // The loader looks for versions by their names.
    const { said, code } = await changed(`sed -i 's/GLIBC_2\\.3\\([34]\\)/GLIBC_9.3\\1/g' ${SQLITE}`);
    assert.equal(code, 2);
    assert.match(said, /better-sqlite3 was built for a newer system than this linux-\S+: it needs GLIBC_9\.3\d\./);
    assert.match(said, /Upgrade the system/);
  });

  it('a Debian package whose files are gone or damaged says so, and how to get them back', async () => {
    for (const change of [
      `rm ${HOME}/build/src/main.js`,
      `: > ${HOME}/build/src/main.js`,
      `rm ${HOME}/bin/node`,
      `cp /other${HOME}/bin/node ${HOME}/bin/node`,
      `echo nothing > ${HOME}/bin/node`,
    ]) {
      const { said, code } = await changed(change);
      assert.equal(code, 2, change);
      assert.match(said, /The installation of gphotos-mount is damaged/, change);
      assert.match(said, AGAIN, change);
    }
    const { checks } = await changed(`echo >> ${HOME}/build/src/daemon/run-daemon.js`);
    assert.match(words(checks, 'package'), /^fail .*run-daemon\.js is damaged\. Install the package/);
  });
});
