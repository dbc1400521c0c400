import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { open, readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { eventually, withDeadline } from '../support/deadline.js';
import { runProgram, withChildMount } from '../support/child-mount.js';
import { pattern, PATTERN_BYTES } from './fixtures/tree.js';

// Forty threads open the file at once, as often as asked.
const CROWDS = `
import os,sys,threading
def one(): os.close(os.open(sys.argv[1],os.O_RDONLY))
for _ in range(int(sys.argv[2])):
  readers=[threading.Thread(target=one) for _ in range(40)]
  for reader in readers: reader.start()
  for reader in readers: reader.join()
`;

describe('a mounted file system', () => {
  it('a mounted file system shows names, kinds, sizes, dates, inodes and bytes as they are', async () => {
    await withChildMount({ fixture: 'tree' }, async ({ path }) => {
      assert.deepEqual((await readdir(path)).sort(), ['album', 'described.jpg', 'empty.txt', 'hollow']);
      const file = join(path, 'album/Trip to Rome/colosseum.jpg');
      const { size, mtimeMs, mode, ino, blocks, blksize } = await stat(file);
      assert.deepEqual(
        { size, mtimeMs, mode, blocks, blksize },
        {
          size: PATTERN_BYTES,
          mtimeMs: Date.UTC(2024, 6, 19, 10, 30),
          mode: 0o100444,
          blocks: Math.ceil(PATTERN_BYTES / 512),
          blksize: 131_072,
        },
      );
      const listed = await runProgram('ls', ['-ai', join(path, 'album/Trip to Rome')]);
      assert.match(listed.stdout, new RegExp(`^ *${ino} colosseum.jpg$`, 'm'));
      assert.match(listed.stdout, /^ *\d+ \.\.$/m);
      assert.equal(
        createHash('sha256')
          .update(await readFile(file))
          .digest('hex'),
        createHash('sha256').update(pattern(PATTERN_BYTES)).digest('hex'),
      );
    });
  });

  it('a listing of a mounted file system says what is a folder, so that find asks about no file', async () => {
    await withChildMount({ fixture: 'flat' }, async (mount) => {
      const found = await runProgram('find', [mount.path, '-type', 'f']);
      assert.equal(found.stdout.split('\n').length - 1, 10_000);
      const { facts } = await mount.report();
      assert.ok(Number(facts['getattr']) < 10, String(facts['getattr']));
    });
  });

  it('a mounted file system shows a date before 1970 as the epoch', async () => {
    await withChildMount({ fixture: 'tree' }, async ({ path }) => {
      assert.equal((await stat(join(path, 'album/Trip to Rome/größe, "quoted".jpg'))).mtimeMs, 0);
    });
  });

  it('a mounted file system has a size, no free space, and the longest name of a Linux file system', async () => {
    await withChildMount({ fixture: 'tree' }, async ({ path }) => {
      const { stdout } = await runProgram('stat', ['-f', '-c', '%b %a %S %l', path]);
      const [blocks, free, block, name] = stdout.trim().split(' ').map(Number);
      assert.equal((blocks ?? 0) * (block ?? 0), Math.ceil((PATTERN_BYTES + 110) / 4096) * 4096);
      assert.deepEqual([free, name], [0, 255]);
    });
  });

  it('a mounted file system hands out attributes longer than any first guess of their size', async () => {
    await withChildMount({ fixture: 'tree' }, async ({ path }) => {
      const script = 'import os,sys; print({n: len(os.getxattr(sys.argv[1], n)) for n in os.listxattr(sys.argv[1])})';
      const { stdout } = await runProgram('python3', ['-c', script, join(path, 'described.jpg')]);
      assert.equal(stdout.trim(), "{'user.gphotos.id': 5, 'user.mime_type': 10, 'user.xdg.comment': 3000}");
    });
  });

  it('a mounted file system says that there are no access lists or labels, so that ls -l asks once and not for every file', async () => {
    await withChildMount({ fixture: 'flat' }, async (mount) => {
      await runProgram('ls', ['-l', mount.path]);
      const { facts } = await mount.report();
      assert.deepEqual(
        Object.keys(facts).filter((name) => name.startsWith('getxattr')),
        [],
      );
    });
  });
});

describe('a file system that fails', () => {
  it('a mounted file system that fails answers EIO to faults of the program, logs them with their place, and goes on', async () => {
    await withChildMount({ fixture: 'faulty' }, async (mount) => {
      const at = (name: string): string => join(mount.path, name);
      await assert.rejects(stat(at('throws')), { code: 'EIO' });
      await assert.rejects(stat(at('rejects')), { code: 'EIO' });
      await assert.rejects(readFile(at('broken')), { code: 'EIO' });
      await assert.rejects(readFile(at('longer')), { code: 'EIO' });
      assert.equal(await readFile(at('good'), 'utf8'), '0123456789');
      const text = mount.logs.map(({ level, message }) => `${level} ${message}`).join('\n');
      assert.match(text, /error getattr of "\/throws".*TypeError: a fault of ours\n.*at .*faulty/);
      assert.match(text, /error getattr of "\/rejects".*a late fault of ours/);
      assert.match(text, /error read of "\/broken".*bytes are gone/);
    });
  });

  it('a mounted file system that fails passes an error meant for the caller on without a log line', async () => {
    await withChildMount({ fixture: 'faulty' }, async (mount) => {
      await assert.rejects(stat(join(mount.path, 'busy')), { code: 'EAGAIN' });
      await assert.rejects(stat(join(mount.path, 'missing')), { code: 'ENOENT' });
      assert.deepEqual(mount.logs, []);
    });
  });

  it('a mounted file system answers the same from a promise as from a value', async () => {
    await withChildMount({ fixture: 'faulty' }, async (mount) => {
      assert.equal(await readFile(join(mount.path, 'later'), 'utf8'), '0123456789');
    });
  });

  it('a mounted file system lists the names that files can have, and logs those left out', async () => {
    await withChildMount({ fixture: 'faulty' }, async (mount) => {
      const listed = await runProgram('ls', ['-U1', join(mount.path, 'awkward')]);
      // The listing names them; asking about each then finds nothing.
      assert.deepEqual(listed.stdout.split('\n').filter(Boolean), ['good', 'y'.repeat(255)]);
      assert.equal(mount.logs.filter(({ message }) => message.startsWith('left out of')).length, 6);
    });
  });

  it('a mounted file system goes on answering others while a read waits', async () => {
    await withChildMount({ fixture: 'faulty' }, async (mount) => {
      const waiting = runProgram('cat', [join(mount.path, 'held')]);
      await eventually('the read has begun', async () => Number((await mount.report()).facts['opened']) === 1);
      assert.equal((await runProgram('cat', [join(mount.path, 'good')])).stdout, '0123456789');
      mount.tell('let go');
      assert.equal((await waiting).stdout, '0123456789');
    });
  });

  it('a mounted file system holds no more memory after 30 crowds of 40 readers than after the first, whose threads have all ended', async () => {
    await withChildMount({ fixture: 'crowded', deadlineMs: 60_000 }, async (mount) => {
      const crowds = async (times: number): Promise<number> => {
        const { code, stderr } = await runProgram('python3', ['-c', CROWDS, join(mount.path, 'file'), String(times)], {
          deadlineMs: 50_000,
        });
        assert.equal(code, 0, stderr);
        return Number((await mount.report()).facts['blocks']);
      };
      const before = await crowds(1);
      const after = await crowds(30);
      // Each thread that left its memory behind would add one.
      assert.ok(after - before < 100, `${before} blocks before, ${after} after`);
    });
  });

  it('a mounted file system releases a file once although closing it fails', async () => {
    await withChildMount({ fixture: 'faulty' }, async (mount) => {
      await readFile(join(mount.path, 'unclean'));
      await eventually('it is released', async () => (await mount.report()).facts['released'] === 1);
      assert.equal((await mount.report()).openFiles, 0);
      assert.match(mount.logs.map(({ message }) => message).join('\n'), /closing went wrong/);
    });
  });
});

describe('unmounting', () => {
  it('unmounting without lazy is refused while a file is open, and the mount stays', async () => {
    await withChildMount({ fixture: 'tree' }, async (mount) => {
      const file = await open(join(mount.path, 'described.jpg'));
      const failure = await mount.unmount(false);
      assert.match(failure?.message ?? '', /cannot be unmounted/);
      assert.equal(failure?.exitCode, 75);
      assert.equal((await file.read(Buffer.alloc(100), 0, 100, 0)).bytesRead, 100);
      await file.close();
      assert.equal(await mount.unmount(false), undefined);
      assert.deepEqual(await readdir(mount.path), []);
    });
  });

  it('unmounting takes the mount away lazily although files are open, and releases each', async () => {
    await withChildMount({ fixture: 'tree' }, async (mount) => {
      const files = await Promise.all(
        ['described.jpg', 'empty.txt', 'described.jpg'].map((name) => open(join(mount.path, name))),
      );
      assert.equal((await mount.report()).openFiles, 3);
      assert.equal(await mount.unmount(), undefined);
      const facts = await mount.closed();
      assert.deepEqual([facts['opened'], facts['released']], [3, 3]);
      assert.deepEqual(await readdir(mount.path), []);
      assert.equal(await mount.exited, 0);
      await Promise.all(files.map((file) => file.close().catch(() => undefined)));
    });
  });

  it('unmounting is noticed when another program does it, and the process may then end', async () => {
    await withChildMount({ fixture: 'tree' }, async (mount) => {
      await stat(join(mount.path, 'empty.txt'));
      assert.equal((await runProgram('umount', [mount.path])).code, 0);
      await withDeadline(mount.closed(), 5000, 'noticing');
      assert.match(mount.logs.map(({ message }) => message).join(), /unmounted from outside/);
      assert.equal(await mount.exited, 0);
    });
  });
});
