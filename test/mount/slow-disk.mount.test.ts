import assert from 'node:assert/strict';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { openLedger } from '../../src/ledger/open-ledger.js';
import { askDaemon } from '../../src/daemon/control-client.js';
import { withMount } from '../support/mounted.js';
import { makePrivateFolders } from '../support/private-folders.js';
import { canPreload } from '../support/preload-shim.js';
import { slowSyncs } from '../support/slow-sync.js';

const SYNC_MS = 200;
const PINS = 500;

describe('a mount on a disk whose syncs take 200 ms', { skip: canPreload ? false : 'cc is needed' }, () => {
  it('stat and listings do not wait while 500 files are pinned, and each pin is on disk when it is answered', async () => {
    const folders = makePrivateFolders();
    try {
      const slow = slowSyncs(folders, SYNC_MS);
      const emulator = { seed: { items: PINS + 20, albums: 1 } };
      await withMount({ emulator, folders, env: slow.env }, async ({ path, end }) => {
        const names = (await readdir(join(path, 'media/all'))).slice(0, PINS);
        assert.equal(names.length, PINS);
        const socket = join(folders.runtime, 'default.sock');
        const done = new AbortController();
        slow.begin();
        const pinning = Promise.all(
          names.map(async (name) => {
            const reply = await askDaemon(
              socket,
              { command: 'cache', action: 'pin', path: `/media/all/${name}` },
              60_000,
            );
            assert.equal(reply?.ok, true);
          }),
        ).finally(() => done.abort());
        const times: number[] = [];
        for (let at = 0; !done.signal.aborted; at = (at + 1) % names.length) {
          const before = performance.now();
          await stat(join(path, 'media/photos', names[at] ?? '')).catch(() => undefined);
          await readdir(join(path, 'media/by-year'));
          times.push(performance.now() - before);
        }
        await pinning;
        const syncs = slow.counts();
        assert.equal(syncs.mainThread, 0, 'the thread that answers the kernel waited for the disk');
        assert.ok(syncs.otherThreads > 0, 'nothing was synced');
        times.sort((a, b) => a - b);
        const middle = times[Math.floor(times.length / 2)] ?? Infinity;
        assert.ok(middle < SYNC_MS, `a stat and a listing took ${middle} ms, as if they waited for a sync`);
        assert.equal(await end('SIGKILL'), null);
      });
      const ledger = openLedger(join(folders.data, 'default', 'ledger.db'));
      assert.equal(ledger.pins.list().length, PINS);
      ledger.close();
    } finally {
      folders.remove();
    }
  });
});
