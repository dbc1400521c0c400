import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { migrate, SCHEMA_VERSION } from '../../src/catalog/schema.js';
import { openSqlite } from '../../src/sqlite/open-sqlite.js';
import { writeOldCatalog } from './old-catalog.js';
import { conditions, publish, type Row } from './report.js';

const CHILD = fileURLToPath(new URL('migrate-child.js', import.meta.url));
const MOST_SECONDS = 60;

interface Told {
  readonly seconds: number;
  readonly processorSeconds: number;
  readonly highestMiB: number;
}

/** Undefined where it was killed after `killedAfter` seconds. */
async function open(file: string, killedAfter?: number): Promise<Told | undefined> {
  const child = spawn(process.execPath, [CHILD, file], { stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = once(child, 'exit');
  if (killedAfter !== undefined) {
    await Promise.race([ended, wait(killedAfter * 1000)]);
    child.kill('SIGKILL');
  }
  let told: Told | undefined;
  for await (const line of createInterface(child.stdout)) told = JSON.parse(line) as Told;
  await ended;
  return told;
}

async function migrated(file: string): Promise<Told> {
  return (await open(file)) ?? Promise.reject(new Error(`${file} could not be opened`));
}

/** How long the first start after an upgrade takes, from each earlier version, and after a kill half way. `--items=N`. */
export async function migrateBench(small: boolean): Promise<void> {
  const asked = process.argv.find((word) => word.startsWith('--items='))?.slice('--items='.length);
  const items = Number(asked ?? (small ? 20_000 : 1_000_000));
  const folder = mkdtempSync(join(tmpdir(), 'migrate-bench-'));
  try {
    const rows: Row[] = [];
    const old = join(folder, 'catalog.db');
    writeOldCatalog(old, items);
    for (let version = 1; version < SCHEMA_VERSION; version += 1) {
      const db = openSqlite(old);
      migrate(db, Date.now(), version);
      db.pragma('wal_checkpoint(TRUNCATE)');
      db.close();
      const before = statSync(old).size;
      const file = join(folder, 'copy.db');
      copyFileSync(old, file);
      const { seconds, processorSeconds, highestMiB } = await migrated(file);
      const after = statSync(file).size;
      copyFileSync(old, file);
      await open(file, seconds / 2);
      const resumed = await migrated(file);
      const name = `from version ${version}`;
      const add = (what: string, unit: string, figure: number, aim?: Row['aim']): void => {
        rows.push({ what: `${name}: ${what}`, unit, figures: { 'gphotos-mount': figure }, ...(aim && { aim }) });
      };
      add('first opening', 's', seconds, { text: `under ${MOST_SECONDS}`, met: seconds < MOST_SECONDS });
      add('processor time of it', 's', processorSeconds);
      add('opening after a kill half way', 's', resumed.seconds);
      add('highest resident memory', 'MiB', highestMiB);
      add('file before', 'bytes an item', before / items);
      add('file after', 'bytes an item', after / items);
    }
    publish(`migrate-${items}`, 'Migration of a catalog', conditions({ items }), rows);
  } finally {
    rmSync(folder, { recursive: true });
  }
}
