import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { open, readFile, readdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { openCatalogWriter } from '../../src/catalog/catalog-writer.js';
import type { MediaId } from '../../src/library/media-item.js';
import { treeNames } from '../../src/sync/tree-names.js';
import type { Emulator } from '../emulator/start-emulator.js';
import { outcome, run } from '../support/mounted-files.js';
import { until } from '../support/until.js';
import { withLibrary } from '../support/with-library.js';

const MEDIA = /^media\./;
const MIB = 2 ** 20;

/** Reads the file named first in random pieces beside the true bytes in the file named second. */
const COMPARE_RANDOM = `
import os,sys,random
mount,truth=(os.open(p,os.O_RDONLY) for p in sys.argv[1:3])
size=os.fstat(truth).st_size
assert os.fstat(mount).st_size==size
r=random.Random(int(sys.argv[3]))
for turn in range(300):
  at=r.randrange(size); n=r.choice([1,4096,65536,200000])
  assert os.pread(mount,n,at)==os.pread(truth,n,at),(at,n)
`;

function residentMiB(pid: number): number {
  const line = /^VmHWM:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
  return Number(line?.[1]) / 1024;
}

const codeOf = (error: unknown): string => (error as NodeJS.ErrnoException).code ?? '';

const frameAt = (file: string, seconds: number): Promise<string> =>
  run('ffmpeg', ['-v', 'error', '-ss', String(seconds), '-i', file, '-frames:v', '1', '-f', 'framemd5', '-']);

describe('programs that read through a mount', () => {
  for (const range of ['honored', 'ignored'] as const) {
    it(`ffmpeg seeks in a video with Range ${range}, and every random read beside it is right`, () =>
      withLibrary(
        (library) => library.add({ filename: 'film.mp4', mimeType: 'video/mp4', size: 40 * MIB }).id,
        ({ mount, library, folders, made }) =>
          mount({ until: 'measured' }, async ({ path }) => {
            const film = join(path, 'media/videos/film.mp4');
            const truth = join(folders.home, 'film.mp4');
            await writeFile(truth, await library.bytesOf(made));
            for (const second of [2, 0, 1]) assert.equal(await frameAt(film, second), await frameAt(truth, second));
            await run('python3', ['-c', COMPARE_RANDOM, film, truth, '7']);
            const hash = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');
            assert.equal(hash(await readFile(film)), hash(await readFile(truth)));
          }),
        { switches: { range } },
      ));
  }

  it('fio verifies what it wrote into the corpus, read at random by four jobs', () =>
    withLibrary(
      () => undefined,
      async ({ mount, folders, library }) => {
        const size = 8 * MIB;
        const job = (file: string, ...more: string[]): string[] => [
          '--name=verify',
          `--filename=${file}`,
          `--size=${size}`,
          '--bs=16k',
          '--rw=randread',
          '--verify=crc32c',
          '--verify_fatal=1',
          '--randseed=42',
          '--ioengine=psync',
          '--verify_state_save=0',
          ...more,
        ];
        const corpus = join(folders.home, 'corpus.jpg');
        await run('fio', job(corpus, '--rw=write', '--do_verify=0'));
        library.add({ filename: 'corpus.jpg', bytes: await readFile(corpus) });
        await mount({ until: 'measured' }, async ({ path }) => {
          const file = join(path, 'media/photos/corpus.jpg');
          await run('fio', job(file, '--rw=read', '--readonly', '--allow_file_create=0'), 120_000);
          const jobs = ['--readonly', '--allow_file_create=0', '--numjobs=4', '--group_reporting'];
          await run('fio', job(file, ...jobs), 120_000);
        });
      },
    ));

  it('32 parallel readers and an ls -l of 10,000 files stay under 256 MiB of resident memory', () =>
    withLibrary(
      (library, emulator) => {
        for (let index = 0; index < 8; index++) {
          library.add({ filename: `film${index}.mp4`, mimeType: 'video/mp4', size: 24 * MIB });
        }
        return emulator;
      },
      async ({ mount, emulator, folders }) => {
        await mount({}, () => Promise.resolve());
        tellSizes(emulator, join(folders.data, 'default', 'catalog.db'));
        await mount({ until: 'mounted' }, async ({ path, pid }) => {
          const all = join(path, 'media/all');
          const listed = run('ls', ['-l', all], 120_000);
          const photos = (await readdir(all)).filter((name) => name.endsWith('.jpg')).slice(0, 24 * 8);
          const readers = Array.from({ length: 32 }, (_, index) =>
            index < 8
              ? run('dd', [`if=${join(all, `film${index}.mp4`)}`, 'of=/dev/null', 'bs=1M', 'status=none'], 120_000)
              : run(
                  'cat',
                  photos.slice((index - 8) * 8, (index - 7) * 8).map((name) => join(all, name)),
                  120_000,
                ),
          );
          const [list] = await Promise.all([listed, ...readers]);
          assert.ok(list.split('\n').length > 10_000);
          console.log(`resident memory at most ${residentMiB(pid).toFixed(0)} MiB`);
          assert.ok(residentMiB(pid) < 256, `${residentMiB(pid).toFixed(0)} MiB`);
        });
      },
      { seed: { items: 11_000, albums: 0, videosEvery: 0 }, switches: { apiPerDay: 1e9, mediaPerDay: 1e9 } },
    ));

  it('few-calls: 200 photos read one after another cost at most 8 API calls', () =>
    withLibrary(
      (_library, emulator) => emulator,
      async ({ mount, emulator, folders }) => {
        await mount({}, () => Promise.resolve());
        tellSizes(emulator, join(folders.data, 'default', 'catalog.db'));
        // A start some time after the last listing: no address is at hand.
        const listing = emulator.faults.add({
          match: { route: /^mediaItems\.(?:list|search)/ },
          times: Infinity,
          action: { type: 'html', status: 503 },
        });
        await mount({ until: 'mounted' }, async ({ path }) => {
          const all = join(path, 'media/all');
          const names = (await readdir(all)).slice(0, 200);
          emulator.counters.reset();
          for (const name of names) await readFile(join(all, name));
          const fetched = emulator.counters.journal({ route: MEDIA, status: 200 }).map(({ mediaId }) => mediaId);
          assert.equal(new Set(fetched).size, fetched.length, 'no photo twice');
          assert.ok(
            fetched.length >= 200 && fetched.length <= 232,
            `${fetched.length} photos, with those fetched ahead`,
          );
          const calls = emulator.counters.requests({ route: /batchGet|mediaItems\.get/ });
          assert.ok(calls <= 8, `${calls} calls`);
        });
        listing.remove();
      },
      { seed: { items: 1000, albums: 0, videosEvery: 0 } },
    ));

  it('size-kernel: a file whose size was corrected cannot be opened until the kernel has the new size', () =>
    withLibrary(
      (library) => library.add({ filename: 'a.jpg', size: 200_000 }).id,
      ({ mount, library, made }) =>
        mount({ until: 'measured', args: ['--attr-timeout', '5s'] }, async ({ path }) => {
          const file = join(path, 'media/all/a.jpg');
          assert.equal((await stat(file)).size, 200_000);
          library.replaceBytes(made, { size: 150_000 });
          assert.equal(await outcome(open(file).then((handle) => handle.close())), 'EIO');
          const truth = await library.bytesOf(made);
          // Whatever comes before the timeout: the right bytes or an error, never the new bytes cut or padded.
          const read = await until(
            'it can be read again',
            async () => {
              const bytes = await readFile(file).catch(codeOf);
              if (typeof bytes === 'string') assert.equal(bytes, 'EIO');
              return Buffer.isBuffer(bytes) && bytes;
            },
            30_000,
          );
          assert.ok(read.equals(truth));
          assert.equal((await stat(file)).size, 150_000);
        }),
    ));

  it('changed-bytes: a file that changed without changing its length shows the new bytes only, also from the kernel’s pages', () =>
    withLibrary(
      (library) => library.add({ filename: 'a.jpg', size: 200_000 }).id,
      ({ mount, library, made }) =>
        mount({ until: 'measured', args: ['--attr-timeout', '1s', '--cache-max-age', '0s'] }, async ({ path }) => {
          const file = join(path, 'media/all/a.jpg');
          await readFile(file);
          library.replaceBytes(made, { size: 200_000 });
          const truth = await library.bytesOf(made);
          await until(
            'the new version is shown',
            async () => {
              const bytes = await readFile(file).catch(codeOf);
              return Buffer.isBuffer(bytes) && bytes.equals(truth);
            },
            30_000,
          );
        }),
    ));
});

/** Writes the true sizes into a catalog, as a background measuring of days would have. */
function tellSizes(emulator: Emulator, catalogFile: string): void {
  const writer = openCatalogWriter(catalogFile, { names: treeNames });
  writer.transaction(() => {
    writer.sizes.put(
      [...emulator.library.items()].map(({ id }) => ({ mediaId: id as MediaId, size: emulator.library.sizeOf(id) })),
    );
  });
  writer.close();
}
