import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { runProgram, withChildMount } from '../support/child-mount.js';

const PROBES = `
import errno, json, os, stat, sys
at = lambda name: os.path.join(sys.argv[1], name)
def writing():
  os.close(os.open(at('a.jpg'), os.O_WRONLY))
probes = {
  'create': lambda: os.open(at('new'), os.O_CREAT | os.O_WRONLY),
  'mknod': lambda: os.mknod(at('new'), stat.S_IFREG | 0o644),
  'link': lambda: os.link(at('../media/a.jpg'), at('new')),
  'mkdir': lambda: os.mkdir(at('new')),
  'symlink': lambda: os.symlink('a.jpg', at('new')),
  'rename': lambda: os.rename(at('a.jpg'), at('new')),
  'rename into': lambda: os.rename(at('../media/a.jpg'), at('new')),
  'rename to': lambda: os.rename(at('free.jpg'), at('new')),
  'unlink': lambda: os.unlink(at('a.jpg')),
  'rmdir': lambda: os.rmdir(at('sub')),
  'open for writing': writing,
  'truncate': lambda: os.truncate(at('a.jpg'), 0),
  'chmod': lambda: os.chmod(at('a.jpg'), 0o600),
  'chown': lambda: os.chown(at('a.jpg'), 0, 0),
  'utimens': lambda: os.utime(at('a.jpg')),
  'setxattr': lambda: os.setxattr(at('a.jpg'), 'user.x', b'1'),
  'removexattr': lambda: os.removexattr(at('a.jpg'), 'user.x'),
}
answers = {}
for name, probe in probes.items():
  try:
    probe()
    answers[name] = 'done'
  except OSError as error:
    answers[name] = errno.errorcode[error.errno]
print(json.dumps(answers))
`;

const ACCESS = `
import ctypes, errno, sys
libc = ctypes.CDLL(None, use_errno=True)
for path in sys.argv[1:]:
  result = libc.access(path.encode(), 2)
  print('allowed' if result == 0 else errno.errorcode[ctypes.get_errno()])
`;

describe('a call that would change something', () => {
  it('a call that would change something in a mount for writing is answered as the file system says of that change', async () => {
    await withChildMount({ fixture: 'changeable', readOnly: false }, async ({ path }, failure) => {
      assert.equal(failure, undefined);
      const answersIn = async (folder: string): Promise<Readonly<Record<string, string>>> => {
        const { code, stdout, stderr } = await runProgram('python3', ['-c', PROBES, `${path}/${folder}`]);
        assert.equal(code, 0, stderr);
        return JSON.parse(stdout) as Record<string, string>;
      };
      assert.deepEqual(await answersIn('album'), {
        ...{ create: 'EPERM', mknod: 'EPERM', link: 'EPERM', mkdir: 'EACCES', symlink: 'EAGAIN' },
        ...{ rename: 'ENODATA', 'rename into': 'EROFS', 'rename to': 'ENODATA' },
        ...{ unlink: 'ESTALE', rmdir: 'ESTALE', 'open for writing': 'ESTALE', truncate: 'ESTALE', chmod: 'ESTALE' },
        ...{ chown: 'ESTALE', utimens: 'ESTALE', setxattr: 'ESTALE', removexattr: 'ESTALE' },
      });
      for (const [call, answer] of Object.entries(await answersIn('media')))
        if (call !== 'rmdir') assert.equal(answer, 'EROFS', call);
      const paths = ['album/a.jpg', 'album', 'media/a.jpg', 'media', ''].map((name) => `${path}/${name}`);
      const access = await runProgram('python3', ['-c', ACCESS, ...paths]);
      assert.deepEqual(
        access.stdout.trim().split('\n'),
        ['ESTALE', 'ESTALE', 'EROFS', 'EROFS', 'EROFS'],
        access.stderr,
      );
    });
  });
});
