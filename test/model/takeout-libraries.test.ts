import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { SEED, SEED_NOTE, seededNumbers, share } from '../support/chance.js';
import { LANGUAGES, type Language } from '../takeout/builder/languages.js';
import type { Library } from '../takeout/builder/library.js';
import { mergeTruths } from '../takeout/builder/merge-truths.js';
import { randomLibrary } from '../takeout/builder/random-library.js';
import type { Truth } from '../takeout/builder/truth.js';
import { writeExport, type ExportOptions, type WrittenExport } from '../takeout/builder/write-export.js';
import { withCatalogTree } from '../support/takeout-tree.js';
import { differencesFromTruth } from '../takeout/truth-check.js';
import { withIndexedProfile } from '../contract/takeout/indexed-export.js';
import { accountExports } from '../../src/takeout/indexing/export-accounts.js';
import { brokenSums, type ExportAccounts } from '../../src/takeout/matching/accounting.js';

type Random = (limit: number) => number;

/** A library of its own for each number, so that one can be played alone. */
const LIBRARIES = 500;

/** The low bits of the seeded numbers repeat soon. */
function randomOf(seed: number): Random {
  const numbers = seededNumbers(seed);
  return (limit) => Math.floor((numbers(2 ** 31) / 2 ** 31) * limit);
}

function oneOf<T>(random: Random, all: readonly [T, ...T[]]): T {
  return all[random(all.length)] ?? all[0];
}

function randomOptions(random: Random): Omit<ExportOptions, 'folder'> {
  const languages = Object.keys(LANGUAGES) as [Language, ...Language[]];
  const extracted = random(4) === 0;
  return {
    language: oneOf(random, languages),
    style: oneOf(random, ['new', 'old', 'uncut']),
    albumJson: oneOf(random, ['plain', 'wrapped', 'bare']),
    compression: oneOf(random, ['usual', 'stored', 'deflated', 'mixed']),
    archiveFolder: random(2) === 0,
    junk: random(2) === 0,
    decomposed: random(4) === 0,
    descriptors: random(4) === 0,
    zip64: random(8) === 0,
    parts: 1 + random(4),
    repeated: random(6),
    extracted,
    seed: 1 + random(1_000_000),
  };
}

async function play(seed: number): Promise<readonly string[]> {
  const random = randomOf(seed);
  // Which of two duplicates a file is, only its name and time tell.
  const hasDuplicates = random(2) === 0;
  const isSeveral = random(2) === 0;
  const rates = hasDuplicates && !isSeveral ? {} : { duplicates: 0 };
  const library = randomLibrary(random, 30 + random(40), { ...rates, untitled: 0.3 });
  let found: readonly string[] = [];
  await withIndexedProfile(async ({ folder, file, run }) => {
    let before: Inodes = new Map();
    const steps = isSeveral
      ? await severalExports(library, folder, random)
      : [await oneExport(library, folder, random)];
    for (const { written, truth } of steps) {
      const sums = await run(written, async ({ readHeads, catalog }) => {
        await readHeads();
        const exports = accountExports(catalog.takeoutParts.list(), catalog.takeoutReadings);
        const broken = exports.flatMap((one) => brokenSums(one.sums, one.entries));
        return [...broken, ...(exports.length === 1 ? wrongSums(exports[0]?.sums, truth) : [])];
      });
      found = sums;
      for (const options of [
        { showArchived: false },
        { showArchived: true, showTrashed: true },
        { showArchived: false, showLocked: true },
      ])
        found = [
          ...found,
          ...(await withCatalogTree(file, options, (tree) =>
            differencesFromTruth(tree, truth, {
              ...options,
              ...(hasDuplicates ? {} : { xattrs: (path) => tree.xattrs(path) }),
            }),
          )),
        ];
      const after = await inodesIn(file);
      found = [...found, ...movedNames(before, after, truth)];
      before = after;
      if (found.length > 0) return;
    }
  });
  return found;
}

/** By path: files with their SHA-256, albums with those of their files. */
type Inodes = ReadonlyMap<string, { readonly inode: number; readonly items: ReadonlySet<string> }>;

