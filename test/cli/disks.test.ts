import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, chownSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { ExitCode } from '../../src/support/user-error.js';
import { folderSnapshot } from '../support/folder-snapshot.js';
import { program } from '../support/mounted.js';
import { makePrivateFolders, type PrivateFolders } from '../support/private-folders.js';
import { assertRefused, SIGNED_IN } from '../support/refusal.js';
import { run, type Outcome } from '../support/run-program.js';

let folders: PrivateFolders;
beforeEach(() => {
  folders = makePrivateFolders(SIGNED_IN);
});
afterEach(() => folders.remove());

describe('a disk', { skip: process.getuid?.() !== 0 && 'needs root' }, () => {
  /** Runs a start in a mount namespace of its own, after `prepare` has changed what is mounted there. */
  const started = (prepare: string, args: readonly string[] = []): Promise<Outcome> => {
    const script = `set -e; ${prepare}; exec "$@"`;
    const command = [process.execPath, program, '-f', ...args, folders.mountpoint];
    return run('unshare', ['-m', 'sh', '-c', script, 'sh', ...command], { env: folders.env });
  };
  /** No file can be made there. */
  const full = (folder: string): string => `mount -t tmpfs -o size=64k,nr_inodes=1,mode=700 none '${folder}'`;
  /** Files can be made there, but not a byte can be written. */
  const filled = (folder: string): string =>
    `mount -t tmpfs -o size=64k,mode=700 none '${folder}'; head -c 1m /dev/zero 2>/dev/null >'${folder}/filler' || true`;

  for (const which of ['data', 'cache', 'runtime'] as const)
    it(`a disk that is full where the ${which} folder is ends the start with 2 and says so`, async () => {
      const outcome = await started(full(folders[which]));
      assertRefused(outcome, { code: ExitCode.system, says: /disk is full/, hint: /no inode .* remove some files/ });
    });

  it('a disk that is full where the log is to be ends the start with 2 and says so', async () => {
    const log = join(folders.root, 'log');
    mkdirSync(log);
    const outcome = await started(full(log), ['--log-file', join(log, 'photos.log')]);
    assertRefused(outcome, { code: ExitCode.system, says: /disk is full/, hint: /no inode .* remove some files/ });
  });

  it('a disk without a free block where the data folder is ends the start with 2 and names the file', async () => {
    const outcome = await started(filled(folders.data));
    assertRefused(outcome, {
      code: ExitCode.system,
      says: /disk is full: \/\S*\/data\S* cannot be written/,
      hint: /Free some space/,
    });
  });

  it('a disk without a free block where the log is to be ends the start with 2 and names the log', async () => {
    const log = join(folders.root, 'log');
    mkdirSync(log);
    const outcome = await started(filled(log), ['--log-file', join(log, 'photos.log')]);
    assertRefused(outcome, {
      code: ExitCode.system,
      says: /disk is full: \S*\/photos\.log cannot be written/,
      hint: /Free some space/,
    });
  });

  for (const which of ['cache', 'runtime'] as const)
    it(`a disk without a free block where the ${which} folder is ends the start with 2, names the folder and its file system`, async () => {
      const outcome = await started(filled(folders[which]));
      assertRefused(outcome, {
        code: ExitCode.system,
        says: new RegExp(
          `disk is full: the ${which} folder ${folders[which]}\\S* cannot be written \\(the file system at ${folders[which]}\\)`,
        ),
        hint: /Free some space/,
      });
      assert.deepEqual(Object.keys(folderSnapshot(folders.data)), []);
    });

  it('a disk that is read-only under the home ends the start with 2 and says so', async () => {
    const folder = folders.data;
    const outcome = await started(`mount --bind '${folder}' '${folder}'; mount -o remount,bind,ro '${folder}'`);
    assertRefused(outcome, { code: ExitCode.system, says: /read-only/, hint: /GPHOTOS_DATA_DIR/ });
  });

  it('a disk with a folder that sudo left to root is told with the command that mends it', async () => {
    chmodSync(folders.root, 0o755);
    for (const folder of [
      folders.home,
      folders.config,
      folders.mountpoint,
      folders.cache,
      folders.runtime,
      folders.data,
    ])
      chownSync(folder, 65534, 65534);
    mkdirSync(join(folders.data, 'default'), { mode: 0o755 });
    const script = `mount -t tmpfs none /mnt && mknod /mnt/fuse c 10 229 && chmod 666 /mnt/fuse && mount --bind /mnt/fuse /dev/fuse && exec "$@"`;
    const command = ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups', process.execPath, program, '-f'];
    const args = ['-m', 'sh', '-c', script, 'sh', ...command, folders.mountpoint];
    const outcome = await run('unshare', args, { env: folders.env });
    assertRefused(outcome, {
      code: ExitCode.config,
      says: /belongs to root, as after a run with sudo/,
      hint: /sudo chown -R/,
    });
  });
});

