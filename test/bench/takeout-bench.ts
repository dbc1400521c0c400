import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { conditions, publish, type Row } from './report.js';
import { indexingRows, itemRows, namesRows } from './takeout-listing.js';
import { deflatedRows, storedRows } from './takeout-reading.js';

export interface TakeoutPlan {
  /** Of the export that is added, and the number of its parts. */
  readonly entries: number;
  readonly parts: number;
  /** Items whose `ls -l` is compared with as many of the app. */
  readonly items: number;
  /** Entries of one zip that is listed beside fuse-zip and unzip. */
  readonly names: number;
  readonly storedBytes: number;
  readonly deflatedBytes: number;
  /** Deflated photographs, each opened once, and their size. */
  readonly photos: number;
  readonly photoBytes: number;
  readonly rounds: number;
  /** Of what takes long: adding the large export, the deflated video, fuse-zip. */
  readonly longRounds: number;
}

const MIB = 2 ** 20;
const PLAN: TakeoutPlan = {
  ...{ entries: 127_000, parts: 10, items: 10_000, names: 100_000 },
  ...{ storedBytes: 5 * 1024 * MIB, deflatedBytes: 512 * MIB, photos: 15, photoBytes: 4 * MIB },
  ...{ rounds: 5, longRounds: 3 },
};
const SMALL: TakeoutPlan = {
  ...{ entries: 4000, parts: 10, items: 1000, names: 4000 },
  ...{ storedBytes: 256 * MIB, deflatedBytes: 32 * MIB, photos: 5, photoBytes: 4 * MIB },
  ...{ rounds: 3, longRounds: 1 },
};

const GROUPS: Readonly<Record<string, (folder: string, plan: TakeoutPlan) => Promise<Row[]>>> = {
  indexing: indexingRows,
  items: itemRows,
  names: namesRows,
  stored: storedRows,
  deflated: deflatedRows,
};

/** Takeout archives in place: adding, starting, listing and reading. `--only=stored` measures one group of rows. */
export async function takeoutBench(small: boolean): Promise<void> {
  const plan = small ? SMALL : PLAN;
  const only = process.argv.find((word) => word.startsWith('--only='))?.slice('--only='.length);
  if (only !== undefined && !(only in GROUPS)) throw new Error(`--only= takes ${Object.keys(GROUPS).join(', ')}`);
  const rows: Row[] = [];
  for (const [name, group] of Object.entries(GROUPS)) {
    if (only !== undefined && only !== name) continue;
    const folder = mkdtempSync(join(tmpdir(), 'gpm-takeout-bench-'));
    try {
      rows.push(...(await group(folder, plan)));
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }
  const name = ['takeout', ...(small ? ['small'] : []), ...(only === undefined ? [] : [only])].join('-');
  publish(name, 'Takeout in place', conditions({ ...plan }), rows);
}
