import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { readdir, readFile, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { describe, it } from 'node:test';
import { gphotosMount } from '../support/run-program.js';
import { canPreload } from '../support/preload-shim.js';
import { slowReads } from '../support/slow-reads.js';
import { withLibrary } from '../support/with-library.js';
import { describeLibrary } from '../takeout/builder/library.js';
import { writeExport } from '../takeout/builder/write-export.js';
import { differencesFromTruth } from '../takeout/truth-check.js';

const READ_MS = 10;
const OWN_ITEMS = 30;
/** Entries of a part, half of them sidecars: so many reads of 10 ms would take 16 s. */
const ENTRIES = 1600;
/** What a call to the mount may take at most in the middle: it does not wait for a part. */
const CALL_MS = 250;

describe(
  'Takeout archives on a disk that takes 10 ms for a read',
  { skip: canPreload ? false : 'cc is needed' },
  () => {
    it('a part of 1,600 small entries takes few reads, none of them on the main thread, and meanwhile listings, stat and reads of other items do not wait', () =>
      withLibrary(
        (library) => {
          for (let index = 0; index < OWN_ITEMS; index += 1) library.add({ filename: `own-${index}.jpg` });
        },
        async ({ mount, folders, emulator }) => {
          const folder = join(folders.home, 'Downloads');
          mkdirSync(folder);
          const photos = Array.from({ length: ENTRIES / 2 }, (_, index) => ({
            ...{ title: `T_${index}.jpg`, takenMs: Date.UTC(2020, index % 12, 1, 0, index) },
          }));
          // Whole photos between two sidecars, as in a real export.
          const large = photos.slice(0, 60).map((photo) => ({ ...photo, title: `L_${photo.title}`, size: 200_000 }));
          const many = await writeExport(describeLibrary({ photos }), { folder });
          const wide = await writeExport(describeLibrary({ photos: large, seed: 2 }), {
            ...{ folder, stamp: '20260501T101112Z' },
          });
          const slow = slowReads(folders, READ_MS);
          await mount({ until: 'measured', env: slow.env }, async (mounted) => {
            const all = join(mounted.path, 'media/all');
            const own = (await readdir(all)).filter((name) => name.startsWith('own-'));
            assert.equal(own.length, OWN_ITEMS);
            for (const { parts, entries, most } of [
              // Windows of up to 1 MiB: of a part of 2 MB some ten for its directory, twice, and some for its sidecars.
              { ...many, entries: ENTRIES, most: ENTRIES / 16 },
              // One for each sidecar that lies alone between photos.
              { ...wide, entries: large.length * 2, most: large.length * 2 },
            ]) {
              const file = parts[0]?.file ?? '';
              slow.begin();
              const done = new AbortController();
              const adding = gphotosMount(['takeout', 'add', '--wait', file], {
                ...folders.env,
                ...emulator.env,
              }).finally(() => done.abort());
              const times: number[] = [];
              for (let at = 0; !done.signal.aborted; at = (at + 1) % own.length) {
                const before = performance.now();
                await readdir(join(mounted.path, 'media/by-year'));
                await stat(join(all, own[at] ?? ''));
                assert.ok((await readFile(join(all, own[at] ?? ''))).length > 0);
                times.push(performance.now() - before);
              }
              const { code, stdout, stderr } = await adding;
              assert.equal(code, 0, stdout + stderr);
              const reads = slow.counts();
              assert.equal(reads.mainThread, 0, 'the thread that answers the kernel read an archive');
              const count = reads.of(basename(file));
              // Heads of files are read afterwards, one read a photo: some may have begun.
              assert.ok(count > 0 && count <= most, `${count} reads for ${entries} entries`);
              times.sort((a, b) => a - b);
              const middle = times[Math.floor(times.length / 2)] ?? Infinity;
              assert.ok(middle < CALL_MS, `a listing, a stat and a read took ${middle} ms`);
            }
            for (const { truth } of [many, wide])
              assert.deepEqual(
                (await differencesFromTruth(mounted.path, truth, { hasOthers: true })).filter(
                  (difference) => !/^media\/by-year/.test(difference),
                ),
                [],
              );
          });
        },
      ));
  },
);