describe('a folder that sudo left to root', { skip: process.getuid?.() !== 0 && 'needs root' }, () => {
  for (const which of ['data', 'cache', 'runtime'] as const)
    it(`and in which the ${which} folder is to be made is named, and the command that is told mends it`, async () => {
      chmodSync(folders.root, 0o755);
      const { home, config, mountpoint, cache, runtime, data } = folders;
      for (const folder of [home, config, mountpoint, cache, runtime, data]) chownSync(folder, 65534, 65534);
      chownSync(folders[which], 0, 0);
      const asNobody = ['--reuid=65534', '--regid=65534', '--clear-groups', process.execPath, program];
      const variable = `GPHOTOS_${which.toUpperCase()}_DIR`;
      const env = { ...folders.env, HOME: folders.root, [variable]: join(folders[which], 'inner') };
      // Refused for its root, once the folders are there.
      const args = ['-f', '--root', 'album:none', mountpoint];
      const start = `mount -t tmpfs none /mnt && mknod /mnt/fuse c 10 229 && chmod 666 /mnt/fuse && mount --bind /mnt/fuse /dev/fuse && exec "$@"`;
      const started = (): Promise<Outcome> =>
        run('unshare', ['-m', 'sh', '-c', start, 'sh', 'setpriv', ...asNobody, ...args], { env });
      const first = await started();
      assertRefused(first, {
        code: ExitCode.system,
        says: new RegExp(`${folders[which]}/inner\\S* may not be written by you: .* as after a run with sudo`),
        hint: new RegExp(`sudo chown -R "\\$USER" ${folders[which]}$`),
      });
      const command =
        first.stderr
          .trimEnd()
          .split('\n')
          .at(-1)
          ?.replace(/^.*sudo /, '') ?? '';
      assert.equal(spawnSync('sh', ['-c', command], { env: { ...process.env, USER: 'nobody' } }).status, 0);
      assert.match((await started()).stderr, /no album with this id/);
    });
});

describe('a file that sudo left to root', { skip: process.getuid?.() !== 0 && 'needs root' }, () => {
  for (const which of ['data/default/catalog.db', 'config/token.json'])
    it(`in the place of ${which} is named, with the command that mends it`, async () => {
      chmodSync(folders.root, 0o755);
      mkdirSync(join(folders.data, 'default'), { mode: 0o700 });
      const { home, config, mountpoint, cache, runtime, data } = folders;
      for (const folder of [home, config, mountpoint, cache, runtime, data, join(data, 'default')])
        chownSync(folder, 65534, 65534);
      writeFileSync(join(which.startsWith('data') ? data : config, which.replace(/^\w+\//, '')), '{}', { mode: 0o600 });
      const script = `mount -t tmpfs none /mnt && mknod /mnt/fuse c 10 229 && chmod 666 /mnt/fuse && mount --bind /mnt/fuse /dev/fuse && exec "$@"`;
      const command = ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups', process.execPath, program, '-f'];
      const outcome = await run('unshare', ['-m', 'sh', '-c', script, 'sh', ...command, mountpoint], {
        env: { ...folders.env, ...(which.startsWith('data') ? {} : { GPHOTOS_REFRESH_TOKEN: undefined }) },
      });
      assertRefused(outcome, {
        code: which.startsWith('data') ? ExitCode.catalog : ExitCode.config,
        says: new RegExp(`${which.replace('.', '\\.')}\\S* .*belongs to root, as after a run with sudo`),
        hint: /sudo chown "\$USER" /,
      });
    });
});
