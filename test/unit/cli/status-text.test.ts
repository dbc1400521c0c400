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
  catalog: { items: 12_400, albums: 1, unmeasured: 0, bytes: 3 * 1024 ** 3 },
  sync: {
    phase: 'idle',
    firstSyncDone: true,
    lastSuccess: '2026-03-01T11:58:00Z',
    lastFullPass: null,
    waitingUntil: null,
    lastError: null,
    measuringPaused: null,
  },
  signIn: { state: 'ok', message: null, hint: null, scopes: null, missing: [] },
  emptyBecause: null,
  uploads: { queued: 0, active: 0, failed: 0 },
  cache: { bytes: 1536, limit: 10 * 1024 ** 3 },
  quota: { api: { used: 130, limit: 10_000 }, media: { used: 5, limit: 75_000 } },
  errors: [],
  unmeasurable: [],
};

describe('the status text', () => {
  it('of a healthy mount says what is there and how fresh it is', () => {
    assert.equal(
      renderStatus(READY, NOW),
      [
        '/home/ada/photos  (profile default, pid 4711, version 1.2.3)',
        '  state       ready',
        '  library     12,400 items in 1 album, 3.0 GiB',
        '  sync        last finished 2 min ago',
        '  cache       1.5 KiB of at most 10.0 GiB',
        '  quota today 130 of 10,000 API requests, 5 of 75,000 media requests',
        '',
      ].join('\n'),
    );
  });

  it('of a mount in trouble shows the latest troubles with their next step', () => {
    const error = {
      code: 'x',
      message: 'It broke.',
      hint: 'Mend it.',
      at: '2026-03-01T11:59:30Z',
      subject: '',
      count: 3,
    };
    const text = renderStatus({ ...READY, state: 'degraded', errors: Array.from({ length: 7 }, () => error) }, NOW);
    assert.match(text, /state {7}mounted, but syncing fails/);
    assert.match(text, /troubles {4}7 entries/);
    assert.match(text, /30 s ago: It broke\. \(3 times\)\n {6}Mend it\./);
    assert.equal(text.match(/It broke/g)?.length, 5);
    assert.match(text, /status --json/);
  });

  it('does not let a name from outside command the terminal', () => {
    const error = {
      code: 'x',
      message: 'bad \u001b[2J\u009b name',
      hint: '',
      at: READY.startedAt,
      subject: '',
      count: 1,
    };
    assert.doesNotMatch(renderStatus({ ...READY, errors: [error] }, NOW), /[\u001b\u009b]/);
  });
});

describe('the progress line', () => {
  const during = (items: number, firstSyncDone = false): Pick<StatusDocument, 'catalog' | 'sync'> => ({
    catalog: { ...READY.catalog, items, albums: 3 },
    sync: { ...READY.sync, firstSyncDone },
  });

  it('is redrawn in place, and ends with the first sync', () => {
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

  it('steps aside for log lines', () => {
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

  it('says nothing where an earlier run had finished the first sync', () => {
    let written = '';
    new ProgressLine((text) => (written += text)).update(during(0, true));
    assert.equal(written, '');
  });
});

describe('a path in a command to copy', () => {
  it('is quoted where a shell would take it apart', () => {
    assert.equal(shellQuoted('/home/ada/photos'), '/home/ada/photos');
    assert.equal(shellQuoted("/it's here"), "'/it'\\''s here'");
  });
});
