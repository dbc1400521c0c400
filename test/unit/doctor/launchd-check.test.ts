import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { Finding } from '../../../src/doctor/check.js';
import { launchdCheck } from '../../../src/doctor/launchd-check.js';

const LABEL = 'io.github.gphotos-mount.work';

describe('doctor, of services of launchd', () => {
  let home: string;
  before(() => {
    home = mkdtempSync(join(tmpdir(), 'gpm-jobs-'));
  });
  after(() => rmSync(home, { recursive: true }));

  /** On a Mac whose launchd lists these jobs and prints these lines of the job. */
  async function said(labels: readonly string[], lines: readonly string[] = []): Promise<Finding> {
    const print = `gui/501/${LABEL} = {\n${lines.map((line) => `\t${line}\n`).join('')}}\n`;
    const list = ['PID\tStatus\tLabel', '312\t0\tcom.apple.Finder', ...labels.map((label) => `-\t0\t${label}`)];
    return await launchdCheck({ env: {}, home, platform: 'darwin' }, (_program, [verb]) =>
      Promise.resolve({ code: 0, stdout: verb === 'list' ? `${list.join('\n')}\n` : print, stderr: '' }),
    ).run();
  }

  it('doctor, of services of launchd tells of one that runs', async () => {
    const found = await said([LABEL], ['state = running', 'pid = 913', 'last exit code = 2']);
    assert.equal(found.result, 'pass');
    assert.match(found.message, /io\.github\.gphotos-mount\.work is running \(pid 913\)/);
  });

  it('fails for one that launchd starts over and over, with the way to its log', async () => {
    const found = await said([LABEL], ['state = spawn scheduled', 'last exit code = 2']);
    assert.equal(found.result, 'fail');
    assert.match(found.message, /does not run: spawn scheduled \(exit code 2\)/);
    assert.match(found.fix, /service status --profile work/);
  });

  it('fails for one that needs a sign-in, although launchd was told 0', async () => {
    const folder = join(home, 'Library/Application Support/gphotos-mount/work');
    mkdirSync(folder, { recursive: true });
    writeFileSync(
      join(folder, 'service.log'),
      'T the service starts\nT the service ended with exit code 77; it is not started again\n',
    );
    const found = await said([LABEL], ['state = not running', 'last exit code = 0']);
    assert.equal(found.result, 'fail');
    assert.match(found.message, /not running \(exit code 77\)/);
  });

  it('passes for one whose mount was ejected, where there is none, and where launchd is not', async () => {
    rmSync(join(home, 'Library'), { recursive: true, force: true });
    assert.equal((await said([LABEL], ['state = not running', 'last exit code = 0'])).result, 'pass');
    assert.match((await said(['io.github.gphotos-mounter'])).message, /No service of launchd/);
    const missing = launchdCheck({ env: { PATH: join(home, 'nowhere') }, home, platform: 'darwin' });
    assert.equal((await missing.run()).result, 'pass');
    assert.equal((await launchdCheck({ env: {}, home, platform: 'linux' }).run()).result, 'skip');
  });
});
