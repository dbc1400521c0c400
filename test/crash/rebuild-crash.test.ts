import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { ExitCode } from '../../src/support/user-error.js';
import {
  assertSurvived,
  checkSound,
  damagedCopy,
  folder,
  makeCatalog,
  prepared,
  rowsIn,
} from '../model/damaged-catalog.js';
import type { RebuildOutcome } from './rebuild-child.js';

const CHILD = fileURLToPath(new URL('rebuild-child.js', import.meta.url));
const FILES = ['catalog.db', 'catalog.db-wal'];

/** Runs the child after a line of sh in the same process; undefined where it was killed. */
function run(file: string, args: readonly string[] = [], before = ':'): RebuildOutcome | undefined {
  const command = ['-c', `${before} && exec "$@"`, 'sh', process.execPath, CHILD, file, ...args];
  const { signal, stdout, stderr } = spawnSync('sh', command, { encoding: 'utf8', timeout: 60_000 });
  if (signal === 'SIGKILL') return undefined;
  assert.ok(stdout.startsWith('{'), stderr);
  return JSON.parse(stdout) as RebuildOutcome;
}

describe('the replacement of a damaged catalog that', () => {
  const whole = makeCatalog('whole', true);
  const before = rowsIn(makeCatalog('rows', false));
  const items = [...before.values()].filter(({ gone }) => gone === 0).length;
  const damaged = (name: string): string => damagedCopy(whole, name, (all) => all.fill(0xa5, 0, 100));
  const bytesOf = (file: string): string =>
    ['', '-wal'].map((suffix) => readFileSync(`${file}${suffix}`).toString('base64')).join();
  const old = bytesOf(damaged('old'));

  it('the replacement of a damaged catalog that is killed at any step loses no row, and the next start ends it', () => {
    const { calls = 0 } = run(damaged('counted')) ?? {};
    assert.ok(calls > 10, `${calls} steps`);
    for (let call = 1; call <= calls; call += 1) {
      const file = damaged('killed');
      const what = `killed at step ${call} of ${calls}`;
      assert.equal(run(file, ['kill', String(call)]), undefined, what);
      prepared(file);
      assertSurvived(file, before, 0, what);
      checkSound(file);
      assert.equal(bytesOf(`${file}.damaged`), old, what);
      const kept = ['catalog.db', 'catalog.db.damaged', 'catalog.db.damaged-wal'];
      assert.deepEqual(readdirSync(dirname(file)).sort(), kept, what);
    }
  });

  it('cannot read the old file says so, leaves it as it is, and the next start ends it', () => {
    const { calls = 0 } = run(damaged('counted'), ['fail', 'none']) ?? {};
    assert.ok(calls > 5, `${calls} reads`);
    for (let call = 1; call <= calls; call += 1) {
      const file = damaged('unreadable');
      const { refused } = run(file, ['fail', String(call)]) ?? {};
      assert.equal(refused?.exitCode, ExitCode.system, `read ${call} of ${calls}`);
      assert.match(refused.message, /catalog\.db .*EIO/);
      assert.match(refused.hint, /dmesg/);
      assert.equal(bytesOf(file), old);
      assert.deepEqual(readdirSync(dirname(file)).sort(), FILES);
      assert.equal(prepared(file)?.items, items);
    }
  });

  it('cannot write the new file says so, leaves the old one as it is, and the next start ends it', () => {
    // Files may not grow beyond so many blocks of 512 bytes: from the first page on, in the midst, and shortly before the end.
    for (const blocks of [0, 4, 70, 200, 400]) {
      const file = damaged('unwritable');
      const { refused } = run(file, [], `ulimit -f ${blocks}`) ?? {};
      assert.equal(refused?.exitCode, ExitCode.system, `${blocks} blocks`);
      assert.match(refused.message, /catalog\.db is damaged, and the disk fails while a new one is made of it/);
      assert.match(refused.hint, /dmesg.*is untouched/);
      assert.equal(bytesOf(file), old);
      assert.deepEqual(readdirSync(dirname(file)).sort(), FILES);
      assert.equal(prepared(file)?.items, items);
    }
  });

  it('the replacement of a damaged catalog that has no room for the new file says so, leaves the old one as it is, and ends once there is room', (test) => {
    const place = join(folder, 'small-disk');
    mkdirSync(place);
    const source = dirname(damaged('full'));
    const script = `set -e
      mount -t tmpfs -o size=8m none "$1"; cp "$2"/* "$1"
      head -c 16m /dev/zero >"$1/filler" 2>/dev/null || true; truncate -s "-$3" "$1/filler"
      "$4" "$5" "$1/catalog.db"; base64 -w0 "$1/catalog.db"; echo; base64 -w0 "$1/catalog.db-wal"; echo
      rm "$1/filler"; ls -x "$1"
      "$4" "$5" "$1/catalog.db"`;
    const own = ['-m', 'sh', '-c', script, 'sh', place, source];
    if (spawnSync('unshare', ['-m', 'true']).status !== 0) {
      test.skip('needs a mount namespace of its own');
      return;
    }
    for (const room of ['0', '8K', '40K', '100K', '200K']) {
      const { stdout, stderr } = spawnSync('unshare', [...own, room, process.execPath, CHILD], {
        encoding: 'utf8',
        maxBuffer: 64 << 20,
      });
      const [first = '', main, log, files, second = ''] = stdout.split('\n');
      assert.ok(second.startsWith('{'), `${room}: ${stderr}`);
      const { refused } = JSON.parse(first) as RebuildOutcome;
      assert.equal(refused?.exitCode, ExitCode.system, room);
      assert.match(refused.message, /catalog\.db is damaged, and its disk is too full for a new one/);
      assert.match(refused.hint, /^Free some \d+ MiB .*is untouched/);
      assert.equal(`${main ?? ''},${log ?? ''}`, old, room);
      assert.deepEqual(files?.split(/\s+/), FILES, room);
      assert.equal((JSON.parse(second) as RebuildOutcome).items, items, room);
    }
  });
});
