import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ProgressLine } from '../../../src/cli/progress-line.js';
import { renderStatus } from '../../../src/cli/render-status.js';
import type { StatusDocument } from '../../../src/daemon/status-document.js';
import { shellQuoted } from '../../../src/support/shell-quoted.js';

const NOW = Date.parse('2026-03-01T12:00:00Z');

const READY: StatusDocument = {
  mountpoint: '/home/ada/photos',
  pid: 4711,
  version: '1.2.3',
  profile: 'default',
  state: 'ready',
  startedAt: '2026-03-01T10:00:00Z',
  root: '/',
  timeZone: 'Europe/Rome',
  catalog: {
    ...{ items: 12_400, albums: 1, unmeasured: 0, bytes: 3 * 1024 ** 3 },
    sources: { app: 12_400, upload: 0, picker: 0, takeout: 0 },
  },
  sync: {
    phase: 'idle',
    firstSyncDone: true,
    lastSuccess: '2026-03-01T11:58:00Z',
    lastFullPass: null,
    fullPassShare: null,
    waitingUntil: null,
    itemsPerSecond: null,
    itemsLeft: null,
    secondsLeft: null,
    heldBack: null,
    lastError: null,
    measuringPaused: null,
  },
  waits: [],
  signIn: { state: 'ok', reason: null, message: null, hint: null, scopes: null, missing: [] },
  emptyBecause: null,
  takeout: { exports: [], reading: null },
  picked: { items: 0, bytes: 0, folder: '/home/ada/.local/share/gphotos-mount/default/picked', sessions: [] },
  uploads: { queued: 0, active: 0, failed: 0 },
  cache: { bytes: 1536, limit: 10 * 1024 ** 3 },
  quota: {
    api: { used: 130, limit: 10_000, reserve: 3000 },
    media: { used: 5, limit: 75_000, reserve: 22_500 },
    backgroundResumesAt: null,
  },
  errors: [],
  unmeasurable: [],
};

