import assert from 'node:assert/strict';
import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { runChecks, type CheckReport } from '../../../src/doctor/check.js';
import { pickedChecks } from '../../../src/doctor/picked-checks.js';
import { openLedger } from '../../../src/ledger/open-ledger.js';
import type { PickSession } from '../../../src/ledger/pick-rows.js';
import type { MediaId } from '../../../src/library/media-item.js';
import { makePrivateFolders, type PrivateFolders } from '../../support/private-folders.js';

let folders: PrivateFolders;
let store: string;
beforeEach(() => {
  folders = makePrivateFolders();
  store = join(folders.root, 'drive');
});
afterEach(() => folders.remove());

const SESSION: PickSession = {
  ...{ id: 's1', uri: 'https://photos.google.com/picker/s1', created: 1, expires: 2, state: 'fetching', album: null },
  ...{ pollMs: 5000, pollUntil: 9, pickedAt: 3, pageToken: null, isListed: false, retryAt: 0, rounds: 0 },
  ...{
    isDeleted: false,
    trouble: { code: 'permission', message: 'May not pick.', hint: 'Tick the box.', exitCode: 77 },
  },
};

/** A profile in which one file was picked. */
function picked(): void {
  mkdirSync(store);
  writeFileSync(join(store, '.gphotos-mount-picked'), 'mark');
  const ledger = openLedger(join(folders.data, 'default/ledger.db'));
  const id = 'picked:a' as MediaId;
  const facts = { kind: 'photo', filename: 'a.jpg', mimeType: 'image/jpeg', creationTimeText: '' } as const;
  ledger.picks.addSession(SESSION);
  ledger.picks.list('s1', { items: [{ id, ...facts, creationTime: 0 }], pageToken: undefined, pickedAt: 3 });
  ledger.picks.stored([{ id, folder: store, size: 3, crc: 1, sha256: 'aa' }]);
  ledger.close();
}

async function reports(): Promise<Record<string, CheckReport>> {
  const around = { folders, profile: 'default' } as unknown as Parameters<typeof pickedChecks>[0]['around'];
  const all = await runChecks(pickedChecks({ around }));
  return Object.fromEntries(all.map((report) => [report.id, report]));
}

describe('doctor and picked files', () => {
  it('doctor skips what it would check of picked files where nothing was picked', async () => {
    const found = Object.values(await reports());
    assert.deepEqual(
      found.map(({ result }) => result),
      ['skip', 'skip', 'skip'],
    );
  });

  it('doctor finds the folder of picked files, says where it is missing, and names what a session waits for', async () => {
    picked();
    const { 'picked-there': there, 'picked-sessions': sessions } = await reports();
    assert.equal(there?.result, 'pass', JSON.stringify(there));
    assert.ok(there.message.includes(store));
    assert.deepEqual(
      [sessions?.result, sessions?.message, sessions?.fix],
      ['warn', 'A picking session waits: May not pick.', 'Tick the box.'],
    );
    renameSync(store, `${store}-away`);
    const gone = (await reports())['picked-there'];
    assert.equal(gone?.result, 'fail');
    assert.match(gone.message, /The folder of picked files, .*drive, is not there/);
    assert.match(gone.fix, /Plug its drive in/);
  });
});
