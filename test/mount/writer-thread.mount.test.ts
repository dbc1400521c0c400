import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { readdir, readFile, stat, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { withDeadline } from '../support/deadline.js';
import { faultWhenAsked } from '../support/fault-when-asked.js';
import { makePrivateFolders } from '../support/private-folders.js';
import { deviceOf, withMount, type Mounted, type MountOptions } from '../support/mounted.js';
import { until } from '../support/until.js';

/** Far more than a call takes, far less than anything that waits for the thread. */
const ANSWER_MS = 3000;
const SEED = { items: 40, albums: 2 };

/** A mount whose writer thread runs `code` when `inject` is called. */
async function withInjection(
  code: string,
  options: Omit<MountOptions, 'folders' | 'env'>,
  /** `names` are those of `media/all` before. */
  body: (mounted: Mounted, inject: () => Promise<void>, names: readonly string[]) => Promise<void>,
): Promise<void> {
  const folders = makePrivateFolders();
  try {
    const { env, inject } = faultWhenAsked(folders, code, 'the worker');
    const done = join(folders.root, 'inject');
    const injectNow = async (): Promise<void> => {
      inject();
      await until('the thread runs the code', () => !existsSync(done));
    };
    await withMount({ emulator: { seed: SEED }, ...options, folders, env }, async (mounted) =>
      body(mounted, injectNow, await readdir(join(mounted.path, 'media/all'))),
    );
  } finally {
    folders.remove();
  }
}

/** Looks at every file by calls that the kernel has to pass on, and reads one that nobody read before. */
async function looksAlive({ path, emulator }: Mounted, names: readonly string[], read: number): Promise<void> {
  const quickly = <T>(what: string, work: Promise<T>): Promise<T> => withDeadline(work, ANSWER_MS, what);
  assert.ok(names.length > 30);
  assert.deepEqual(await quickly('listing media/all', readdir(join(path, 'media/all'))), names);
  for (const name of names) {
    const { size } = await quickly(`stat of ${name}`, stat(join(path, 'media/all', name)));
    assert.ok(size > 0);
  }
  for (const folder of ['media/by-year', 'album', '.gphotos'])
    await quickly(`listing ${folder}`, readdir(join(path, folder)));
  await quickly('statfs', statfs(path));
  const name = names[read] ?? '';
  const bytes = await quickly(`reading ${name}`, readFile(join(path, 'media/all', name)));
  const item = [...emulator.library.items()].find(({ filename }) => filename === name);
  assert.ok(item, `${name} is an item`);
  assert.ok(bytes.equals(await emulator.library.bytesOf(item.id)), `${name} has its bytes`);
}

describe('a mount whose writer thread does not answer', () => {
  it('a mount whose writer thread spins lists, stats and reads as ever, and ends in time', () =>
    withInjection('for (;;);', { until: 'measured' }, async (mounted, inject, names) => {
      await inject();
      await looksAlive(mounted, names, 0);
      const told = await withDeadline(mounted.status(), ANSWER_MS, 'status');
      assert.equal(told.catalog.items, SEED.items);
      assert.equal(await mounted.end(), 0);
      assert.equal(deviceOf(mounted.path), undefined);
    }));
});

describe('a mount whose writer thread ends', () => {
  for (const [what, code] of [
    ['exits', 'process.exit(5);'],
    ['throws outside of all tasks', "throw new Error('injected fault');"],
  ] as const) {
    it(`a mount whose writer thread ${what} answers, says what failed, and syncs again`, () =>
      withInjection(code, { until: 'measured', args: ['--poll-interval', '1s'] }, async (mounted, inject, names) => {
        const { emulator, untilStatus } = mounted;
        // Keeps the next sync from getting over it too soon to be seen.
        const fault = emulator.faults.add({
          match: { route: 'mediaItems.list' },
          times: Infinity,
          action: { type: 'reset' },
        });
        await inject();
        await untilStatus('the fault shows', ({ sync }) => sync.lastError?.code === 'sync-failed');
        await looksAlive(mounted, names, 2).finally(() => fault.remove());
        emulator.library.add({ filename: 'later.jpg' });
        const mended = await untilStatus(
          'it syncs again',
          ({ catalog, state }) => state === 'ready' && catalog.items === SEED.items + 1,
        );
        assert.equal(mended.sync.lastError, null);
      }));
  }
});
