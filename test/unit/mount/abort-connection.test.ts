import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { abortConnection, type AbortDeps } from '../../../src/mount/abort-connection.js';
import type { MountEntry } from '../../../src/mount/mount-table.js';

const OURS: MountEntry = { mountpoint: '/m', type: 'fuse.gphotos-mount', source: 'gphotos-mount', device: '0:52' };

function deps(table: MountEntry[], userId = 1000, canWrite = true): { deps: AbortDeps; done: string[] } {
  const done: string[] = [];
  return {
    done,
    deps: {
      platform: 'linux',
      userId,
      readTable: () => Promise.resolve(table),
      write: (file, text) => {
        done.push(`${text} > ${file}`);
        return canWrite ? Promise.resolve() : Promise.reject(new Error('ENOENT'));
      },
      run: (program, args) => {
        done.push([program, ...args].join(' '));
        table.splice(0);
        return Promise.resolve(undefined);
      },
    },
  };
}

describe('ending the connection of a mount', () => {
  it('ending the connection of a mount writes to the abort file that the mount table names, and to no other', async () => {
    const other = { ...OURS, mountpoint: '/other', device: '0:53' };
    const { deps: made, done } = deps([OURS, other]);
    assert.equal(await abortConnection('/m', made), true);
    assert.deepEqual(done, ['1 > /sys/fs/fuse/connections/52/abort']);
  });

  it('ending the connection of a mount touches no mount of another program, and nothing where no mount is', async () => {
    const { deps: made, done } = deps([{ ...OURS, type: 'fuse.sshfs', source: 'host:' }]);
    assert.equal(await abortConnection('/m', made), false);
    assert.equal(await abortConnection('/elsewhere', made), false);
    assert.deepEqual(done, []);
  });

  it('ending the connection of a mount forces an unmount as root where the control files are not there', async () => {
    const { deps: made, done } = deps([OURS], 0, false);
    assert.equal(await abortConnection('/m', made), true);
    assert.deepEqual(done.slice(1), ['umount -f -l -c -- /m']);
  });

  it('ending the connection of a mount says that it could not where an ordinary user has no control files', async () => {
    const { deps: made, done } = deps([OURS], 1000, false);
    assert.equal(await abortConnection('/m', made), false);
    assert.equal(done.length, 1);
  });
});
