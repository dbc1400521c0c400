import assert from 'node:assert/strict';
import { closeSync, cpSync, mkdirSync, openSync, rmSync, statSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { noise } from '../../emulator/filler.js';
import { describeLibrary } from '../../takeout/builder/library.js';
import * as odd from '../../takeout/builder/oddities.js';
import { writeExport, type WrittenExport } from '../../takeout/builder/write-export.js';
import { withIndexedProfile, type Shown } from './indexed-export.js';

const TITLES = Array.from({ length: 40 }, (_, index) => `IMG_${1000 + index}.jpg`);
const YEAR = 2021;
const OTHER_YEAR = 2015;

/** The same titles, with other dates and other bytes for another year. */
function exportOf(folder: string, year: number, extracted = false): Promise<WrittenExport> {
  mkdirSync(folder, { recursive: true });
  const photos = TITLES.map((title, index) => ({ title, takenMs: Date.UTC(year, 5, 1, index), size: 3000 }));
  return writeExport(describeLibrary({ photos, seed: year }), { folder, extracted });
}

function partOf({ parts }: WrittenExport): string {
  return parts[0]?.file ?? '';
}

const yearsOf = ({ names, item }: Shown): string[] => [
  ...new Set(names().map((name) => String(new Date(item(name).creationTime).getUTCFullYear()))),
];

const CHANGES: readonly {
  readonly how: string;
  readonly change: (file: string, other: string) => void;
  readonly isWhole: boolean;
}[] = [
  {
    how: 'rewritten in place with bytes of the same length',
    isWhole: false,
    change: (file) => {
      const { size } = statSync(file);
      const descriptor = openSync(file, 'r+');
      writeSync(descriptor, noise(5, size).read(0, size), 0, size, 0);
      closeSync(descriptor);
    },
  },
  { how: 'cut short', isWhole: false, change: (file) => odd.truncated(file, 0.4) },
  {
    how: 'replaced, by a rename, by another export with the same names',
    isWhole: true,
    change: (file, other) => odd.replaced(file, other),
  },
];

describe('a part that changes between the reading of its directory and of its sidecars', () => {
  for (const { how, change, isWhole } of CHANGES)
    it(`a part that is ${how}: no item gets what the new bytes say, the part is named, and what it holds then is read anew`, () =>
      withIndexedProfile(async ({ folder, run, look }) => {
        const made = await exportOf(join(folder, 'one'), YEAR);
        const other = await exportOf(join(folder, 'other'), OTHER_YEAR);
        let isChanged = false;
        const changeOnce = (): void => {
          if (!isChanged) change(partOf(made), partOf(other));
          isChanged = true;
        };
        await run(
          [made],
          async ({ indexer, catalog }) => {
            assert.ok(isChanged);
            const [part] = catalog.takeoutParts.list();
            assert.equal(part?.state, 'damaged');
            assert.ok(part.error?.includes(partOf(made)), part.error ?? '');
            assert.equal(
              look(({ names }) => names().length),
              TITLES.length,
            );
            assert.ok(!look(yearsOf).includes(String(OTHER_YEAR)));
            assert.equal(await indexer.update(new AbortController().signal), isWhole);
            assert.equal(catalog.takeoutParts.list()[0]?.state, isWhole ? 'ready' : 'damaged');
            assert.equal(
              look(({ names }) => names().length),
              TITLES.length,
            );
            if (isWhole) assert.deepEqual(look(yearsOf), [String(OTHER_YEAR)]);
          },
          { onJson: changeOnce },
        );
      }));

  it('an extracted export whose drive goes while its sidecars are read: none is counted as unreadable, and back again all items have their dates', () =>
    withIndexedProfile(async ({ folder, run, look }) => {
      const made = await exportOf(join(folder, 'one'), YEAR, true);
      const away = join(folder, 'away');
      cpSync(partOf(made), away, { recursive: true, preserveTimestamps: true });
      let isGone = false;
      await run(
        [made],
        async ({ indexer, catalog }) => {
          const [part] = catalog.takeoutParts.list();
          assert.equal(part?.state, 'missing');
          assert.deepEqual(catalog.takeoutReadings.unreadable(), []);
          cpSync(away, partOf(made), { recursive: true, preserveTimestamps: true });
          assert.equal(await indexer.update(new AbortController().signal), true);
          assert.deepEqual(catalog.takeoutReadings.unreadable(), []);
          assert.deepEqual(look(yearsOf), [String(YEAR)]);
          assert.equal(indexer.progress().status.exports[0]?.withSidecar, TITLES.length);
        },
        {
          onJson: () => {
            if (!isGone) rmSync(partOf(made), { recursive: true });
            isGone = true;
          },
        },
      );
    }));
});