async function inodesIn(file: string): Promise<Inodes> {
  return withCatalogTree(file, { showArchived: true }, async (tree) => {
    const found = new Map<string, { inode: number; items: ReadonlySet<string> }>();
    for (const { path, sha256 } of await tree.files('media/all'))
      found.set(path, { inode: await tree.inode(path), items: new Set([sha256]) });
    for (const name of (await tree.names('album')) ?? []) {
      const path = `album/${name}`;
      const items = new Set((await tree.files(path)).map(({ sha256 }) => sha256));
      found.set(path, { inode: await tree.inode(path), items });
    }
    return found;
  });
}

/**
 * Names and inodes of albums and of certain items stay, whatever comes. Of two albums that turn out to be one the first stays: albums
 * have the greater inode the later they come.
 */
function movedNames(before: Inodes, after: Inodes, { items: all }: Truth): string[] {
  const unsure = new Set(all.filter((item) => item.unsure).map(({ sha256 }) => sha256));
  return [...before].flatMap(([path, { inode, items }]) => {
    const now = after.get(path)?.inode ?? 'none';
    const certain = [...items].filter((item) => !unsure.has(item));
    const isUnited =
      path.startsWith('album/') &&
      now === 'none' &&
      [...after].some(
        ([other, album]) => before.has(other) && album.inode < inode && certain.every((item) => album.items.has(item)),
      );
    if (now === inode || isUnited || (certain.length === 0 && !path.startsWith('album/'))) return [];
    return [`${path} had the inode ${inode}, and has ${now}`];
  });
}

/** What names decide must be counted exactly. */
function wrongSums(sums: ExportAccounts | undefined, { accounting }: Truth): string[] {
  const always = ['media', 'sidecars', 'albumFiles', 'otherJson', 'skipped', 'repeated', 'refused'] as const;
  const certain = ['items', 'copies', 'edited', 'moving', 'matched', 'memberships', 'orphans', 'without'] as const;
  return [...always, ...(accounting.unsure > 0 ? [] : certain)].flatMap((key) =>
    sums?.[key] === accounting[key] ? [] : [`${key}: ${sums?.[key] ?? 'none'}, not ${accounting[key]}`],
  );
}

interface Step {
  readonly written: readonly WrittenExport[];
  readonly truth: Truth;
}

async function oneExport(library: Library, folder: string, random: Random): Promise<Step> {
  const written = await writeExport(library, { folder, ...randomOptions(random) });
  return { written: [written], truth: written.truth };
}

/** Incremental exports, which a person adds in any order. */
async function severalExports(library: Library, folder: string, random: Random): Promise<Step[]> {
  const keys = library.photos.map(({ key }) => key);
  const exports: { readonly written: WrittenExport; readonly age: number }[] = [];
  for (let age = 0; age < 2 + random(2); age += 1) {
    const from = age === 0 ? 0 : random(keys.length);
    const only = new Set(keys.slice(from, from + 10 + random(keys.length)));
    const stamp = `2026${String(1 + age * 2).padStart(2, '0')}01T101112Z`;
    exports.push({ age, written: await writeExport(library, { folder, ...randomOptions(random), only, stamp }) });
  }
  const arriving = exports.map((one) => ({ one, at: random(1000) })).sort((a, b) => a.at - b.at);
  return arriving.map((_, index) => {
    const there = arriving.slice(0, index + 1).map(({ one }) => one);
    const byAge = [...there].sort((a, b) => a.age - b.age).map(({ written }) => written.truth);
    const written = there.map((one) => one.written);
    const truth = mergeTruths(
      byAge,
      written.map((one) => one.truth),
    );
    return { written, truth };
  });
}

describe('random libraries in random Takeout exports', () => {
  it(`are shown as they are: one export, or several that come in any order (${SEED_NOTE})`, async (test) => {
    const failed: string[] = [];
    const wanted = share(LIBRARIES);
    for (let index = 0; index < wanted; index += 1) {
      const seed = (SEED + index) % 2 ** 31;
      const found = await play(seed);
      if (found.length > 0) failed.push(`GPHOTOS_TEST_SEED=${seed}: ${found.slice(0, 5).join('\n  ')}`);
    }
    test.diagnostic(`${wanted} libraries from ${SEED_NOTE} on`);
    assert.deepEqual(failed, []);
  });
});
