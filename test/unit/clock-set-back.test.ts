import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ItemRecord } from '../../src/catalog/records.js';
import { createTokenSource } from '../../src/auth/google-token-source.js';
import { ErrorList } from '../../src/daemon/error-list.js';
import { DocumentSnapshots } from '../../src/filesystem/document-snapshots.js';
import { ProblemLog } from '../../src/filesystem/problem-log.js';
import { ShownVersions } from '../../src/filesystem/shown-versions.js';
import type { MediaId } from '../../src/library/media-item.js';
import { RemoteError } from '../../src/library/remote-error.js';
import { passRate, PassAllowance } from '../../src/sync/pass-allowance.js';
import { PollRhythm } from '../../src/sync/poll-rhythm.js';
import { unmountPath } from '../../src/mount/unmount-path.js';
import { ContentRig, expectBytes } from './content/content-rig.js';
import { mediaRef } from './content/fake-media.js';
import { ManualClock } from './content/manual-clock.js';
import { InstantClock } from './remote/instant-clock.js';

const DAY = 86_400_000;
const BACK = -25 * DAY;
const MINUTE = 60_000;

describe('a clock that was set back by 25 days', () => {
  it('a clock that was set back by 25 days does not keep README.txt and the status document as they were', () => {
    const clock = new ManualClock();
    let text = 'old';
    const snapshots = new DocumentSnapshots({ readme: () => text, status: () => text }, 1_000, clock);
    snapshots.show('readme');
    text = 'new';
    clock.set(BACK);
    assert.equal(Buffer.from(snapshots.show('readme').bytes).toString(), 'new');
  });

  it('a clock that was set back by 25 days does not silence a problem that goes on', () => {
    const clock = new ManualClock();
    const told: string[] = [];
    const log = new ProblemLog({ clock, report: ({ code }) => told.push(code), recovered: () => undefined });
    const problem = { code: 'bad', message: '', hint: '' };
    log.report('a', problem);
    clock.set(BACK);
    log.report('a', problem);
    assert.equal(told.length, 2);
  });

  it('a clock that was set back by 25 days does not make opens of a corrected file fail for days', () => {
    const clock = new ManualClock();
    const correction = { count: 1, at: clock.now() };
    const shown = new ShownVersions({ correction: () => correction, changedAt: () => undefined }, 1_000, clock);
    const item = { mediaId: 'a' as MediaId, name: 'a.jpg' } as ItemRecord;
    assert.throws(() => shown.refuseOutdated('/a.jpg', item), /changed at Google/);
    clock.set(BACK);
    shown.refuseOutdated('/a.jpg', item);
  });

  it('a clock that was set back by 25 days does not keep troubles that are over in the status document', () => {
    let now = 30 * DAY;
    const errors = new ErrorList(9, () => now);
    errors.add({ code: 'x', message: '', hint: '', subject: 'a' });
    errors.resolve(() => true);
    now += BACK;
    assert.deepEqual(errors.list(), []);
  });

  it('a clock that was set back by 25 days does not keep a file in the cache beyond its age', async () => {
    await using rig = await ContentRig.start({ maxAgeMs: DAY });
    rig.media.add('a', 1_000);
    const before = await rig.open('a');
    await expectBytes(before, 'a', 0, 1_000);
    before.close();
    rig.clock.set(BACK);
    await rig.clock.advance(DAY);
    const asked = rig.media.requests.length;
    const after = await rig.open('a');
    await expectBytes(after, 'a', 0, 1_000);
    after.close();
    assert.ok(rig.media.requests.length > asked, 'it was fetched again');
  });

  it('a clock that was set back by 25 days does not make a size that could not be measured fail for days', async () => {
    await using rig = await ContentRig.start();
    rig.media.add('a', 1_000);
    rig.media.beforeAnswer = () => {
      throw new RemoteError('server', 'Down.');
    };
    await assert.rejects(rig.sizes.sizeOf(mediaRef('a')));
    rig.media.beforeAnswer = () => undefined;
    await assert.rejects(rig.sizes.sizeOf(mediaRef('a')), 'the failure is the answer for a while');
    rig.clock.set(BACK);
    assert.equal(await rig.sizes.sizeOf(mediaRef('a')), 1_000);
  });

  it('a clock that was set back by 25 days does not stop a stretched full pass', () => {
    const kept = new Map<string, string>();
    const state = {
      get: (key: string) => kept.get(key),
      set: (key: string, value: string) => void kept.set(key, value),
    };
    const rate = passRate(5 * MINUTE);
    let now = 30 * DAY;
    const allowance = new PassAllowance(state as unknown as ConstructorParameters<typeof PassAllowance>[0]);
    allowance.spend(allowance.left(now, rate), now, rate);
    now += BACK;
    assert.ok(allowance.left(now, rate) < 1);
    assert.ok(allowance.left(now + DAY, rate) >= 1, 'it fills up from then on');
  });

  it('a clock that was set back by 25 days does not keep polls at the short interval of a mount in use', () => {
    const rhythm = new PollRhythm({ pollIntervalMs: 5 * MINUTE, idleIntervalMs: 15 * MINUTE }, 30 * DAY);
    assert.equal(rhythm.interval(30 * DAY + MINUTE), 5 * MINUTE);
    assert.equal(rhythm.interval(30 * DAY + BACK), 15 * MINUTE);
  });

  it('a clock that was set back by 25 days does not make unmounting of a busy mount try for days', async () => {
    const clock = new InstantClock();
    let tries = 0;
    const entry = { mountpoint: '/m', device: '0:1', type: 'fuse.gphotos-mount', source: 'gphotos-mount', options: '' };
    const deps = {
      platform: 'linux',
      clock,
      readTable: () => Promise.resolve([entry as never]),
      run: () => {
        if (tries++ === 0) clock.advance(BACK);
        return tries > 100 ? Promise.reject(new Error('without end')) : Promise.resolve('busy');
      },
    } as const;
    await assert.rejects(unmountPath('/m', {}, deps), /cannot be unmounted/);
    assert.ok(tries < 40, `${tries} tries`);
  });

  it('a clock that was set back by 25 days does not keep an access token beyond its life', async () => {
    const clock = new InstantClock();
    let renewed = 0;
    const token = createTokenSource(
      { clientId: 'id', clientSecret: 'secret', refreshToken: 'refresh' },
      {
        clock,
        random: () => 0,
        exchange: () =>
          Promise.resolve({
            status: 200,
            body: JSON.stringify({ access_token: `token-${++renewed}`, expires_in: 3600, token_type: 'Bearer' }),
          }),
      },
    );
    assert.equal(await token(), 'token-1');
    assert.equal(await token(), 'token-1');
    clock.advance(BACK);
    assert.equal(await token(), 'token-2');
  });
});
