import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { withDeadline } from '../support/deadline.js';
import { exitOf } from '../support/mounted.js';
import { until } from '../support/until.js';
import { withLibrary } from '../support/with-library.js';

/** A second is promised; the silence of the network would last over 15. */
const FREE_MS = 5000;

describe('SEMANTICS: readers that are killed, on a mount', () => {
  it('killed-reader: a program killed while the media host is silent is free before the mount gives up', () =>
    withLibrary(
      (library) => void library.add({ filename: 'a.jpg', size: 300_000 }),
      ({ mount, emulator }) =>
        mount({ until: 'measured' }, async ({ path }) => {
          const silence = emulator.faults.add({ times: Infinity, action: { type: 'stall' } });
          const reader = spawn('cat', [join(path, 'media/all/a.jpg')], { stdio: 'ignore' });
          await until('the media host is asked', () => silence.hits > 0);
          reader.kill('SIGKILL');
          await withDeadline(exitOf(reader), FREE_MS, 'the end of the reader');
          assert.equal(reader.signalCode, 'SIGKILL');
        }),
    ));
});
