import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parseDarwinMounts } from '../../../src/mount/mount-table.js';
import { Launchd } from '../../../src/service/launchd.js';
import { wordsOf } from '../../../src/service/plist-text.js';
import type { ServiceDescription } from '../../../src/service/service-driver.js';
import { parsePlist } from '../../support/plist.js';

const ADA = { env: {}, home: '/Users/ada', platform: 'darwin', uid: 501, temporaryFolder: '/tmp' } as const;
const DATA = '/Users/ada/Library/Application Support/gphotos-mount/work';
const SERVICE: ServiceDescription = {
  mountpoint: '/Users/ada/photos',
  node: '/n/node',
  program: '/p/main.js',
  options: ['--profile=work'],
  environment: { GPHOTOS_QUOTA_RESERVE: '20%' },
};
const RUNNING = 'state = running\n\tpid = 913';

/** A driver on a Mac whose launchd prints this of the job, and whose mount(8) prints these lines, or fails. */
function driver({ user, job = RUNNING, mounts = '' }: { user?: string; job?: string; mounts?: string | Error } = {}) {
  const calls: string[] = [];
  const made = new Launchd(
    {
      around: ADA,
      run: (program, args) => {
        calls.push([program, ...args].join(' '));
        return Promise.resolve({ code: 0, stdout: `x = {\n\t${job}\n}\n`, stderr: '' });
      },
      profile: 'work',
      user,
      say: () => undefined,
    },
    () => (mounts instanceof Error ? Promise.reject(mounts) : Promise.resolve(parseDarwinMounts(mounts))),
  );
  return { made, calls };
}

describe('a service of macOS', () => {
  it('a service of macOS of a user lies in the folder of agents and belongs to the desktop session', async () => {
    const { made, calls } = driver();
    assert.equal(made.file, '/Users/ada/Library/LaunchAgents/io.github.gphotos-mount.work.plist');
    await made.isRunning();
    assert.deepEqual(calls, ['launchctl print gui/501/io.github.gphotos-mount.work']);
  });

  it('a service of macOS of the machine lies in the folder of daemons, runs as its user and is told the home folder', async () => {
    const { made, calls } = driver({ user: 'ada' });
    assert.equal(made.file, '/Library/LaunchDaemons/io.github.gphotos-mount.work.plist');
    await made.isRunning();
    assert.deepEqual(calls, ['launchctl print system/io.github.gphotos-mount.work']);
    const list = parsePlist(await made.describe(SERVICE)) as Record<string, unknown>;
    assert.equal(list['UserName'], 'ada');
    assert.deepEqual(list['EnvironmentVariables'], { HOME: '/Users/ada', GPHOTOS_QUOTA_RESERVE: '20%' });
  });

  it('logs to a file that is kept small, unless the settings name another', async () => {
    const { made } = driver();
    const log = async (changes: Partial<ServiceDescription>): Promise<string[]> =>
      wordsOf(await made.describe({ ...SERVICE, ...changes })).filter((word) => word.startsWith('--log-file'));
    assert.deepEqual(await log({}), [`--log-file=${DATA}/daemon.log`]);
    assert.deepEqual(await log({ logFile: '/var/log/mine' }), ['--log-file=/var/log/mine']);
    const named = { logFile: '/var/log/mine', options: ['--log-file=/var/log/mine'] };
    assert.deepEqual(await log(named), ['--log-file=/var/log/mine']);
    assert.match(
      await made.describe(SERVICE),
      new RegExp(`<key>StandardErrorPath</key>\\s*<string>${DATA}/service.log`),
    );
  });

  it('a service of macOS names the programs that have to be there, so that status tells of a Node that was moved', async () => {
    const { made } = driver();
    assert.deepEqual(made.programsIn(await made.describe(SERVICE)), ['/n/node', '/p/main.js']);
  });

  it('a service of macOS of another user is ready, for root, when its process runs and the mount table has its line', async () => {
    const line = 'gphotos-mount on /Users/ada/photos (macfuse, nodev, nosuid, read-only, mounted by ada)\n';
    const isReady = (given: Parameters<typeof driver>[0]): Promise<boolean> =>
      driver({ user: 'ada', ...given }).made.saysReady('/Users/ada/photos');
    assert.equal(await isReady({ mounts: line }), true);
    assert.equal(await isReady({ mounts: '' }), false);
    assert.equal(await isReady({ mounts: new Error('mount(8) failed') }), false);
    assert.equal(await isReady({ mounts: line, job: 'state = spawn scheduled' }), false);
  });

  it('a service of macOS is not called failed before its first start, nor while it runs', async () => {
    assert.equal(await driver().made.failure(), undefined);
    const waiting = 'state = spawn scheduled\n\tlast exit code = (never exited)';
    assert.equal(await driver({ job: waiting }).made.failure(), undefined);
    const ended = await driver({ job: 'state = spawn scheduled\n\tlast exit code = 2' }).made.failure();
    assert.ok(ended);
    assert.equal(ended.exitCode, 2);
    assert.match(ended.hint, /launchctl print gui\/501/);
  });
});
