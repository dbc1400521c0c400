import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import type { DaemonConfig } from '../../../src/daemon/daemon-config.js';
import { ledgerFile, oldPinFile, openProfileLedger, removeOldPins } from '../../../src/daemon/profile-ledger.js';
import { systemZone } from '../../../src/library/calendar.js';
import type { Logger } from '../../../src/support/logger.js';

interface Profile {
  readonly dataDir: string;
  /** Starts once; answers the zone of its date folders, its pins, and what was logged. */
  readonly start: (
    timeZone?: string,
    isMounted?: boolean,
  ) => Promise<{ zone: string; pins: readonly string[]; log: string }>;
  /** A version of before the ledger was here. */
  readonly makeOld: () => void;
}

async function withProfile(work: (profile: Profile) => Promise<void>): Promise<void> {
  const dataDir = mkdtempSync(join(tmpdir(), 'profile-'));
  const catalogFile = join(dataDir, 'catalog.db');
  try {
    await work({
      dataDir,
      makeOld: () => writeFileSync(catalogFile, ''),
      start: async (timeZone, isMounted = true) => {
        const lines: string[] = [];
        const log = { log: (_level: string, text: string) => lines.push(text) } as unknown as Logger;
        const config = {
          paths: { dataDir, catalogFile },
          ...(timeZone === undefined ? {} : { timeZone }),
        } as unknown as DaemonConfig;
        const { ledger, calendar } = await openProfileLedger(config, log);
        const pins = ledger.pins.list().map(({ path, target }) => `${path} ${target}`);
        if (isMounted) removeOldPins(ledger, dataDir);
        ledger.close();
        writeFileSync(catalogFile, '');
        return { zone: calendar.zone, pins, log: lines.join('\n') };
      },
    });
  } finally {
    rmSync(dataDir, { recursive: true });
  }
}

describe('the time zone of a profile', () => {
  it('is that of the machine for a new profile, and stays when the machine goes elsewhere', () =>
    withProfile(async ({ start }) => {
      const before = process.env['TZ'];
      try {
        process.env['TZ'] = 'Asia/Tokyo';
        assert.equal(systemZone(), 'Asia/Tokyo');
        assert.equal((await start()).zone, 'Asia/Tokyo');
        process.env['TZ'] = 'Europe/Rome';
        assert.equal((await start()).zone, 'Asia/Tokyo');
      } finally {
        if (before === undefined) delete process.env['TZ'];
        else process.env['TZ'] = before;
      }
    }));

  it('is UTC for a profile from before time zones', () =>
    withProfile(async ({ start, makeOld }) => {
      makeOld();
      assert.equal((await start()).zone, 'UTC');
      assert.equal((await start()).zone, 'UTC');
    }));

  it('changes only where another one is asked for, which the log says, and then lasts', () =>
    withProfile(async ({ start, makeOld }) => {
      makeOld();
      assert.match((await start('Europe/Rome')).log, /follow the time zone Europe\/Rome from now on, and no more UTC/);
      const again = await start();
      assert.deepEqual([again.zone, again.log], ['Europe/Rome', '']);
    }));
});

describe('pins of an earlier version', () => {
  it('come into the ledger, dates as dates of the calendar, and their file goes', () =>
    withProfile(async ({ dataDir, start, makeOld }) => {
      makeOld();
      const created = (from: string, to: string): object => ({
        kind: 'folder',
        selections: [{ by: 'created', from: Date.parse(from), to: Date.parse(to) }],
      });
      const pins = [
        { path: '/media/by-year/2024', group: created('2024-01-01', '2025-01-01') },
        { path: '/media/by-month/2024/2024-02', group: created('2024-02-01', '2024-03-01') },
        { path: '/media/by-day/2024/2024-02-29', group: created('2024-02-29', '2024-03-01') },
        { path: '/album/Rome', group: { kind: 'item', mediaId: 'a' } },
      ];
      writeFileSync(oldPinFile(dataDir), JSON.stringify(pins));
      const date = (year: number, month: number, day: number): string =>
        JSON.stringify({ kind: 'folder', selections: [{ by: 'date', year, month, day }] });
      const expected = [
        `/media/by-year/2024 ${date(2024, 0, 0)}`,
        `/media/by-month/2024/2024-02 ${date(2024, 2, 0)}`,
        `/media/by-day/2024/2024-02-29 ${date(2024, 2, 29)}`,
        '/album/Rome {"kind":"item","mediaId":"a"}',
      ];
      assert.deepEqual((await start(undefined, false)).pins, expected);
      assert.ok(existsSync(oldPinFile(dataDir)), 'the start may still be refused, and its ledger removed');
      for (const suffix of ['', '-wal', '-shm']) rmSync(ledgerFile(dataDir) + suffix, { force: true });
      assert.deepEqual((await start()).pins, expected);
      assert.ok(!existsSync(oldPinFile(dataDir)));
      assert.deepEqual((await start()).pins, expected);
    }));

  it('that cannot be read are passed over', () =>
    withProfile(async ({ dataDir, start }) => {
      writeFileSync(oldPinFile(dataDir), '[{"path": 7}, null, {"path": "/a"}, {"path": "/b", "group": {"kind": "item"');
      assert.deepEqual((await start()).pins, []);
    }));
});
