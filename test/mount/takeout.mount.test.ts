import assert from 'node:assert/strict';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { SEED, SEED_NOTE, seededNumbers, share } from '../support/chance.js';
import type { MountedDaemon } from '../support/mounted.js';
import { treeOf, xattrsBelow } from '../support/mounted-files.js';
import { fingerprint, untilRead, withTakeouts, type TakeoutStage } from '../support/takeout-mount.js';

import type { Library } from '../takeout/builder/library.js';
import { mergeTruths } from '../takeout/builder/merge-truths.js';
import { randomLibrary, type Rates } from '../takeout/builder/random-library.js';
import type { Accounting, Truth } from '../takeout/builder/truth.js';
import { writeExport, type ExportOptions } from '../takeout/builder/write-export.js';
import { differencesFromTruth, type TruthCheckOptions } from '../takeout/truth-check.js';

/** Times come from sidecars: those within pictures are read later, in the background. */
const RATES = { withoutSidecar: 0, withoutTime: 0 };

type Variant = Omit<ExportOptions, 'folder'> & { readonly title: string };
const VARIANTS: readonly Variant[] = [
  { title: 'one part, English' },
  { title: 'old sidecars, German', style: 'old', language: 'de', parts: 3, repeated: 4 },
  { title: 'uncut sidecars, French', style: 'uncut', language: 'fr', parts: 2, compression: 'deflated' },
  { title: 'Japanese, mixed compression', language: 'ja', parts: 2, compression: 'mixed', group: 3 },
  { title: 'Thai words that no list has', language: 'th', style: 'old', parts: 2, descriptors: true },
  { title: 'Hungarian, zip64', language: 'hu', zip64: true, parts: 3, albumJson: 'wrapped' },
  { title: 'Spanish, decomposed names', language: 'es', decomposed: true, archiveFolder: true, parts: 2 },
  { title: 'Italian, extracted', language: 'it', extracted: true },
  { title: 'extracted and decomposed, old sidecars', extracted: true, decomposed: true, style: 'old' },
  { title: 'stored only, bare album files', compression: 'stored', albumJson: 'bare', archiveFolder: true },
];

function libraryOf(seed: number, size = 60, rates: Partial<Rates> = {}): Library {
  return randomLibrary(seededNumbers(seed), size, { ...RATES, ...rates });
}

/** As {@link TruthCheckOptions.xattrs} wants them, of the folders that are compared. */
async function xattrsIn({ path }: MountedDaemon): Promise<(file: string) => Promise<Record<string, string>>> {
  const known = await Promise.all(['media/all', 'feature'].map((folder) => xattrsBelow(join(path, folder))));
  const all = new Map(known.flatMap((some) => [...some]));
  return (file) =>
    Promise.resolve(
      Object.fromEntries(
        Object.entries(all.get(file) ?? {}).map(([name, value]) => [name.replace(/^user\.gphotos\./, ''), value]),
      ),
    );
}

async function assertTruth(mounted: MountedDaemon, truth: Truth, options: TruthCheckOptions = {}): Promise<void> {
  assert.deepEqual(await differencesFromTruth(mounted.path, truth, options), []);
}

interface Checked {
  readonly exports: readonly {
    readonly name: string;
    readonly sums: Accounting;
    readonly entries: number;
    readonly broken: readonly string[];
    readonly missingParts: readonly number[];
  }[];
}

async function checked({ takeout }: TakeoutStage, code = 0): Promise<Checked> {
  const check = await takeout('check', '--json');
  assert.equal(check.code, code, check.stdout + check.stderr);
  return JSON.parse(check.stdout) as Checked;
}

