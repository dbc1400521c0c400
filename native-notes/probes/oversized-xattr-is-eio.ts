import { run, withServer } from './support/with-server.js';
import { differs, runProbe } from './support/run-probe.js';

await runProbe('an attribute larger than the buffer is EIO, unless answered with ERANGE', async () => {
  const script = `
import ctypes, errno, sys
libc = ctypes.CDLL(None, use_errno=True)
for name in (b'user.big', b'user.range'):
    libc.getxattr(sys.argv[1].encode(), name, ctypes.create_string_buffer(2), 2)
    print(errno.errorcode[ctypes.get_errno()])`;
  return withServer('xattr', async ({ path }) =>
    differs('the answers', (await run('python3', '-c', script, `${path}/a`)).output.trim().split('\n'), [
      'EIO',
      'ERANGE',
    ]),
  );
});
