import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { isPrivateBelow } from '../../../src/mount/mount-visibility.js';

const line = (path: string, tags: string, type = 'ext4'): string =>
  `36 35 98:0 / ${path} rw,noatime ${tags}- ${type} /dev/sda1 rw`;

describe('a mount point', () => {
  it('a mount point is private where the file system under it takes mounts from another namespace', () => {
    const service = [line('/', 'shared:61 master:1 '), line('/home/alice/photos', 'shared:70 ', 'fuse.gphotos-mount')];
    assert.equal(isPrivateBelow(service.join('\n'), '/home/alice/photos'), true);
    assert.equal(isPrivateBelow(line('/', 'shared:1 '), '/home/alice/photos'), false);
    assert.equal(isPrivateBelow(line('/', ''), '/home/alice/photos'), false, 'a system without propagation');
    assert.equal(isPrivateBelow('', '/home/alice/photos'), false);
  });

  it('a mount point is judged by the nearest file system, and of two on one folder by the upper one', () => {
    const table = [line('/', 'shared:1 '), line('/home', 'master:2 '), line('/home/my\\040photos', 'shared:3 ')];
    assert.equal(isPrivateBelow(table.join('\n'), '/home/alice'), true);
    assert.equal(isPrivateBelow(table.join('\n'), '/homework'), false);
    assert.equal(isPrivateBelow(table.join('\n'), '/home/my photos/here'), false);
    assert.equal(isPrivateBelow([...table, line('/home', 'shared:4 ')].join('\n'), '/home/alice'), false);
  });
});
