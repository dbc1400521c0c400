import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { findMount, isFuse, isOurs, parseDarwinMounts, parseMountInfo } from '../../../src/mount/mount-table.js';

describe('the mount table', () => {
  it('the mount table is read with optional fields, escapes and odd lines', () => {
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
    assert.deepEqual(
      table.map((entry) => isOurs(entry)),
      [false, false, true],
    );
  });

  it('the mount table gives the topmost of mounts on one path', () => {
    const table = parseMountInfo('1 0 0:1 / /x rw - tmpfs a rw\n2 1 0:2 / /x rw - tmpfs b rw\n');
    assert.equal(findMount(table, '/x')?.source, 'b');
    assert.equal(findMount(table, '/'), undefined);
  });

  it('the mount table is read from macOS, where ours are known by their source', () => {
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

  it('the mount table is read from macOS with spaces, brackets and " on " in paths and names, and with decomposed letters', () => {
    const table = parseDarwinMounts(
      [
        'map auto_home on /System/Volumes/Data/home (autofs, automounted, nobrowse)',
        'gphotos-mount on /Users/ada/Photos on disk (2) (macfuse, local, nodev, nosuid, read-only, mounted by ada)',
        'fuse-t:/Photos on disk on /Users/ada/Photos on disk (nfs, nodev, nosuid, read-only, mounted by ada)',
        'gphotos-mount on /Users/ada/e\u0301te\u0301 (macfuse, nodev, nosuid, read-only, synchronous, mounted by ada)',
        'nonsense',
      ].join('\n'),
    );
    assert.deepEqual(
      table.map(({ source, mountpoint, type }) => [source, mountpoint, type]),
      [
        ['map auto_home', '/System/Volumes/Data/home', 'autofs'],
        ['gphotos-mount', '/Users/ada/Photos on disk (2)', 'macfuse'],
        ['fuse-t:/Photos on disk', '/Users/ada/Photos on disk', 'nfs'],
        ['gphotos-mount', '/Users/ada/e\u0301te\u0301', 'macfuse'],
      ],
    );
    assert.equal(findMount(table, '/Users/ada/\u00e9t\u00e9')?.type, 'macfuse');
    assert.equal(findMount(table, '/Users/ada/ete'), undefined);
  });

  it('the mount table tells a mount of FUSE-T as FUSE, as ours only where a lock names its path, and other NFS as neither', () => {
    const [fuseT, nfs] = parseDarwinMounts(
      [
        'fuse-t:/photos on /Users/ada/photos (nfs, nodev, nosuid, read-only, mounted by ada)',
        'server:/export on /Users/ada/share (nfs, nodev, nosuid, mounted by ada)',
      ].join('\n'),
    );
    assert.ok(fuseT !== undefined && nfs !== undefined);
    assert.deepEqual([isFuse(fuseT), isFuse(nfs)], [true, false]);
    assert.deepEqual([isOurs(fuseT), isOurs(nfs)], [false, false]);
    assert.equal(
      isOurs(fuseT, (path) => path === '/Users/ada/photos'),
      true,
    );
    assert.equal(
      isOurs(nfs, () => true),
      false,
    );
  });

  it('the mount table keeps composed and decomposed paths of Linux apart', () => {
    const table = parseMountInfo('1 0 0:1 / /e\u0301 rw - tmpfs a rw\n');
    assert.equal(findMount(table, '/\u00e9'), undefined);
  });
});