describe('the status text', () => {
  it('the status text says how far a full pass is that takes days, and when the one before ended', () => {
    const sync = { ...READY.sync, fullPassShare: 0.347, lastFullPass: '2026-02-25T12:00:00Z' };
    assert.match(
      renderStatus({ ...READY, sync }, NOW).replace(/\s+/g, ' '),
      /34 % of a full pass, which finds what is gone; the one before ended 4 days ago/,
    );
  });

  it('the status text is made also of the status of a daemon that an older version started, which has no list of waits', () => {
    const older: Partial<StatusDocument> = { ...READY };
    Reflect.deleteProperty(older, 'waits');
    assert.match(renderStatus(older as StatusDocument, NOW), /12,400 items in 1 album/);
  });

  it('the status text says what waits because Google asked for a pause, why, and until when', () => {
    const message = 'Google asks for fewer requests at a time. (HTTP 429)';
    const sync = { ...READY.sync, phase: 'waiting', waitingUntil: '2026-03-01T13:00:00Z' };
    const waits = [
      { what: 'sync', message, until: '2026-03-01T13:00:00Z' },
      { what: 'measuring', message, until: '2026-03-01T12:10:00Z' },
      { what: 'reading', message, until: '2026-03-01T12:20:00Z' },
    ];
    const text = renderStatus({ ...READY, state: 'degraded', sync, waits }, NOW).replace(/\s+/g, ' ');
    assert.match(text, /sync waiting until 2026-03-01 13:00 UTC/);
    assert.match(text, /waiting measuring sizes waits until 2026-03-01 12:10 UTC: Google asks for fewer requests/);
    assert.match(text, /reading from Google waits until 2026-03-01 12:20 UTC: Google asks for fewer requests/);
  });

  it('the status text of a healthy mount says what is there and how fresh it is', () => {
    assert.equal(
      renderStatus(READY, NOW),
      [
        '/home/ada/photos  (profile default, pid 4711, version 1.2.3)',
        '  state       ready',
        '  library     12,400 items in 1 album, 3.0 GiB',
        '  dates       in the time zone Europe/Rome',
        '  sync        last finished 2 min ago',
        '  cache       1.5 KiB of at most 10.0 GiB',
        '  quota today 130 of 10,000 API requests, 5 of 75,000 media requests',
        '              background work leaves 3,000 API and 22,500 media requests',
        '',
      ].join('\n'),
    );
  });

  const PART = {
    file: '/home/ada/takeout-20260301T101112Z-001.zip',
    state: 'ready',
    entries: 10,
    error: null,
  } as const;
  const EXPORT = {
    ...{ name: 'takeout-20260301T101112Z', parts: [PART], missingParts: [], items: 12_500 },
    ...{ withSidecar: 12_500, ambiguous: 0, without: 0, orphans: 0 },
  };
  const TAKEOUT_ONLY: StatusDocument = {
    ...READY,
    catalog: { ...READY.catalog, sources: { app: 0, upload: 0, picker: 0, takeout: 12_400 } },
    signIn: { ...READY.signIn, state: 'none' },
    takeout: { exports: [EXPORT], reading: null },
  };

  it('the status text of a mount with exports alone says what comes from them, and tells nothing of quotas', () => {
    assert.equal(
      renderStatus(TAKEOUT_ONLY, NOW),
      [
        '/home/ada/photos  (profile default, pid 4711, version 1.2.3)',
        '  state       ready',
        '  library     12,400 items in 1 album, 3.0 GiB',
        '  dates       in the time zone Europe/Rome',
        '  takeout     12,400 items from 1 export in 1 part, newest 1 March 2026',
        '  sign-in     none is needed',
        '  cache       1.5 KiB of at most 10.0 GiB',
        '',
      ].join('\n'),
    );
  });

  it('the status text says what is being read of exports, which parts are missing or cannot be read, and what has no sidecar', () => {
    const faulty = { ...PART, state: 'missing', error: 'It is not there.' } as const;
    const exports = [{ ...EXPORT, parts: [PART, faulty], missingParts: [3], without: 2 }];
    const reading = { part: '/home/ada/takeout-20260301T101112Z-002.zip', done: 1, total: 2 };
    const text = renderStatus({ ...TAKEOUT_ONLY, takeout: { exports, reading } }, NOW);
    assert.match(
      text,
      / {2}takeout {5}12,400 items from 1 export in 2 parts, .*\n {14}reading, 1 of 2 parts done: takeout-20260301T101112Z-002\.zip\n/,
    );
    assert.match(
      text,
      /\n {14}1 part cannot be read; see the troubles\n {14}Part 003 of takeout-20260301T101112Z is missing\.\n/,
    );
    assert.match(text, /\n {14}2 files have no sidecar: gphotos-mount takeout check\n/);
  });

  it('the status text of a mount in trouble shows the latest troubles with their next step', () => {
    const error = {
      code: 'x',
      message: 'It broke.',
      hint: 'Mend it.',
      at: '2026-03-01T11:59:30Z',
      subject: '',
      count: 3,
      resolvedAt: null,
    };
    const text = renderStatus({ ...READY, state: 'degraded', errors: Array.from({ length: 7 }, () => error) }, NOW);
    assert.match(text, /state {7}mounted, but syncing fails/);
    assert.match(text, /troubles {4}7 troubles/);
    assert.match(text, /30 s ago: It broke\. \(3 times\)\n {6}Mend it\./);
    assert.equal(text.match(/It broke/g)?.length, 5);
    assert.match(text, /and 2 more; see --json/);
  });

  it('the status text shows a trouble that is over without its next step', () => {
    const over = {
      code: 'x',
      message: 'It broke.',
      hint: 'Mend it.',
      at: '2026-03-01T11:30:00Z',
      subject: '',
      count: 1,
      resolvedAt: '2026-03-01T11:31:00Z',
    };
    const text = renderStatus({ ...READY, errors: [over] }, NOW);
    assert.match(text, /troubles {4}none; 1 trouble of the last hour over; see --json/);
    assert.doesNotMatch(text, /It broke/);
  });

  it('the status text fits a terminal of 80 columns, however long the words of a trouble are', () => {
    const long = 'A sentence that goes on for longer than anybody would want to read it on one line. '.repeat(3).trim();
    const error = {
      code: 'x',
      message: long,
      hint: long,
      at: READY.startedAt,
      subject: '',
      count: 9,
      resolvedAt: null,
    };
    const sync = { ...READY.sync, lastError: { code: 'x', message: long, hint: long, at: READY.startedAt } };
    const text = renderStatus({ ...READY, sync, errors: [error] }, NOW);
    for (const line of text.split('\n')) assert.ok(line.length < 80, line);
    assert.equal(text.match(/A\s+sentence\s+that\s+goes/g)?.length, 12);
  });

  it('the status text of a first sync and of a spent budget says how long they take', () => {
    const sync = { ...READY.sync, phase: 'first-sync', itemsPerSecond: 900, itemsLeft: 54_000, secondsLeft: 60 };
    const quota = { ...READY.quota, backgroundResumesAt: '2026-03-02T08:00:00.000Z' };
    const text = renderStatus({ ...READY, sync: { ...sync, heldBack: { items: 7, albums: 0 } }, quota }, NOW);
    assert.match(text, /about 54,000 items to go, 60 s at this rate/);
    assert.match(text, /held back {3}7 items and 0 albums/);
    assert.match(text, /background work goes on at 2026-03-02 08:00 UTC/);
  });

  it('the status text does not let a name from outside command the terminal', () => {
    const error = {
      code: 'x',
      message: 'bad \u001b[2J\u009b name',
      hint: '',
      at: READY.startedAt,
      subject: '',
      count: 1,
      resolvedAt: null,
    };
    assert.doesNotMatch(renderStatus({ ...READY, errors: [error] }, NOW), /[\u001b\u009b]/);
  });
});

