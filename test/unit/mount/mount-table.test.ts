import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { findMount, isOurs, parseDarwinMounts, parseMountInfo } from '../../../src/mount/mount-table.js';

describe('the mount table', () => {
  it('is read with optional fields, escapes and odd lines', () => {
    const table = parseMountInfo(
      [
        '22 27 0:21 / /proc rw,relatime - proc proc rw',
        '36 35 98:0 /mnt1 /a\\040b\\012c\\134d rw,noatime master:1 propagate_from:2 - ext4 /dev/root rw',
        '42 27 0:39 / /home/me/Фото ro,nosuid - fuse.gphotos-mount gphotos-mount ro,user_id=0',
        'nonsense',
        '',
      ].join('\n'),
    );
    assert.deepEqual(
      table.map(({ mountpoint, type, device }) => [mountpoint, type, device]),
      [
        ['/proc', 'proc', '0:21'],
        ['/a b\nc\\d', 'ext4', '98:0'],
        ['/home/me/Фото', 'fuse.gphotos-mount', '0:39'],
      ],
    );
    assert.deepEqual(table.map(isOurs), [false, false, true]);
  });

  it('gives the topmost of mounts on one path', () => {
    const table = parseMountInfo('1 0 0:1 / /x rw - tmpfs a rw\n2 1 0:2 / /x rw - tmpfs b rw\n');
    assert.equal(findMount(table, '/x')?.source, 'b');
    assert.equal(findMount(table, '/'), undefined);
  });

  it('is read from macOS, where ours are known by their source', () => {
    const table = parseDarwinMounts(
      [
        '/dev/disk3s1s1 on / (apfs, sealed, local, read-only, journaled)',
        'gphotos-mount on /Users/me/My Photos (old) (macfuse, nodev, nosuid, read-only, synchronized, mounted by me)',
        'sshfs@macfuse0 on /Users/me/remote (macfuse)',
      ].join('\n'),
    );
    assert.deepEqual(
      table.map((entry) => [entry.mountpoint, entry.type, isOurs(entry)]),
      [
        ['/', 'apfs', false],
        ['/Users/me/My Photos (old)', 'macfuse', true],
        ['/Users/me/remote', 'macfuse', false],
      ],
    );
  });
});
