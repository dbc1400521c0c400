import assert from 'node:assert/strict';
import { mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, it } from 'node:test';
import { mountState } from '../../src/mount/mount-state.js';
import { unmountPath } from '../../src/mount/unmount-path.js';
import { runProgram, startChild, withChildMount, type MountFailure } from '../support/child-mount.js';

async function failureAt(path: string): Promise<MountFailure> {
  const child = startChild(path, { fixture: 'tree' });
  const failure = await child.started();
  await child.exited;
  assert.ok(failure !== undefined, 'the mount must fail');
  return failure;
}

describe('a mount point', () => {
  for (const name of [
    'with space',
    `quote ' and "double"`,
    'comma,separated,ro',
    'back\\slash',
    'new\nline',
    'tab\there',
    '-leading-hyphen',
    '$(touch x); `id`',
    'Фото 写真 e\u0301 🖼',
    'n'.repeat(255),
  ]) {
    it(`a mount point may be called ${JSON.stringify(name.slice(0, 30))}`, async () => {
      await withChildMount({ fixture: 'tree', name }, async (mount, failure) => {
        assert.equal(failure, undefined);
        assert.ok((await readdir(mount.path)).includes('empty.txt'));
        assert.equal(await mountState(mount.path), 'mounted-by-us');
        assert.equal(await mount.unmount(), undefined);
        assert.equal(await mountState(mount.path), 'free');
        assert.deepEqual(await readdir(mount.path), []);
      });
    });
  }

  it('a mount point that is missing is named with the way to make it', async () => {
    await withChildMount({ fixture: 'tree', makeMountpoint: false, name: "it's" }, (_mount, failure) => {
      assert.match(failure?.message ?? '', /it's does not exist\.$/);
      assert.match(failure?.hint ?? '', /mkdir -p '.*it'\\''s'/);
      assert.equal(failure?.exitCode, 32);
      return Promise.resolve();
    });
  });

  it('a mount point that is a file is refused', async () => {
    await withChildMount({ fixture: 'tree' }, async ({ path }) => {
      const file = join(dirname(path), 'file');
      await writeFile(file, '');
      assert.match((await failureAt(file)).message, /file is not a folder\.$/);
      assert.match((await failureAt(join(file, 'below'))).message, /is not a folder/);
    });
  });

  it('a mount point that is not empty is refused, naming what it holds and leaving it alone', async () => {
    await withChildMount({ fixture: 'tree' }, async ({ path }) => {
      const folder = join(dirname(path), 'full');
      await mkdir(folder);
      await writeFile(join(folder, 'thesis.txt'), 'words');
      const failure = await failureAt(folder);
      assert.match(failure.message, /full is not empty: it holds thesis\.txt\.$/);
      assert.equal(failure.exitCode, 32);
      assert.equal(await readFile(join(folder, 'thesis.txt'), 'utf8'), 'words');
    });
  });

  it('a mount point whose path is longer than the binding keeps is refused before anything is mounted', async () => {
    await withChildMount({ fixture: 'tree' }, async ({ path }) => {
      const long = join(dirname(path), ...Array.from({ length: 5 }, () => 'd'.repeat(220)));
      await mkdir(long, { recursive: true });
      assert.match((await failureAt(long)).message, /longer than 1023 bytes/);
    });
  });

  it('a mount point that is mounted by us already is refused with the commands that help, also through a symbolic link', async () => {
    await withChildMount({ fixture: 'tree' }, async ({ path }) => {
      assert.match((await failureAt(path)).message, /mounted already/);
      const link = join(dirname(path), 'link');
      await symlink('mnt', link);
      const failure = await failureAt(`${link}/`);
      assert.match(failure.message, /mnt is mounted already/);
      assert.match(failure.hint ?? '', /gphotos-mount unmount/);
    });
  });

  it('a mount point that holds another file system is refused', async () => {
    await withChildMount({ fixture: 'tree' }, async ({ path }) => {
      const other = join(dirname(path), 'other');
      await mkdir(other);
      assert.equal((await runProgram('mount', ['-t', 'tmpfs', 'none', other])).code, 0);
      try {
        assert.equal(await mountState(other), 'mounted');
        assert.match((await failureAt(other)).message, /already holds another file system \(tmpfs\)/);
      } finally {
        await runProgram('umount', [other]);
      }
    });
  });

  it('a mount point that a killed run left dead is taken over', async () => {
    await withChildMount({ fixture: 'tree' }, async (mount) => {
      mount.process.kill('SIGKILL');
      await mount.exited;
      assert.equal(await mountState(mount.path), 'stale');
      const again = startChild(mount.path, { fixture: 'tree' });
      assert.equal(await again.started(), undefined);
      assert.match(again.logs.map(({ message }) => message).join(), /took away the dead mount/);
      assert.ok((await readdir(mount.path)).includes('empty.txt'));
      await again.unmount();
      await again.exited;
    });
  });

  it('a mount point that is dead is freed by unmounting it, and a free one stays as it is', async () => {
    await withChildMount({ fixture: 'tree' }, async (mount) => {
      mount.process.kill('SIGKILL');
      await mount.exited;
      await unmountPath(mount.path);
      assert.equal(await mountState(mount.path), 'free');
      await unmountPath(mount.path);
    });
  });
});
