import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { promisify } from 'node:util';
import type { EmulatedItem } from '../emulator/item.js';
import { startEmulator, type Emulator } from '../emulator/start-emulator.js';
import { withMount } from '../support/mounted.js';
import { makePrivateFolders } from '../support/private-folders.js';

const run = promisify(execFile);
const LIMIT = 128;
const PHOTOS = 150;
const VIDEOS = 10;
const VIDEO_BYTES = 3_000_000;

// Opens everything first and keeps it open, then 60 readers at once read it, whole and in jumps; prints the hash of each file.
const READERS = `
import hashlib,json,os,sys,threading
paths=sys.argv[1:]
failures,hashes=[],{}
def opened(path):
  try: return os.open(path,os.O_RDONLY)
  except OSError as error: failures.append('open %s: %s'%(path,error))
files=[(path,opened(path)) for path in paths]
left=iter(files*2)
lock=threading.Lock()
def read():
  while True:
    with lock: path,fd=next(left,(None,None))
    if path is None: return
    if fd is None: continue
    try:
      size=os.fstat(fd).st_size
      for at in range(0,size,max(1,size//5)): os.pread(fd,4096,at)
      hash=hashlib.sha256()
      at=0
      while at<size:
        piece=os.pread(fd,1<<17,at)
        if not piece: break
        hash.update(piece)
        at+=len(piece)
      hashes[path]=hash.hexdigest()
    except OSError as error: failures.append('read %s: %s'%(path,error))
threads=[threading.Thread(target=read) for _ in range(60)]
for thread in threads: thread.start()
for thread in threads: thread.join()
print(json.dumps({'failures':failures,'hashes':hashes}))
`;

interface Outcome {
  readonly failures: readonly string[];
  /** SHA-256 by path. */
  readonly hashes: Readonly<Record<string, string>>;
}

async function readAll(paths: readonly string[]): Promise<Outcome> {
  const { stdout } = await run('python3', ['-c', READERS, ...paths], { maxBuffer: 1 << 24, timeout: 120_000 });
  return JSON.parse(stdout) as Outcome;
}

describe('a mount that may have 128 files open', { skip: process.platform !== 'linux' }, () => {
  it('open-files: with 128 allowed, 160 files open at once give 60 readers right bytes, and all of them are cached', async () => {
    const emulator = await startEmulator({ switches: { range: 'honored' } });
    const folders = makePrivateFolders();
    try {
      const items = addItems(emulator);
      const paths = items.map(({ filename }) => join(folders.mountpoint, 'media/all', filename));
      const expected: Record<string, string> = {};
      for (const [index, { id }] of items.entries())
        expected[paths[index] ?? ''] = createHash('sha256')
          .update(await emulator.library.bytesOf(id))
          .digest('hex');
      for (const time of ['from Google', 'from the cache']) {
        await withMount({ emulator, folders, openFiles: LIMIT, until: 'measured' }, async (mounted) => {
          emulator.counters.reset();
          const { failures, hashes } = await readAll(paths);
          assert.deepEqual(failures, [], `${time}:\n${mounted.log()}`);
          assert.deepEqual(hashes, expected, time);
          assert.ok(readdirSync(`/proc/${mounted.pid}/fd`).length <= LIMIT);
          assert.doesNotMatch(mounted.log(), /EMFILE|too many|cache-unwritable/i);
          assert.deepEqual((await mounted.status()).errors, [], time);
        });
      }
      assert.equal(emulator.counters.requests({ route: /^media\./, method: 'GET' }), 0, 'all was cached');
    } finally {
      await emulator.close();
      folders.remove();
    }
  });
});

function addItems({ library }: Emulator): EmulatedItem[] {
  return [
    ...Array.from({ length: PHOTOS }, (_, index) => ({ filename: `p${index}.jpg`, size: 200_000 + index })),
    ...Array.from({ length: VIDEOS }, (_, index) => ({
      filename: `v${index}.mp4`,
      mimeType: 'video/mp4',
      size: VIDEO_BYTES + index,
    })),
  ].map((item) => library.add(item));
}
