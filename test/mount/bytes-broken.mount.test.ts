import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { openCatalogView } from '../../src/catalog/catalog-view.js';
import { openCatalogWriter } from '../../src/catalog/catalog-writer.js';
import { BLOCK_SIZE } from '../../src/content/block-map.js';
import { CacheFile } from '../../src/content/cache-file.js';
import { DescriptorPool } from '../../src/content/descriptor-pool.js';
import { cacheName } from '../../src/content/cache-files.js';
import type { MediaId } from '../../src/library/media-item.js';
import { treeNames } from '../../src/sync/tree-names.js';
import type { FaultAction } from '../emulator/faults.js';
import { readToEnd } from '../support/mounted-files.js';
import type { PrivateFolders } from '../support/private-folders.js';
import { gphotosMount, run } from '../support/run-program.js';
import { until } from '../support/until.js';
import { withLibrary } from '../support/with-library.js';

const SIZE = 300_440;
const CUT_AT = 100_000;
const FRESH = ['--attr-timeout', '0s'];
const MEDIA = /^media\./;

/** What the version before the mark of stated sizes left behind: a wrong size in the catalog, and a file cut short as a whole one in the cache. */
async function leaveCutFile(folders: PrivateFolders, id: string, bytes: Buffer): Promise<void> {
  const catalogFile = join(folders.data, 'default', 'catalog.db');
  const view = openCatalogView(catalogFile, { showArchived: false });
  const etag = view.cachedItem(id as MediaId)?.etag ?? undefined;
  view.close();
  const writer = openCatalogWriter(catalogFile, { names: treeNames });
  writer.transaction(() => {
    writer.sizes.put([{ mediaId: id as MediaId, size: CUT_AT, etag }]);
  });
  writer.close();
  const name = cacheName(id as MediaId);
  const folder = join(folders.cache, 'default', name.slice(0, 2));
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const paths = { data: join(folder, `${name}.data`), index: join(folder, `${name}.index`) };
  const file = await CacheFile.create(
    paths,
    { size: CUT_AT, etag, createdAt: Date.now(), isStated: false },
    new DescriptorPool(1),
  );
  await file.write(0, [bytes.subarray(0, BLOCK_SIZE), bytes.subarray(BLOCK_SIZE, CUT_AT)]);
  file.close();
}

describe('SEMANTICS: broken transfers, on a mount', () => {
  const cuts: readonly FaultAction[] = [
    { type: 'cut', afterBytes: CUT_AT },
    { type: 'cut', afterBytes: CUT_AT, end: 'chunks' },
    { type: 'endless' },
  ];
  for (const cut of cuts) {
    const how = cut.type === 'endless' ? 'never end' : 'end' in cut ? 'end early with an end mark' : 'close early';
    it(`size-statement: a photo whose downloads tell no length and ${how} is EIO, also after sync --full and a restart, and keeps its size`, () =>
      withLibrary(
        (library) => library.add({ filename: 'a.jpg', size: SIZE }).id,
        async ({ mount, library, made, emulator, folders }) => {
          const bytes = await library.bytesOf(made);
          const fault = emulator.faults.add({
            match: { route: MEDIA, method: 'GET', mediaId: made },
            times: Infinity,
            action: cut,
          });
          const tellTruth = async (path: string): Promise<void> => {
            const file = join(path, 'media/all/a.jpg');
            for (let time = 0; time < 2; time++) {
              const copied = await run('cp', [file, join(folders.data, 'copy')], {
                env: { ...process.env, LC_ALL: 'C' },
              });
              assert.notEqual(copied.code, 0, 'cp fails');
              assert.match(copied.stderr, /Input\/output error/);
              assert.equal(await readToEnd(file), 'EIO');
              assert.equal((await stat(file)).size, SIZE);
            }
          };
          await mount({ args: FRESH, until: 'measured' }, async ({ path }) => {
            await tellTruth(path);
            const synced = await gphotosMount(['sync', '--full', '--wait', path], { ...folders.env, ...emulator.env });
            assert.equal(synced.code, 0, synced.stderr);
            await tellTruth(path);
          });
          await mount({ args: FRESH }, async ({ path }) => {
            await tellTruth(path);
            fault.remove();
            const file = join(path, 'media/all/a.jpg');
            await until('the host is well again', async () => Buffer.isBuffer(await readToEnd(file)));
            assert.ok((await readFile(file)).equals(bytes));
          });
        },
      ));
  }

  it('size-heals: a size cut short by an earlier version, in the catalog and as a whole file in the cache, is mended by the first open', () =>
    withLibrary(
      (library) => library.add({ filename: 'a.jpg', size: SIZE }).id,
      async ({ mount, library, made, folders }) => {
        const bytes = await library.bytesOf(made);
        await mount({ args: FRESH, until: 'measured' }, () => Promise.resolve());
        await leaveCutFile(folders, made, bytes);
        await mount({ args: FRESH, until: 'mounted' }, async ({ path }) => {
          const file = join(path, 'media/all/a.jpg');
          assert.equal((await stat(file)).size, CUT_AT, 'the wrong size is what the catalog has');
          assert.equal(await readToEnd(file), 'EIO');
          await until('the size is mended', async () => (await stat(file)).size === SIZE);
          assert.ok((await readFile(file)).equals(bytes));
        });
        await mount({ args: FRESH, until: 'mounted' }, async ({ path }) => {
          assert.ok((await readFile(join(path, 'media/all/a.jpg'))).equals(bytes), 'it stays mended');
        });
      },
    ));

  const poisons: readonly (readonly [string, FaultAction])[] = [
    ['403', { type: 'html', status: 403 }],
    ['401', { type: 'html', status: 401 }],
    ['407', { type: 'html', status: 407 }],
    ['a reset', { type: 'reset' }],
    ['silence', { type: 'stall' }],
  ];
  for (const [what, action] of poisons) {
    it(`bad-item: ${what} for the newest photo leaves measuring and reading of all others as they are`, () =>
      withLibrary(
        (library, emulator) => {
          for (let index = 0; index < 100; index++)
            library.add({ filename: `${index}.jpg`, size: 20_000, creationTime: '2024-01-01T12:00:00Z' });
          const newest = library.add({ filename: 'bad.jpg', creationTime: '2024-05-05T12:00:00Z' }).id;
          emulator.faults.poison(newest, action);
        },
        ({ mount }) =>
          mount({ args: FRESH }, async ({ path, untilStatus }) => {
            await untilStatus('all other sizes are measured', ({ catalog }) => catalog.unmeasured === 1, 30_000);
            const looked = readToEnd(join(path, 'media/all/bad.jpg'));
            for (let index = 0; index < 100; index += 20)
              assert.equal((await readFile(join(path, `media/all/${index}.jpg`))).length, 20_000);
            assert.match(String(await looked), /^(?:EIO|EAGAIN)$/);
            for (let index = 10; index < 100; index += 20)
              assert.equal((await readFile(join(path, `media/all/${index}.jpg`))).length, 20_000);
          }),
      ));
  }
});
