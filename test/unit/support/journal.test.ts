import assert from 'node:assert/strict';
import { closeSync, fstatSync, openSync } from 'node:fs';
import { describe, it } from 'node:test';
import { isJournal } from '../../../src/support/journal.js';
import { lineLogger } from '../../../src/support/logger.js';

describe('the journal', () => {
  it('the journal gets lines with a priority and without a time of ours', () => {
    let text = '';
    const log = lineLogger({ write: (line) => (text += line), least: () => 'debug', now: () => 0, format: 'journal' });
    log.log('error', 'broken\n<0>forged');
    log.log('warn', 'odd');
    log.log('info', 'fine');
    log.log('debug', 'detail');
    assert.equal(text, '<3>broken\\x0a<0>forged\n<4>odd\n<6>fine\n<7>detail\n');
  });

  it('the journal is known by device and inode, so that a redirected output is not taken for it', () => {
    const descriptor = openSync('/dev/null', 'r');
    const { dev, ino } = fstatSync(descriptor);
    assert.equal(isJournal({ JOURNAL_STREAM: `${dev}:${ino}` }, descriptor), true);
    assert.equal(isJournal({ JOURNAL_STREAM: `${dev}:${ino + 1}` }, descriptor), false);
    assert.equal(isJournal({}, descriptor), false);
    closeSync(descriptor);
    assert.equal(isJournal({ JOURNAL_STREAM: `${dev}:${ino}` }, descriptor), false);
  });
});
