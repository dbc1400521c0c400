import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { startEmulator } from '../emulator/start-emulator.js';
import { program } from '../support/mounted.js';
import { makePrivateFolders } from '../support/private-folders.js';
import { run } from '../support/run-program.js';

describe('a cache folder on a full disk', { skip: process.getuid?.() !== 0 && 'needs root' }, () => {
  it('a cache folder on a full disk that holds files lets the mount start: they are read, without a network too, and the log says what is wrong', async () => {
    const emulator = await startEmulator({ seed: { items: 3, albums: 0, videosEvery: 0 } });
    const folders = makePrivateFolders(emulator.env);
    try {
      const script = `set -e
        mount -t tmpfs -o size=32m,mode=700 none '${folders.cache}'
        gphotos() { '${process.execPath}' '${program}' "$@"; }
        photo() { cat '${folders.mountpoint}'/media/all/"$name" | sha256sum; }
        gphotos --cache-max-size 20M '${folders.mountpoint}'; gphotos sync --wait >&2
        name=$(ls '${folders.mountpoint}/media/all' | head -n 1); photo
        gphotos unmount '${folders.mountpoint}' >&2
        rm -rf '${folders.cache}'/*/trash; head -c 64m /dev/zero 2>/dev/null >'${folders.cache}/filler' || true
        export GPHOTOS_LIBRARY_URL=http://127.0.0.1:9 GPHOTOS_TOKEN_URL=http://127.0.0.1:9/token
        gphotos --cache-max-size 20M '${folders.mountpoint}'; photo
        gphotos unmount '${folders.mountpoint}' >&2
        cat '${folders.data}/default/daemon.log' >&2`;
      const outcome = await run('unshare', ['-m', 'sh', '-c', script], { env: folders.env, deadlineMs: 60_000 });
      assert.equal(outcome.code, 0, outcome.stderr);
      const [first, second] = outcome.stdout.split('\n').filter((line) => /^[0-9a-f]{64} /.test(line));
      assert.ok(first !== undefined && first === second, outcome.stdout);
      assert.doesNotMatch(first, /^e3b0c442/, 'the sum of nothing');
      assert.match(outcome.stderr, /warn .*disk is full: the cache folder \S+ cannot be written/);
    } finally {
      await emulator.close();
      folders.remove();
    }
  });
});
