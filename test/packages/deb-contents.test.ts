import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { elfMachineOf } from '../../src/support/elf-machine.js';
import { debName, DEBS, HOME, type Architecture } from '../support/debian.js';
import { repositoryRoot } from '../support/mounted.js';
import { run } from '../support/run-program.js';

const LONG_MS = 600_000;

for (const architecture of ['amd64', 'arm64'] as const satisfies readonly Architecture[]) {
  const name = debName(architecture);
  describe(`the Debian package for ${architecture}`, { skip: name === undefined && 'npm run deb makes it' }, () => {
    const tree = mkdtempSync(join(tmpdir(), 'deb-tree-'));
    const deb = join(DEBS, name ?? '');
    before(async () => {
      assert.equal((await run('dpkg-deb', ['-R', deb, tree], { deadlineMs: LONG_MS })).code, 0);
    });
    after(() => rmSync(tree, { recursive: true }));

    const files = (): string[] =>
      readdirSync(tree, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => join(entry.parentPath, entry.name));

    it(`the Debian package for ${architecture} has no errors for lintian`, async (test) => {
      if ((await run('sh', ['-c', 'command -v lintian'])).code !== 0) {
        test.skip('lintian is missing');
        return;
      }
      const { code, stdout, stderr } = await run('lintian', ['--allow-root', '--fail-on', 'error', deb], {
        deadlineMs: LONG_MS,
      });
      assert.equal(code, 0, stdout + stderr);
      assert.equal(/^E: /m.test(stdout), false, stdout);
    });

    it(`the Debian package for ${architecture} holds binaries for that processor alone`, () => {
      const machines = new Map<string, string>();
      for (const file of files()) {
        const machine = elfMachineOf(file);
        if (machine !== undefined) machines.set(file.slice(tree.length), machine);
      }
      const wanted = architecture === 'amd64' ? 'x64' : 'arm64';
      assert.deepEqual(
        [...machines].filter(([, machine]) => machine !== wanted),
        [],
      );
      for (const part of [
        'bin/node',
        `build/native/linux-${wanted}/fuse.node`,
        `build/native/linux-${wanted}/libfuse.so.2`,
      ])
        assert.ok(machines.has(`${HOME}/${part}`), part);
      assert.ok([...machines.keys()].some((path) => path.endsWith('better_sqlite3.node')));
      assert.ok([...machines.keys()].some((path) => /crc32\.linux-.*\.node$/.test(path)));
    });

    it(`the Debian package for ${architecture} has the locked versions, with a licence each, and nothing for developers`, () => {
      const { packages } = JSON.parse(readFileSync(join(repositoryRoot, 'package-lock.json'), 'utf8')) as {
        packages: Record<string, { version?: string; dev?: boolean }>;
      };
      const copyright = readFileSync(join(tree, 'usr/share/doc/gphotos-mount/copyright'), 'utf8');
      const manifests = files().filter((file) => /\/node_modules\/(?:@[^/]+\/)?[^/]+\/package\.json$/.test(file));
      assert.ok(manifests.length > 15, `${manifests.length}`);
      for (const file of manifests) {
        const path = file.slice(join(tree, HOME).length + 1, -'/package.json'.length);
        const { version } = JSON.parse(readFileSync(file, 'utf8')) as { version: string };
        assert.equal(version, packages[path]?.version, path);
        assert.notEqual(packages[path]?.dev, true, path);
        assert.ok(copyright.includes(`Files: usr/lib/gphotos-mount/${path}/*\n`), path);
      }
    });

    it(`the Debian package for ${architecture} has maintainer scripts without faults for shellcheck`, async (test) => {
      if ((await run('sh', ['-c', 'command -v shellcheck'])).code !== 0) {
        test.skip('shellcheck is missing');
        return;
      }
      const scripts = ['preinst', 'postinst', 'prerm', 'postrm'].map((script) => join(tree, 'DEBIAN', script));
      const more = ['usr/bin/gphotos-mount', `${HOME}/services.sh`, `${HOME}/bin/mount.gphotos`].map((file) =>
        join(tree, file),
      );
      const { code, stdout } = await run('shellcheck', [
        '-s',
        'sh',
        '--severity=warning',
        '-e',
        'SC1091',
        ...scripts,
        ...more,
      ]);
      assert.equal(code, 0, stdout);
    });

    it(`the Debian package for ${architecture} has a checksum of each file, and a unit for any mount point`, () => {
      const sums = readFileSync(join(tree, 'DEBIAN/md5sums'), 'utf8').trim().split('\n');
      const own = files().filter((file) => !file.startsWith(join(tree, 'DEBIAN')));
      assert.equal(sums.length, own.length);
      const unit = readFileSync(join(tree, 'usr/lib/systemd/user/gphotos-mount@.service'), 'utf8');
      assert.match(unit, /^ExecStart=\/usr\/lib\/gphotos-mount\/bin\/node \S+main\.js --foreground -- %f$/m);
      assert.doesNotMatch(unit, /MOUNTPOINT/);
    });
  });
}
