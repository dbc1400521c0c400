import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { describe, it } from 'node:test';
import { seededNumbers, SEED_NOTE, share } from '../support/chance.js';
import { itemNumbers, pickCommand } from '../support/picking.js';
import { withLibrary } from '../support/with-library.js';

const ITEMS = 300;
/** `npm test` plays a tenth. */
const KILLS = 50;
/** About as long as fetching takes. */
const LONGEST_MS = 4000;

describe('fetching what was picked that is interrupted', () => {
  it(
    `kill -9 at any moment of a session of ${ITEMS} items: whatever shows is whole, and at the end every item is there once (${SEED_NOTE})`,
    { timeout: 30 * 60_000 },
    () =>
      withLibrary(
        (library) => {
          for (let index = 0; index < ITEMS; index += 1)
            library.add({
              filename: `IMG_${index}.jpg`,
              creationTime: Date.UTC(2025, 0, 1, 0, index),
              size: 20_000 + index,
            });
        },
        async ({ emulator, folders, mount }) => {
          const random = seededNumbers();
          const numbers = itemNumbers(emulator);
          const begun = await pickCommand(folders, emulator, '--no-open', '--no-wait');
          assert.equal(begun.code, 0, begun.stderr);
          emulator.picking.done(emulator.picking.last.id, numbers);
          const wanted = new Map(
            await Promise.all(
              numbers.map(async (number) => {
                const { filename = '', id = '' } = emulator.library.itemAt(number) ?? {};
                return [filename, await emulator.library.bytesOf(id)] as const;
              }),
            ),
          );
          const assertWhole = async (path: string): Promise<number> => {
            const all = join(path, 'media/all');
            const names = await readdir(all);
            for (const name of names)
              assert.ok((await readFile(join(all, name))).equals(wanted.get(name) ?? assert.fail(name)), name);
            return names.length;
          };
          for (let kill = 0; kill < share(KILLS); kill += 1)
            await mount({ until: 'mounted' }, async (mounted) => {
              await pause(random(LONGEST_MS));
              await assertWhole(mounted.path);
              assert.equal(await mounted.end('SIGKILL'), null);
            });
          await mount({ until: 'mounted' }, async (mounted) => {
            await mounted.untilStatus('all show', ({ catalog }) => catalog.sources.picker === ITEMS, 120_000);
            assert.equal(await assertWhole(mounted.path), ITEMS);
          });
          const store = join(folders.data, 'default/picked');
          const files = readdirSync(store, { recursive: true, withFileTypes: true })
            .filter((entry) => entry.isFile() && !entry.name.startsWith('.'))
            .map(({ name }) => name);
          assert.equal(files.length, ITEMS);
          assert.ok(files.every((name) => !name.endsWith('.part')));
          // Twelve that were on their way at a kill, and 32 that were written and not kept, are fetched once more.
          const fetched = emulator.counters.requests({ route: 'media.picked', status: 200 });
          assert.ok(fetched <= ITEMS + share(KILLS) * 44, `${fetched} downloads`);
          assert.equal(emulator.counters.requests({ route: 'picker.sessions.delete', status: 200 }), 1);
        },
        { switches: { appSeesFrom: ITEMS, latencyMs: 60 } },
      ),
  );
});