describe('the progress line', () => {
  const during = (items: number, firstSyncDone = false): Pick<StatusDocument, 'catalog' | 'sync'> => ({
    catalog: { ...READY.catalog, items, albums: 3 },
    sync: { ...READY.sync, firstSyncDone },
  });

  it('the progress line is redrawn in place, and ends with the first sync', () => {
    let written = '';
    const line = new ProgressLine((text) => (written += text));
    line.update(during(100));
    line.update(during(100));
    line.update(during(12_400));
    line.update(during(12_500, true));
    line.update(during(12_500, true));
    assert.equal(
      written,
      '\r\u001b[Kfirst sync: 100 items, 3 albums ...' +
        '\r\u001b[Kfirst sync: 12,400 items, 3 albums ...' +
        '\r\u001b[Kfirst sync: 12,500 items, 3 albums, done\n',
    );
  });

  it('the progress line shows speed and time left where they are known', () => {
    let written = '';
    const { catalog, sync } = during(5000);
    new ProgressLine((text) => (written += text)).update({
      catalog,
      sync: { ...sync, itemsPerSecond: 1200, secondsLeft: 300 },
    });
    assert.match(written, /5,000 items, 3 albums, 1,200 a second, about 5 min left \.\.\./);
  });

  it('the progress line shows no falling speed when every item is there and the rest is still read', () => {
    let written = '';
    const { catalog, sync } = during(5000);
    new ProgressLine((text) => (written += text)).update({
      catalog,
      sync: { ...sync, itemsPerSecond: 12, itemsLeft: 0, secondsLeft: 7 },
    });
    assert.match(written, /5,000 items, 3 albums, all found, about 7 s left \.\.\./);
  });

  it('the progress line is redrawn below log lines', () => {
    let written = '';
    const line = new ProgressLine((text) => (written += text));
    line.above('before\n');
    line.update(during(1));
    line.above('between\n');
    assert.equal(
      written,
      'before\n\r\u001b[Kfirst sync: 1 item, 3 albums ...\r\u001b[Kbetween\nfirst sync: 1 item, 3 albums ...',
    );
  });

  it('the progress line says nothing where an earlier run had finished the first sync', () => {
    let written = '';
    new ProgressLine((text) => (written += text)).update(during(0, true));
    assert.equal(written, '');
  });
});

describe('a path in a command to copy', () => {
  it('a path in a command to copy is quoted where a shell would take it apart', () => {
    assert.equal(shellQuoted('/home/ada/photos'), '/home/ada/photos');
    assert.equal(shellQuoted("/it's here"), "'/it'\\''s here'");
  });
});
