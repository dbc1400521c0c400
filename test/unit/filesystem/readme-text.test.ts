import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { renderReadme, type ReadmeFacts } from '../../../src/filesystem/readme-text.js';

const READY: ReadmeFacts = {
  profile: 'default',
  sources: ['app'],
  account: 'ada@example.org',
  readOnly: true,
  showArchived: false,
  showTrashed: false,
  showLocked: false,
  timeZone: 'Europe/Rome',
  counts: { items: 12_345, albums: 1, unmeasured: 0 },
  fromGoogle: 12_345,
  picked: undefined,
  takeout: undefined,
  firstSyncDone: true,
  lastSuccess: Date.parse('2024-07-19T12:34:56.789Z'),
  lastError: undefined,
  problems: [],
};

const TAKEOUT: NonNullable<ReadmeFacts['takeout']> = {
  items: 12_345,
  exports: 2,
  parts: 5,
  newest: Date.UTC(2026, 4, 1),
  missing: [],
  unreadable: 0,
  without: 0,
  ambiguous: 0,
  reading: null,
};

/** Line breaks are the renderer's own business. */
function said(facts: Partial<ReadmeFacts>): string {
  return renderReadme({ ...READY, ...facts }).replace(/\s+/g, ' ');
}

describe('README.txt', () => {
  it('README.txt says whose library it is, how much is here and when it was read', () => {
    const text = said({});
    assert.match(text, /ada@example\.org, profile "default"/);
    assert.match(text, /12,345 items and 1 album\./);
    assert.match(text, /2024-07-19 12:34:56 UTC/);
    assert.match(text, /read-only/);
  });

  it('README.txt says what Google does not show, since when, and what to do', () => {
    const text = said({});
    assert.match(text, /2025-03-31/);
    assert.match(text, /only the photos, videos and albums which that same program added/);
    assert.match(text, /takeout\.google\.com/);
    assert.match(text, /removes the location/);
  });

  it('README.txt speaks of the sources of the profile only', () => {
    const empty = { counts: { items: 0, albums: 0, unmeasured: 0 } };
    assert.match(
      said(empty),
      /Why it is empty Google says that this OAuth client has added 0 photos .*- Takeout: export the whole library .* takeout add/,
    );
    const text = said({ ...empty, sources: ['takeout'] });
    assert.match(text, /This folder shows 0 items and 0 albums\. This mount is read-only/);
    assert.doesNotMatch(text, /Why it is empty|What you do not see|Last read/);
    const people = 'people/ one folder for each person, while there is any ';
    assert.equal(said({ ...empty, sources: ['app', 'takeout'] }).replace(people, ''), said(empty));
  });

  it('README.txt of a profile with exports says how many items come from them, how new they are, and when newer photos come', () => {
    const text = said({ sources: ['takeout'], fromGoogle: 0, takeout: TAKEOUT });
    assert.match(
      text,
      /12,345 items come from 2 Takeout exports \(newest 1 May 2026\), with original bytes and places\. Newer/,
    );
    assert.match(text, /not here until the next export: takeout\.google\.com, Google Photos only, every 2 months\./);
    assert.match(text, /Photos of other people in shared albums/);
    assert.doesNotMatch(text, /missing|no sidecar|OAuth|being read|trash|locked/);
    const both = said({ sources: ['app', 'takeout'], fromGoogle: 1210, takeout: { ...TAKEOUT, items: 1, exports: 1 } });
    assert.match(both, /1 item comes from 1 Takeout export \(newest 1 May 2026\), .*; 1,210 from Google directly\./);
    assert.match(both, /All others come from Takeout here\./);
    assert.match(said({ takeout: { ...TAKEOUT, newest: undefined } }), /from 2 Takeout exports, with original/);
  });

  it('README.txt says which parts of exports are missing, how many files have no sidecar, and that exports are being read', () => {
    const takeout = {
      ...TAKEOUT,
      missing: [
        { exportName: 'takeout-20260301T101112Z', numbers: [4] },
        { exportName: 'takeout-20260501T101112Z', numbers: [2, 13] },
      ],
      ...{ without: 1, ambiguous: 1, unreadable: 1, reading: { part: '/a.zip', done: 1, total: 3 } },
    };
    const text = said({ sources: ['takeout'], fromGoogle: 0, takeout });
    assert.match(
      text,
      /Part 004 of takeout-20260301T101112Z is missing\. Parts 002, 013 of takeout-20260501T101112Z are missing\./,
    );
    assert.match(text, /1 part cannot be read: see below\. 2 files have no sidecar: gphotos-mount takeout check\./);
    assert.match(text, /They are being read, so more will show\./);
    const before = { ...TAKEOUT, exports: 0, reading: takeout.reading };
    assert.match(said({ takeout: before }), /The Takeout exports that were added are being read/);
  });

  it('README.txt promises no new items while a sign-in is missing', () => {
    const facts = { firstSyncDone: false, lastSuccess: undefined, counts: { items: 0, albums: 0, unmeasured: 0 } };
    for (const state of ['ok', 'refused'] as const) {
      const signIn = { state, reason: null, message: 'Not allowed.', hint: 'Sign in.', missing: [] };
      const text = said({ ...facts, signIn });
      assert.match(text, /The first reading waits for a new sign-in\./);
      assert.match(text, /Not allowed\. .*Sign in\./);
      assert.doesNotMatch(text, /still going on|Still to do/);
    }
  });

  it('README.txt says what is still to be done, only while there is something', () => {
    assert.doesNotMatch(said({}), /Still to do/);
    const text = said({ firstSyncDone: false, lastSuccess: undefined, counts: { items: 5, albums: 0, unmeasured: 1 } });
    assert.match(text, /not been read yet/);
    assert.match(text, /finish reading the list/);
    assert.match(text, /the size of 1 file;/);
  });

  it('README.txt lists at most ten problems, each with the next step', () => {
    assert.doesNotMatch(said({}), /What is wrong/);
    const problems = Array.from({ length: 12 }, (_, index) => ({ message: `Trouble ${index}.`, hint: 'Do this.' }));
    const text = said({ lastError: 'Google is not reachable.', problems });
    assert.match(text, /The last sync failed: Google is not reachable\./);
    assert.match(text, /- Trouble 9\. Do this\./);
    assert.doesNotMatch(text, /Trouble 10/);
    assert.match(text, /and 2 more/);
  });

  it('README.txt says where archived items are', () => {
    assert.match(said({}), /Archived items show only in their albums and in feature\/archive\//);
    assert.match(said({ showArchived: true }), /Archived items are shown too/);
    assert.match(said({}), /by-day\/, by date \(Europe\/Rome\)/);
  });

  it('README.txt names people, trash and the locked folder only where the mount can have them', () => {
    assert.doesNotMatch(said({}), /people|trash|locked/);
    assert.match(said({ sources: ['takeout'] }), /people\/ one folder for each person/);
    assert.doesNotMatch(said({ sources: ['takeout'] }), /trash|locked/);
    assert.match(said({ showTrashed: true }), /feature\/trash\/ what is in the trash(?!.*locked)/);
    assert.match(said({ showLocked: true }), /feature\/locked\/ what is in the locked folder/);
    assert.doesNotMatch(said({ showLocked: true }), /trash/);
  });

  it('a name with line breaks stays on one line of README.txt', () => {
    const problems = [{ message: 'The file a\nAll is well\u2028.jpg', hint: '' }];
    assert.match(renderReadme({ ...READY, problems }), /- The file a All is well \.jpg/);
  });

  it('README.txt has at most 78 characters a line and ends with one line break', () => {
    const text = renderReadme({ ...READY, problems: [{ message: 'word '.repeat(60), hint: 'word '.repeat(60) }] });
    for (const line of text.split('\n')) assert.ok(line.length <= 78, line);
    assert.match(text, /[^\n]\n$/);
  });
});
