import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { MountEntry } from '../../../src/mount/mount-table.js';
import { detachPath, unmountPath, type UnmountDeps } from '../../../src/mount/unmount-path.js';
import { ExitCode, UserError } from '../../../src/support/user-error.js';

const PATH = '/nowhere at all/-x';

/** A system where the mount goes when `works` says so of a command. */
function system(
  works: (command: string) => boolean,
  platform: NodeJS.Platform = 'linux',
): { deps: UnmountDeps; commands: string[][] } {
  const commands: string[][] = [];
  const entry: MountEntry = { mountpoint: PATH, type: 'fuse.gphotos-mount', source: 'gphotos-mount', device: '0:39' };
  let table = [entry];
  let now = 0;
  return {
    commands,
    deps: {
      platform,
      clock: {
        now: () => now,
        sleep: (ms) => {
          now += ms;
          return Promise.resolve();
        },
      },
      readTable: () => Promise.resolve(table),
      run: (program, args) => {
        commands.push([program, ...args]);
        if (!works([program, ...args].join(' '))) return Promise.resolve('target is busy');
        table = [];
        return Promise.resolve(undefined);
      },
    },
  };
}

describe('unmounting a path', () => {
  it('unmounting a path asks the first program that works, with the path behind a double hyphen', async () => {
    const { deps, commands } = system((command) => command.startsWith('fusermount '));
    await unmountPath(PATH, {}, deps);
    assert.deepEqual(commands, [
      ['fusermount3', '-u', '--', PATH],
      ['fusermount', '-u', '--', PATH],
    ]);
  });

  it('unmounting a path tries again for a moment, then says that the mount is in use', async () => {
    const { deps, commands } = system(() => false);
    await assert.rejects(unmountPath(PATH, {}, deps), (error: unknown) => {
      assert.ok(error instanceof UserError);
      assert.equal(error.exitCode, ExitCode.busy);
      assert.match(error.message, /target is busy/);
      return true;
    });
    assert.ok(commands.length > 3);
    assert.ok(commands.every((command) => !command.includes('-z') && !command.includes('-l')));
  });

  it('unmounting a path with lazy uses force last', async () => {
    const { deps, commands } = system((command) => command.includes(' -l '));
    await unmountPath(PATH, { lazy: true }, deps);
    assert.deepEqual(commands.at(-1), ['umount', '-c', '-l', '--', PATH]);
    assert.equal(commands.filter((command) => command.includes('-z')).length, 2);
  });

  it('unmounting a path on a Mac asks umount, then diskutil without force, which tells the Finder', async () => {
    const { deps, commands } = system((command) => command.startsWith('/usr/sbin/diskutil'), 'darwin');
    await unmountPath(PATH, {}, deps);
    assert.deepEqual(commands, [
      ['/sbin/umount', '--', PATH],
      ['/usr/sbin/diskutil', 'unmount', PATH],
    ]);
  });

  it('unmounting a path on a Mac uses force last where that is wanted, and names lsof where it is not', async () => {
    const { deps, commands } = system((command) => command.includes('unmount force'), 'darwin');
    await unmountPath(PATH, { lazy: true }, deps);
    assert.deepEqual(commands.at(-1), ['/usr/sbin/diskutil', 'unmount', 'force', PATH]);
    const busy = system(() => false, 'darwin');
    await assert.rejects(unmountPath(PATH, {}, busy.deps), (error: unknown) => {
      assert.ok(error instanceof UserError);
      assert.match(error.hint, /lsof \+f -- '\/nowhere at all\/-x'/);
      return true;
    });
    assert.ok(busy.commands.every((command) => !command.includes('force') && !command.includes('-f')));
  });

  it('unmounting a path of FUSE-T at once is done only where the path is known as ours', async () => {
    const entry: MountEntry = { mountpoint: PATH, type: 'nfs', source: 'fuse-t:/-x', device: '' };
    const { deps, commands } = system(() => false, 'darwin');
    const readTable = (): Promise<MountEntry[]> => Promise.resolve([entry]);
    await detachPath(PATH, { ...deps, readTable });
    assert.deepEqual(commands, []);
    await detachPath(PATH, { ...deps, readTable, isOurPath: (path) => path === PATH });
    assert.deepEqual(commands[0], ['/usr/sbin/diskutil', 'unmount', 'force', PATH]);
  });

  it('unmounting a path that has to go at once begins with force, and leaves the mounts of others alone', async () => {
    const { deps, commands } = system((command) => command.startsWith('fusermount '));
    await detachPath(PATH, deps);
    assert.deepEqual(commands, [
      ['fusermount3', '-u', '-z', '--', PATH],
      ['fusermount', '-u', '-z', '--', PATH],
    ]);
    const foreign = system(() => true);
    const entry: MountEntry = { mountpoint: PATH, type: 'fuse.sshfs', source: 'host:', device: '0:40' };
    await detachPath(PATH, { ...foreign.deps, readTable: () => Promise.resolve([entry]) });
    assert.deepEqual(foreign.commands, []);
  });

  it('unmounting a path runs nothing where there is no mount', async () => {
    const { deps, commands } = system(() => true);
    await unmountPath('/elsewhere', {}, deps);
    assert.deepEqual(commands, []);
  });
});
