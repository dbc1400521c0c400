import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { withChildMount, type ChildMount } from '../support/child-mount.js';
import { withDeadline } from '../support/deadline.js';
import { until } from '../support/until.js';

/** The bound is 1 s; a busy machine gets more, far from the minute that the file system would keep the reader. */
const FREE_MS = 5000;

function reader(program: string, ...args: string[]): ChildProcess {
  return spawn(program, args, { stdio: ['ignore', 'pipe', 'ignore'] });
}

const ended = (child: ChildProcess): Promise<NodeJS.Signals | null> =>
  new Promise((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null) resolve(child.signalCode);
    else child.once('exit', (_code, signal) => resolve(signal));
  });

async function untilWaiting(mount: ChildMount, count = 1): Promise<void> {
  await until(`${count} calls wait`, async () => Number((await mount.report()).facts['waiting']) >= count);
}

const CALLS: Readonly<Record<string, (path: string) => ChildProcess>> = {
  'a stat that waits for a size': (path) => reader('stat', join(path, 'stat')),
  'an open that waits': (path) => reader('cat', join(path, 'open')),
  'a listing that waits': (path) => reader('ls', '-f', join(path, 'list')),
  'a read through the page cache': (path) => reader('cat', join(path, 'read')),
  'a direct read': (path) => reader('dd', `if=${join(path, 'read')}`, 'iflag=direct', 'bs=64k'),
};

describe('a reader that waits in the mount', () => {
  for (const [what, start] of Object.entries(CALLS)) {
    for (const signal of ['SIGKILL', 'SIGTERM'] as const) {
      it(`a reader that waits in the mount is free at once after ${signal} during ${what}`, async () => {
        await withChildMount({ fixture: 'stuck' }, async (mount) => {
          const child = start(mount.path);
          await untilWaiting(mount);
          child.kill(signal);
          const death = await withDeadline(ended(child), FREE_MS, 'the end of the reader');
          assert.equal(death, signal);
        });
      });
    }
  }

  it('a waiting reader gets its answer although another reader is killed', async () => {
    await withChildMount({ fixture: 'stuck' }, async (mount) => {
      // Not two look-ups: the kernel lets only one at a time into a folder.
      const patient = reader('sh', '-c', 'wc -c < "$1"', 'sh', join(mount.path, 'open'));
      let said = '';
      patient.stdout?.setEncoding('utf8').on('data', (text: string) => (said += text));
      await untilWaiting(mount);
      const killed = reader('cat', join(mount.path, 'open'));
      await untilWaiting(mount, 2);
      killed.kill('SIGKILL');
      await withDeadline(ended(killed), FREE_MS, 'the end of the killed reader');
      assert.equal(patient.exitCode, null);
      mount.tell('let go');
      await withDeadline(ended(patient), FREE_MS, 'the end of the other');
      assert.equal(patient.exitCode, 0);
      assert.equal(said.trim(), '1000000');
    });
  });

  it('a reader that catches the signal goes on waiting and gets its answer', async () => {
    await withChildMount({ fixture: 'stuck' }, async (mount) => {
      const script =
        'import os,signal,sys\nsignal.signal(signal.SIGUSR1, lambda *a: None)\nprint(os.stat(sys.argv[1]).st_size)';
      const child = reader('python3', '-c', script, join(mount.path, 'stat'));
      let said = '';
      child.stdout?.setEncoding('utf8').on('data', (text: string) => (said += text));
      await untilWaiting(mount);
      child.kill('SIGUSR1');
      await until('the signal waits or was taken', async () => {
        const text = await readFile(`/proc/${child.pid ?? 0}/status`, 'latin1');
        return /^State:\s*[DS]/m.test(text);
      });
      // Several looks of the mount at its waiting requests pass meanwhile.
      const begun = performance.now();
      await until('two more seconds', () => performance.now() - begun > 2000);
      assert.equal(child.exitCode, null);
      mount.tell('let go');
      await withDeadline(ended(child), FREE_MS, 'the end of the reader');
      assert.equal(said.trim(), '1000000');
    });
  });

  it('a reader that waits in the mount leaves no file open when it is killed during an open whose answer comes later', async () => {
    await withChildMount({ fixture: 'stuck' }, async (mount) => {
      const child = reader('cat', join(mount.path, 'open'));
      await untilWaiting(mount);
      child.kill('SIGKILL');
      await withDeadline(ended(child), FREE_MS, 'the end of the reader');
      mount.tell('let go');
      await until('the file is released', async () => {
        const { openFiles, facts } = await mount.report();
        return openFiles === 0 && facts['opened'] === 1 && facts['released'] === 1;
      });
      assert.equal((await stat(join(mount.path, 'quick'))).size, 1_000_000);
    });
  });
});
