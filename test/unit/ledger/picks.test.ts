import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { backupName, openLedger } from '../../../src/ledger/open-ledger.js';
import { MIGRATIONS } from '../../../src/ledger/ledger-schema.js';
import type { Ledger } from '../../../src/ledger/ledger.js';
import type { PickSession } from '../../../src/ledger/pick-rows.js';
import type { MediaId } from '../../../src/library/media-item.js';
import type { PickedListing } from '../../../src/library/remote-picker.js';

const SESSION: PickSession = {
  ...{ id: 's1', uri: 'https://photos.google.com/picker/s1', created: 1, expires: 2, state: 'open', album: null },
  ...{ pollMs: 5000, pollUntil: 9, pickedAt: null, pageToken: null, isListed: false, retryAt: 0, rounds: 0 },
  ...{ isDeleted: false, trouble: null },
};

const listing = (key: string, more: Partial<PickedListing> = {}): PickedListing => ({
  ...{ id: `picked:${key}` as MediaId, kind: 'photo', filename: `${key}.jpg`, mimeType: 'image/jpeg' },
  ...{ creationTime: 1000, creationTimeText: '1970-01-01T00:00:01Z', baseUrl: 'https://secret.example/', ...more },
});
const page = (...keys: string[]) => ({ items: keys.map((key) => listing(key)), pageToken: undefined, pickedAt: 7 });
const file = (key: string) => ({
  ...{ id: `picked:${key}` as MediaId, folder: '/store', size: 3, crc: 4, sha256: 'aa' },
});

function withLedger(work: (ledger: Ledger, path: string) => void): void {
  const folder = mkdtempSync(join(tmpdir(), 'picks-'));
  const path = join(folder, 'ledger.db');
  const ledger = openLedger(path);
  try {
    work(ledger, path);
  } finally {
    ledger.close();
    rmSync(folder, { recursive: true });
  }
}

describe('picks in the ledger', () => {
  it('a session and its trouble come back as they were written, and a change of one thing leaves the others', () =>
    withLedger(({ picks }, path) => {
      picks.addSession(SESSION);
      const trouble = { code: 'disk', message: 'full', hint: 'free some', exitCode: 2 };
      picks.change('s1', { state: 'fetching', trouble });
      const again = openLedger(path);
      assert.deepEqual(again.picks.session('s1'), { ...SESSION, state: 'fetching', trouble });
      again.close();
      assert.equal(picks.change('unknown', { state: 'done' }), undefined);
    }));

  it('items are counted by session, stored ones with their bytes; one in two sessions is stored once, and base URLs are never kept', () =>
    withLedger(({ picks }) => {
      picks.addSession(SESSION);
      picks.addSession({ ...SESSION, id: 's2', created: 2 });
      picks.list('s1', page('a', 'b', 'c'));
      picks.list('s2', page('b'));
      picks.stored([file('a'), file('b')]);
      picks.notStored('picked:c' as MediaId, 'failed', 'gone');
      assert.deepEqual(picks.counts('s1'), { total: 3, stored: 2, failed: 1, bytes: 6 });
      assert.deepEqual(picks.counts('s2'), { total: 1, stored: 1, failed: 0, bytes: 3 });
      assert.deepEqual(picks.totals(), { items: 2, bytes: 6 });
      assert.deepEqual(picks.missing('s1'), [{ id: 'picked:c', filename: 'c.jpg', error: 'gone' }]);
      assert.ok(!JSON.stringify(picks.storedFrom(0, 10)).includes('secret'));
      assert.deepEqual(picks.onlyIn('s1'), ['picked:a', 'picked:c']);
    }));

  it('the revision changes with what a mount shows, and with nothing else', () =>
    withLedger(({ picks }) => {
      picks.addSession({ ...SESSION, album: 'Rome' });
      const seen = new Set([picks.revision()]);
      const isNew = (): boolean => {
        const before = seen.size;
        seen.add(picks.revision());
        return seen.size > before;
      };
      picks.list('s1', page('a', 'b'));
      assert.ok(!isNew(), 'nothing is stored yet');
      picks.stored([file('a')]);
      assert.ok(isNew());
      picks.change('s1', { pollMs: 6000 });
      picks.list('s1', page('a', 'b'));
      assert.ok(!isNew(), 'the same page again');
      assert.deepEqual(picks.list('s1', { ...page(), items: [listing('a', { filename: 'other.jpg' })] }), ['picked:a']);
      assert.ok(isNew());
      picks.forget(['picked:a' as MediaId]);
      assert.ok(isNew());
      picks.dropSession('s1');
      assert.ok(isNew());
    }));

  it('an item that is forgotten while its bytes come stays forgotten, and is wanted again when it is picked again', () =>
    withLedger(({ picks }) => {
      picks.addSession({ ...SESSION, album: 'Rome' });
      picks.list('s1', page('a', 'b'));
      picks.stored([file('b')]);
      assert.deepEqual(picks.albums(), [{ title: 'Rome', members: ['picked:b'] }]);
      picks.forget(['picked:a' as MediaId]);
      picks.stored([file('a')]);
      assert.equal(picks.stateOf('picked:a' as MediaId), 'forgotten');
      assert.deepEqual(picks.forgotten(), [{ id: 'picked:a', folder: null }]);
      picks.list('s1', page('a'));
      assert.equal(picks.stateOf('picked:a' as MediaId), 'waiting');
      picks.dropForgotten('picked:a' as MediaId);
      assert.equal(picks.stateOf('picked:a' as MediaId), 'waiting');
    }));

  it('a ledger of each earlier version keeps what is in it, gets the tables of picks, and a copy is left of it', () => {
    for (let version = 1; version < MIGRATIONS.length; version += 1) {
      const folder = mkdtempSync(join(tmpdir(), 'picks-'));
      const path = join(folder, 'ledger.db');
      const old = openLedger(path, MIGRATIONS.slice(0, version));
      old.setSetting('timeZone', 'Europe/Rome');
      old.pins.put({ path: '/album/Rome', target: '{}' });
      old.close();
      const ledger = openLedger(path);
      assert.equal(ledger.fault, undefined);
      assert.equal(ledger.setting('timeZone'), 'Europe/Rome');
      assert.equal(ledger.pins.list().length, 1);
      ledger.picks.addSession(SESSION);
      assert.deepEqual(ledger.picks.sessions(), [SESSION]);
      ledger.close();
      assert.ok(existsSync(backupName(path, version)));
      rmSync(folder, { recursive: true });
    }
  });
});
