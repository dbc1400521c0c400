import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { accountEntries, brokenSums } from '../../../src/takeout/matching/accounting.js';
import type { EntryOutcome } from '../../../src/takeout/matching/accounting.js';
import { matchFolder } from '../../../src/takeout/matching/match-folder.js';
import type { MediaMatch } from '../../../src/takeout/matching/match-folder.js';
import { findMemberships } from '../../../src/takeout/matching/membership.js';
import { partitionTwins } from '../../../src/takeout/matching/partition-twins.js';
import type { TwinFile } from '../../../src/takeout/matching/twin-groups.js';
import { SEED, SEED_NOTE, share } from '../../support/chance.js';
import { chance, makePhotographs, writeFolder } from './made-folder.js';
import type { MadeFolder, Photograph, Random, SidecarStyle } from './made-folder.js';

interface Original extends TwinFile {
  readonly photograph: Photograph;
}

interface ReadFolder {
  readonly made: MadeFolder;
  readonly matches: ReadonlyMap<string, MediaMatch>;
  readonly memberships: readonly string[];
  readonly orphans: readonly string[];
  readonly originals: readonly Original[];
}

/** A year folder with all photographs, and an album with some; some of those have a sidecar there and no media. */
function makeLibrary(random: Random, style: SidecarStyle) {
  const photographs = makePhotographs(random, 80);
  const inAlbum = photographs.filter(() => random(3) === 0);
  const elsewhere = new Set(inAlbum.filter(({ title }) => title.startsWith('VID_') && random(2) === 0));
  const bytes = new Map(photographs.map((photograph, index) => [photograph, index]));
  const read = (folder: string, isAlbum: boolean, made: MadeFolder): ReadFolder => {
    const { media, memberships, orphans } = matchFolder({ ...made.folder, isAlbum });
    const sidecars = new Map(made.folder.sidecars.map((sidecar) => [sidecar.name, sidecar]));
    const originals = [...made.truth].flatMap(([name, { role, photograph }]) => {
      if (role !== 'original') return [];
      const sidecar = sidecars.get(media.get(name)?.sidecar ?? '');
      const crc = bytes.get(photograph) ?? -1;
      const file = {
        exportName: 'takeout-20260301T101112Z',
        folder,
        isYearFolder: !isAlbum,
        name,
        size: 1000,
        crc,
        photograph,
      };
      return [sidecar === undefined ? file : { ...file, sidecar }];
    });
    return { made, matches: media, memberships, orphans, originals };
  };
  const year = read('2020', false, writeFolder(photographs, style, '-edited'));
  const album = read('Rome', true, writeFolder(inAlbum, style, '-edited', elsewhere));
  return { photographs, elsewhere, folders: [year, album] };
}

describe('random libraries of Takeouts', () => {
  for (const style of ['old', 'new', 'uncut'] as const) {
    it(`in the ${style} style each photograph is one item, album sidecars find it, and all sums hold (${SEED_NOTE})`, () => {
      for (let round = 0; round < share(100); round++) {
        const { photographs, elsewhere, folders } = makeLibrary(chance(SEED + round * 7919), style);
        const items = partitionTwins(folders.flatMap(({ originals }) => originals));
        assert.equal(items.length, photographs.length, `round ${round}`);
        for (const { files } of items) {
          assert.equal(new Set(files.map(({ photograph }) => photograph)).size, 1);
          assert.equal(files[0].folder, '2020');
        }

        const known = items.map(({ id, files }) => ({ id, sidecars: files.flatMap(({ sidecar }) => sidecar ?? []) }));
        const left = folders.flatMap(({ made, memberships }) =>
          made.folder.sidecars.filter(({ name }) => memberships.includes(name)),
        );
        const found = findMemberships(left, known);
        const titles = found.memberships.map(({ sidecar }) => sidecar.title);
        assert.deepEqual(
          titles,
          [...elsewhere].map(({ title }) => title),
          `round ${round}`,
        );

        const sums = accountEntries(outcomesOf(folders, items, found.memberships.length, found.orphans.length));
        const entries = folders.flatMap(({ made }) => [...made.folder.media, ...made.folder.sidecars]).length;
        assert.deepEqual(brokenSums(sums, entries), []);
        assert.equal(sums.items, photographs.length);
        if (style !== 'uncut') assert.deepEqual([sums.ambiguous, sums.without, sums.orphans], [0, 0, 0]);
      }
    });
  }
});

function* outcomesOf(
  folders: readonly ReadFolder[],
  items: readonly { readonly files: readonly [Original, ...Original[]] }[],
  memberships: number,
  orphans: number,
): Generator<EntryOutcome> {
  const first = new Set<TwinFile>(items.map(({ files }) => files[0]));
  for (const { originals, matches, made, memberships: left, orphans: unused } of folders) {
    const files = new Map(originals.map((file) => [file.name, file]));
    for (const [name, match] of matches) {
      const pairing = match.isAmbiguous ? 'ambiguous' : match.sidecar === undefined ? 'without' : 'sidecar';
      const file = files.get(name);
      const role = match.role === 'original' ? (file !== undefined && first.has(file) ? 'item' : 'copy') : match.role;
      yield { kind: 'media', role, pairing };
    }
    const matched = made.folder.sidecars.length - left.length - unused.length;
    for (let count = 0; count < matched; count++) yield { kind: 'sidecar', use: 'matched' };
    for (const name of unused) {
      assert.ok(name);
      yield { kind: 'sidecar', use: 'orphan' };
    }
  }
  for (let count = 0; count < memberships; count++) yield { kind: 'sidecar', use: 'membership' };
  for (let count = 0; count < orphans; count++) yield { kind: 'sidecar', use: 'orphan' };
}
