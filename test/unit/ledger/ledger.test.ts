import { openSqlite } from '../../../src/sqlite/open-sqlite.js';
import assert from 'node:assert/strict';
import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { backupName, openLedger } from '../../../src/ledger/open-ledger.js';
import { MIGRATIONS, type LedgerMigration } from '../../../src/ledger/ledger-schema.js';
import type { Ledger } from '../../../src/ledger/ledger.js';
import { ExitCode, UserError } from '../../../src/support/user-error.js';

const ROME = { path: '/album/Rome', target: '{"kind":"item","mediaId":"a"}' };
const OSLO = { path: '/album/Oslo', target: '{"kind":"item","mediaId":"b"}' };

interface World {
  readonly folder: string;
  readonly file: string;
  /** Opens the ledger, and closes it after `work`. */
  readonly use: <T>(work: (ledger: Ledger) => T, migrations?: readonly LedgerMigration[]) => T;
}

function withFolder(work: (world: World) => void | Promise<void>): void | Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'ledger-'));
  const file = join(folder, 'ledger.db');
  const clean = (): void => {
    chmodSync(folder, 0o700);
    rmSync(folder, { recursive: true });
  };
  const use: World['use'] = (act, migrations) => {
    const ledger = openLedger(file, migrations);
    try {
      return act(ledger);
    } finally {
      ledger.close();
    }
  };
  let done: void | Promise<void> = undefined;
  try {
    done = work({ folder, file, use });
  } finally {
    if (!(done instanceof Promise)) clean();
  }
  return done instanceof Promise ? done.finally(clean) : undefined;
}

/** Pins two paths and sets the time zone. */
function fill(ledger: Ledger): void {
  ledger.pins.put(ROME);
  ledger.pins.put(OSLO);
  ledger.setSetting('timeZone', 'Europe/Rome');
}

function assertFull(ledger: Ledger): void {
  assert.deepEqual(ledger.pins.list(), [ROME, OSLO]);
  assert.equal(ledger.setting('timeZone'), 'Europe/Rome');
}

describe('the ledger', () => {
  it('keeps pins in their order and settings, over openings, in a file that only its owner may read', () =>
    withFolder(({ file, use }) => {
      use(fill);
      use((ledger) => {
        assertFull(ledger);
        assert.equal(ledger.fault, undefined);
        ledger.pins.put(ROME);
        assert.deepEqual(ledger.pins.list(), [OSLO, ROME], 'a path that is pinned again goes to the end');
        assert.deepEqual([ledger.pins.remove('/album/Oslo'), ledger.pins.remove('/album/Oslo')], [true, false]);
      });
      use((ledger) => assert.deepEqual(ledger.pins.list(), [ROME]));
      assert.equal(statSync(file).mode & 0o777, 0o600);
    }));

  it('has on the disk what was promised, when the promise resolves', () =>
    withFolder(async ({ file }) => {
      const ledger = openLedger(file);
      fill(ledger);
      await ledger.durable();
      // What a power cut leaves is the file and its log as they are now.
      const copy = `${file}.copy`;
      for (const suffix of ['', '-wal']) writeFileSync(copy + suffix, readFileSync(file + suffix));
      ledger.close();
      const after = openLedger(copy);
      assertFull(after);
      after.close();
    }));

  it('is copied before it is brought to a newer version, and each step is done wholly or not at all', () =>
    withFolder(({ file, use }) => {
      use(fill);
      const next: LedgerMigration = (db) =>
        db.exec('CREATE TABLE more (a INTEGER) STRICT; INSERT INTO more VALUES (1)');
      const broken: LedgerMigration = (db) => {
        next(db);
        throw new Error('power cut');
      };
      use(
        (ledger) => {
          assert.match(ledger.fault?.message ?? '', /cannot be written: power cut/);
          assertFull(ledger);
        },
        [...MIGRATIONS, broken],
      );
      use(
        (ledger) => {
          assertFull(ledger);
          assert.equal(ledger.fault, undefined);
        },
        [...MIGRATIONS, next],
      );
      const copy = openSqlite(backupName(file, MIGRATIONS.length), { readonly: true });
      assert.equal(copy.prepare('SELECT count(*) FROM pins').pluck().get(), 2);
      assert.equal(copy.pragma('user_version', { simple: true }), MIGRATIONS.length);
      copy.close();
      assert.equal(statSync(backupName(file, MIGRATIONS.length)).mode & 0o777, 0o600);
      assert.throws(() => openLedger(file), refusal(/newer gphotos-mount/));
    }));

  it('of another program, or of none, is refused and left as it is', () =>
    withFolder(({ file }) => {
      const other = openSqlite(file);
      other.exec('CREATE TABLE theirs (a)');
      other.close();
      const before = readFileSync(file);
      assert.throws(() => openLedger(file), refusal(/is not a ledger/));
      assert.ok(readFileSync(file).equals(before));
      writeFileSync(
        file,
        'a text that is long enough to be taken for the header of a database, were it one. '.repeat(4),
      );
      assert.throws(() => openLedger(file), refusal(/is not a ledger/));
    }));

  it('that is damaged is read as far as it goes, never written, and says so', () =>
    withFolder(({ file, use, folder }) => {
      use((ledger) => {
        fill(ledger);
        for (let index = 0; index < 500; index += 1) ledger.pins.put({ path: `/${index}`, target: 'x'.repeat(200) });
      });
      const sound = readFileSync(file);
      const damages: [string, () => void][] = [
        ['cut to its first page', () => truncateSync(file, 4096)],
        ['cut within its header', () => truncateSync(file, 60)],
        [
          'with pages of noise',
          () => writeFileSync(file, Buffer.concat([sound.subarray(0, 8192), Buffer.alloc(sound.length - 8192, 7)])),
        ],
      ];
      for (const [what, damage] of damages) {
        writeFileSync(file, sound);
        damage();
        const before = readFileSync(file);
        use((ledger) => {
          assert.ok(ledger.fault instanceof UserError, what);
          assert.equal(ledger.fault.exitCode, ExitCode.system, what);
          assert.match(ledger.fault.message, /damaged/, what);
          assert.doesNotThrow(() => [ledger.pins.list(), ledger.setting('timeZone')], what);
          assert.throws(() => ledger.pins.put(ROME), { message: /damaged/ }, what);
        });
        assert.ok(readFileSync(file).equals(before), `${what}: it is left as it is`);
      }
      assert.ok(!readdirSync(folder).some((name) => name.includes('.version-')));
    }));

  it('that cannot be made says why, and the program goes on with an empty one', () =>
    withFolder(({ folder }) => {
      writeFileSync(join(folder, 'file'), '');
      // A folder below a file cannot be made, whoever asks.
      const ledger = openLedger(join(folder, 'file', 'ledger.db'));
      assert.match(ledger.fault?.message ?? '', /cannot be written/);
      assert.deepEqual(ledger.pins.list(), []);
      assert.throws(() => ledger.setSetting('timeZone', 'UTC'), { message: /cannot be written/ });
      ledger.close();
      assert.ok(!existsSync(join(folder, 'file', 'ledger.db')));
    }));
});

function refusal(message: RegExp): (error: unknown) => boolean {
  return (error) => error instanceof UserError && error.exitCode === ExitCode.catalog && message.test(error.message);
}