/** What names decide must be counted exactly. */
function assertAccounts(seen: Checked['exports'][number] | undefined, { accounting }: Truth): void {
  assert.ok(seen);
  assert.deepEqual(seen.broken, []);
  assert.equal(seen.entries, accounting.entries);
  const exact = ['media', 'sidecars', 'albumFiles', 'otherJson', 'skipped', 'repeated', 'refused'] as const;
  for (const key of exact) assert.equal(seen.sums[key], accounting[key], key);
  if (accounting.unsure > 0) return;
  for (const key of ['items', 'copies', 'edited', 'moving', 'matched', 'memberships', 'orphans', 'without'] as const)
    assert.equal(seen.sums[key], accounting[key], key);
}

describe('a mount of Takeout exports without an account', () => {
  const isLong = share(VARIANTS.length) === VARIANTS.length;
  const variants = isLong ? VARIANTS : [...VARIANTS.slice(-2), ...VARIANTS.slice(0, 1)];
  for (const [index, { title, ...options }] of variants.entries())
    it(`two commands from nothing show a random library as it is, and nothing is written beside it: ${title} (${SEED_NOTE})`, () =>
      withTakeouts(async (stage) => {
        const { downloads: folder, add, mount } = stage;
        // Which of two duplicates a file is, only its name and time tell.
        const hasDuplicates = index % 2 === 1;
        const rates = hasDuplicates ? {} : { duplicates: 0 };
        const { parts, truth, name } = await writeExport(libraryOf(SEED + index, 60, rates), { folder, ...options });
        const before = fingerprint(folder);
        await add(...parts.map(({ file }) => file).slice(0, options.extracted === true ? 1 : undefined));
        await mount({}, async (mounted) => {
          const { state, signIn, emptyBecause, takeout, errors } = await untilRead(mounted);
          assert.deepEqual([state, signIn.state, emptyBecause, errors], ['ready', 'none', null, []]);
          const [seen, second] = takeout.exports;
          assert.equal(second, undefined);
          assert.equal(seen?.name, name);
          assert.deepEqual(seen.missingParts, []);
          assert.ok(seen.parts.every(({ state, error }) => state === 'ready' && error === null));
          assert.equal(
            seen.parts.reduce((sum, { entries }) => sum + entries, 0),
            truth.accounting.entries,
          );
          await assertTruth(mounted, truth, hasDuplicates ? {} : { xattrs: await xattrsIn(mounted) });
          assertAccounts((await checked(stage)).exports[0], truth);
        });
        assert.deepEqual(fingerprint(folder), before);
        await mount({ args: ['--show-trashed', '--show-archived'] }, async (mounted) => {
          await untilRead(mounted);
          await assertTruth(mounted, truth, { showTrashed: true, showArchived: true });
        });
        await mount({ args: ['--show-locked'] }, async (mounted) => {
          await untilRead(mounted);
          await assertTruth(mounted, truth, { showLocked: true });
        });
      }));

  it(`incremental exports in other languages and styles are one library, in whatever order they are added (${SEED_NOTE})`, () =>
    withTakeouts(async (stage) => {
      const { downloads: folder, takeout, add, mount } = stage;
      // Alone in an export, a duplicate of a photograph of another export is that photograph.
      const library = libraryOf(SEED + 100, 80, { duplicates: 0, untitled: 0.5 });
      const all = library.photos.map(({ key }) => key);
      const first = await writeExport(library, { folder, only: new Set(all.slice(0, 50)), parts: 2, style: 'old' });
      const second = await writeExport(library, {
        ...{ folder, only: new Set(all.slice(40, 70)), language: 'de', stamp: '20260501T101112Z' },
      });
      const third = await writeExport(library, {
        ...{ folder, only: new Set(all.slice(60)), extracted: true, stamp: '20260701T101112Z' },
      });
      const files = (one: typeof first): string[] => one.parts.map(({ file }) => file);
      const truth = mergeTruths([first.truth, second.truth, third.truth]);
      await add('--wait', ...files(second));
      await mount({}, async (mounted) => {
        await assertTruth(mounted, second.truth);
        const added = await takeout('add', '--wait', ...files(first));
        assert.equal(added.code, 0, added.stderr);
        assert.equal((await mounted.status()).takeout.reading, null);
        await assertTruth(mounted, mergeTruths([first.truth, second.truth]));
        await add(...files(third));
        await untilRead(mounted);
        await assertTruth(mounted, truth, { xattrs: await xattrsIn(mounted) });
        for (const { broken } of (await checked(stage)).exports) assert.deepEqual(broken, []);
      });
    }));

  it('takeout.reading is never null between the return of takeout add and the end of reading, on a running mount and across a restart', () =>
    withTakeouts(async ({ downloads: folder, add, mount }) => {
      const { parts, truth } = await writeExport(libraryOf(SEED + 7, 150), { folder, parts: 4 });
      const [one, two, three, four] = parts.map(({ file }) => file) as [string, string, string, string];
      const { items, unsure } = truth.accounting;
      const untilAll = async (mounted: MountedDaemon, wanted: number): Promise<void> => {
        for (;;) {
          const { takeout } = await mounted.status();
          const entries = takeout.exports.flatMap((of) => of.parts).filter(({ state }) => state === 'ready').length;
          if (takeout.reading === null) {
            assert.equal(entries, wanted, JSON.stringify(takeout));
            return;
          }
          assert.ok(takeout.reading.done <= takeout.reading.total);
        }
      };
      await add(one);
      await mount({}, async (mounted) => {
        await untilAll(mounted, 1);
        await add(two);
        await untilAll(mounted, 2);
        await add(three);
        await add(four);
        await mounted.end();
      });
      await mount({}, async (mounted) => {
        await untilAll(mounted, 4);
        // A name is given once, perhaps before the sidecar came that tells the title.
        const differences = await differencesFromTruth(mounted.path, truth);
        assert.deepEqual(
          differences.filter((one) => !/ is named /.test(one)),
          [],
        );
        if (unsure === 0) assert.equal((await mounted.status()).takeout.exports[0]?.items, items);
      });
    }));

  it('takeout remove takes the items out of a mount, and adding the export again brings names and inodes back', () =>
    withTakeouts(async ({ downloads: folder, takeout, add, mount }) => {
      const library = libraryOf(SEED + 11, 60, { duplicates: 0 });
      const half = library.photos.map(({ key }) => key).slice(0, 30);
      const old = await writeExport(library, { folder, only: new Set(half), parts: 2 });
      const fresh = await writeExport(library, { folder, parts: 2, stamp: '20260501T101112Z' });
      await add('--wait', ...[...old.parts, ...fresh.parts].map(({ file }) => file));
      await mount({}, async (mounted) => {
        const { path } = mounted;
        const before = await inodesOf(path);
        const removed = await takeout('remove', fresh.name);
        assert.equal(removed.code, 0, removed.stderr);
        await untilRead(mounted);
        await assertTruth(mounted, old.truth);
        await add('--wait', ...fresh.parts.map(({ file }) => file));
        assert.deepEqual(await inodesOf(path), before);
        await assertTruth(mounted, mergeTruths([old.truth, fresh.truth]));
        for (const { name } of [old, fresh]) assert.equal((await takeout('remove', name)).code, 0);
        await untilRead(mounted);
        assert.deepEqual(await inodesOf(path), []);
      });
      await add('--wait', ...[...old.parts, ...fresh.parts].map(({ file }) => file));
      await mount({}, async (mounted) => {
        await untilRead(mounted);
        await assertTruth(mounted, mergeTruths([old.truth, fresh.truth]));
      });
    }));
});

async function inodesOf(path: string): Promise<string[]> {
  // Folders of cameras fill in the background.
  const files = (await treeOf(path)).filter((name) =>
    /^(?:media\/(?!by-camera)|album|feature|people).*[^/]$/.test(name),
  );
  return Promise.all(files.map(async (name) => `${name} ${(await stat(join(path, name))).ino}`));
}
