import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { names } from '../support/mounted-files.js';
import { itemNumbers, listed, pickAll, pickCommand, startPick } from '../support/picking.js';
import { gphotosMount } from '../support/run-program.js';
import { smallDisk } from '../support/small-disk.js';
import { until } from '../support/until.js';
import { withLibrary } from '../support/with-library.js';

const HIDDEN = { seed: { items: 12, albums: 0, videosEvery: 0 }, switches: { appSeesFrom: 12 } } as const;
const nothing = (): void => undefined;

function partFiles(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true })
    .map(String)
    .filter((name) => name.endsWith('.part'));
}

describe('gphotos-mount pick', () => {
  it('Ctrl-C while a mount fetches stops the command alone: the mount goes on, and pick list tells of it', () =>
    withLibrary(
      nothing,
      ({ mount, emulator, folders }) =>
        mount({}, async (mounted) => {
          const pick = startPick(folders, emulator);
          await pick.uri();
          pick.child.kill('SIGINT');
          const { code, stdout } = await pick.done();
          assert.equal(code, 8, stdout);
          assert.match(stdout, /It goes on in the background\. Look: gphotos-mount pick list/);
          emulator.picking.done(emulator.picking.last.id, itemNumbers(emulator));
          await mounted.untilStatus('all is there', ({ catalog }) => catalog.sources.picker === 12);
          assert.match((await pickCommand(folders, emulator, 'list')).stdout, /done\n.*12 of 12 stored/);
        }),
      HIDDEN,
    ));

  it('kill -9 right after the address is shown: pick list shows the session, with its address, and pick resume collects what is picked then', () =>
    withLibrary(
      nothing,
      async ({ emulator, folders, mount }) => {
        const pick = startPick(folders, emulator);
        const uri = await pick.uri();
        pick.child.kill('SIGKILL');
        await pick.done();
        const { sessions } = await listed(folders, emulator);
        assert.deepEqual(
          sessions.map((session) => [session.state, (session as unknown as { uri: string }).uri]),
          [['open', uri]],
        );
        emulator.picking.done(emulator.picking.last.id, itemNumbers(emulator).slice(0, 3));
        const resumed = await pickCommand(folders, emulator, 'resume');
        assert.equal(resumed.code, 0, resumed.stdout + resumed.stderr);
        assert.match(resumed.stdout, /3 of 3 stored/);
        assert.ok(emulator.picking.last.deleted);
        await mount({}, (mounted) =>
          mounted.untilStatus('they show', ({ catalog }) => catalog.sources.picker === 3).then(() => undefined),
        );
      },
      HIDDEN,
    ));

  it('--no-wait ends with 0 once the session is kept, and a mount collects what is picked', () =>
    withLibrary(
      nothing,
      async ({ emulator, folders, mount }) => {
        const begun = await pickCommand(folders, emulator, '--no-open', '--no-wait', '--count', '5');
        assert.equal(begun.code, 0, begun.stderr);
        assert.match(
          begun.stdout,
          /tick up to 5 items[^]*The session is kept\. Go on with it: gphotos-mount pick resume/,
        );
        assert.equal(emulator.picking.last.most, 5);
        emulator.picking.done(emulator.picking.last.id, itemNumbers(emulator).slice(0, 4));
        await mount({}, async (mounted) => {
          await mounted.untilStatus('they show', ({ catalog }) => catalog.sources.picker === 4);
          await until('it is ended', () => emulator.picking.last.deleted);
        });
      },
      HIDDEN,
    ));

  it('two commands at once: on a mount both pick; without one the second is told that the profile is busy, with 75', () =>
    withLibrary(
      nothing,
      async ({ emulator, folders, mount }) => {
        const first = startPick(folders, emulator);
        await first.uri();
        const second = await pickCommand(folders, emulator, '--no-open');
        assert.equal(second.code, 75, second.stdout + second.stderr);
        assert.match(second.stderr, /Another gphotos-mount command works on profile default/);
        const adding = await gphotosMount(['takeout', 'add', folders.home], { ...folders.env, ...emulator.env });
        assert.deepEqual([adding.code, adding.stderr], [75, second.stderr]);
        const check = await gphotosMount(['status', '--check'], { ...folders.env, ...emulator.env });
        const down = 'DOWN profile default: not mounted, another command works on it\n';
        assert.deepEqual([check.code, check.stdout], [2, down]);
        assert.equal((await listed(folders, emulator)).sessions.length, 1);
        const mounting = await gphotosMount([folders.mountpoint], { ...folders.env, ...emulator.env });
        assert.equal(mounting.code, 75, mounting.stderr);
        emulator.picking.done(emulator.picking.last.id, itemNumbers(emulator).slice(0, 2));
        assert.equal((await first.done()).code, 0);
        await mount({}, async (mounted) => {
          const picks = [startPick(folders, emulator), startPick(folders, emulator)];
          for (const pick of picks) await pick.uri();
          const [, one, other] = emulator.picking.all();
          emulator.picking.done(one?.id ?? '', itemNumbers(emulator).slice(0, 6));
          emulator.picking.done(other?.id ?? '', itemNumbers(emulator).slice(4));
          for (const pick of picks) assert.equal((await pick.done()).code, 0, pick.said());
          await mounted.untilStatus('all show', ({ catalog }) => catalog.sources.picker === 12);
        });
      },
      HIDDEN,
    ));

  it('a session that expires in the middle ends the command with 74 and words on what is missing and what to do; what is stored stays', () =>
    withLibrary(
      nothing,
      ({ emulator, folders, mount }) =>
        mount({}, async (mounted) => {
          emulator.switches.pageCap = 5;
          emulator.faults.add({
            ...{ match: { route: 'picker.mediaItems.list' }, after: 1 },
            action: { type: 'slow', delayMs: 1500 },
          });
          const pick = startPick(folders, emulator);
          await pick.uri();
          emulator.picking.done(emulator.picking.last.id, itemNumbers(emulator));
          await mounted.untilStatus('a page is stored', ({ picked }) => picked.items === 5);
          emulator.picking.last.deleted = true;
          const { code, stderr, stdout } = await pick.done();
          assert.equal(code, 74, stdout + stderr);
          assert.match(stderr, /The session ended at Google \(expired\)[^]*Pick the rest again: gphotos-mount pick/);
          await mounted.untilStatus('they show', ({ catalog }) => catalog.sources.picker === 5);
          assert.match(await readFile(join(mounted.path, 'README.txt'), 'utf8'), /5 items were picked/);
        }),
      HIDDEN,
    ));

  it('an item that cannot be had is named and the command ends with 74 while the mount tries again', () =>
    withLibrary(
      nothing,
      ({ emulator, folders, mount }) =>
        mount({}, async (mounted) => {
          const [bad = -1] = itemNumbers(emulator);
          emulator.picking.faults.set(bad, { type: 'status', status: 404, times: Infinity });
          const { code, stdout } = await pickAll(folders, emulator, itemNumbers(emulator));
          assert.equal(code, 74, stdout);
          const { filename = '' } = emulator.library.itemAt(bad) ?? {};
          assert.match(stdout, /11 of 12 stored[^]*1 failed/);
          assert.ok(stdout.includes(`not stored: ${filename}`), stdout);
          const { picked } = await mounted.status();
          assert.deepEqual(
            picked.sessions.map(({ state, missing }) => [state, missing.map(({ name }) => name)]),
            [['retrying', [filename]]],
          );
          assert.match((await gphotosMount(['status'], { ...folders.env })).stdout, /retrying, 11 of 12 stored/);
          emulator.picking.faults.delete(bad);
          const resumed = await pickCommand(folders, emulator, 'resume');
          assert.equal(resumed.code, 0, resumed.stdout + resumed.stderr);
          await mounted.untilStatus('all show', ({ catalog }) => catalog.sources.picker === 12);
        }),
      HIDDEN,
    ));

  it('without the permission, without the API and without a sign-in pick ends with 77, 78 and 77, and says what to do', () =>
    withLibrary(
      nothing,
      async ({ emulator, folders, mount }) => {
        const { oauth } = emulator;
        const scopes = oauth.grant.scopes;
        oauth.grant.scopes = scopes.filter((scope) => !scope.includes('photospicker'));
        const unticked = await pickCommand(folders, emulator, '--no-open');
        assert.equal(unticked.code, 77, unticked.stderr);
        assert.match(unticked.stderr, /gphotos-mount login again and tick the box for photos that you pick/);
        oauth.grant.scopes = scopes;
        await mount({}, async () => {
          emulator.faults.add({
            match: { route: 'picker.sessions.create' },
            action: { type: 'api-error', error: 'picker-disabled' },
          });
          const off = await pickCommand(folders, emulator, '--no-open');
          assert.equal(off.code, 78, off.stderr);
          assert.match(off.stderr, /Picker API is not switched on[^]*Switch it on at https:\/\/console/);
        });
        emulator.faults.clear();
        emulator.switches.noPhotosAccount = true;
        const without = await pickCommand(folders, emulator, '--no-open');
        assert.match(without.stderr, /this account has no Google Photos/);
        emulator.switches.noPhotosAccount = false;
        emulator.switches.mostPickSessions = 0;
        const many = await pickCommand(folders, emulator, '--no-open');
        assert.equal(many.code, 76, many.stderr);
        assert.match(many.stderr, /opens no more picking sessions[^]*pick cancel ID/);
        const none = { ...folders.env, ...emulator.env, GPHOTOS_REFRESH_TOKEN: '' };
        const signedOut = await gphotosMount(['pick', '--no-open'], none);
        assert.equal(signedOut.code, 77, signedOut.stderr);
        assert.deepEqual((await listed(folders, emulator)).sessions, []);
      },
      HIDDEN,
    ));

  it('a sign-in that ends while a mount fetches pauses the session, what is stored is read on, and a new sign-in goes on by itself', () =>
    withLibrary(
      nothing,
      ({ emulator, folders, mount }) =>
        mount({}, async (mounted) => {
          emulator.switches.pageCap = 4;
          emulator.faults.add({
            ...{ match: { route: 'picker.mediaItems.list' }, after: 1 },
            action: { type: 'slow', delayMs: 1500 },
          });
          const pick = startPick(folders, emulator);
          await pick.uri();
          emulator.picking.done(emulator.picking.last.id, itemNumbers(emulator));
          await mounted.untilStatus('a page is stored', ({ picked }) => picked.items === 4);
          emulator.oauth.grant.revoked = true;
          emulator.oauth.expireAccessTokens();
          const { code, stderr } = await pick.done();
          assert.equal(code, 77, stderr);
          const { picked } = await mounted.status();
          assert.deepEqual(
            picked.sessions.map(({ state, reason }) => [state, reason]),
            [['paused', 'sign-in']],
          );
          const all = join(mounted.path, 'media/all');
          for (const name of await names(all)) assert.ok((await readFile(join(all, name))).length > 0);
          emulator.oauth.grant.revoked = false;
          process.kill(mounted.pid, 'SIGHUP');
          await mounted.untilStatus('all show', ({ catalog }) => catalog.sources.picker === 12, 60_000);
        }),
      HIDDEN,
    ));

  it('a picked item appears in the tree only when it is whole, and no listing of the mount waits for it', () =>
    withLibrary(
      nothing,
      ({ emulator, folders, mount }) =>
        mount({}, async (mounted) => {
          const numbers = itemNumbers(emulator);
          for (const number of numbers.slice(0, 3))
            emulator.picking.faults.set(number, { type: 'slow', bytesPerSecond: 4000, times: 1 });
          const pick = startPick(folders, emulator);
          await pick.uri();
          emulator.picking.done(emulator.picking.last.id, numbers);
          const all = join(mounted.path, 'media/all');
          const seen = new Set<number>();
          await until('all are there', async () => {
            const present = await readdir(all);
            seen.add(present.length);
            for (const name of present) {
              const number = numbers.find((one) => emulator.library.itemAt(one)?.filename === name) ?? -1;
              const wanted = await emulator.library.bytesOf(emulator.library.idOf(number));
              assert.ok((await readFile(join(all, name))).equals(wanted), name);
            }
            return present.length === 12;
          });
          assert.ok(seen.size > 1, 'some came before the slow ones');
          assert.equal((await pick.done()).code, 0);
        }),
      HIDDEN,
    ));

  it('cache clear, a full sync and logout leave picked items alone; forget removes one and its file', () =>
    withLibrary(
      nothing,
      ({ emulator, folders, mount }) =>
        mount({}, async (mounted) => {
          assert.equal((await pickAll(folders, emulator, itemNumbers(emulator))).code, 0);
          await mounted.untilStatus('all show', ({ catalog }) => catalog.sources.picker === 12);
          const env = { ...folders.env, ...emulator.env };
          for (const args of [
            ['cache', 'clear'],
            ['sync', '--full', '--wait'],
          ])
            assert.equal((await gphotosMount(args, env)).code, 0, args.join(' '));
          const all = join(mounted.path, 'media/all');
          const [name = ''] = await names(all);
          assert.equal((await names(all)).length, 12);
          assert.ok((await readFile(join(all, name))).length > 0);
          const wrong = await pickCommand(folders, emulator, 'forget', join(all, 'nothing.jpg'));
          assert.equal(wrong.code, 64, wrong.stderr);
          const folder = await pickCommand(folders, emulator, 'forget', all);
          assert.match(folder.stderr, /is a folder/);
          const forgotten = await pickCommand(folders, emulator, 'forget', join(all, name));
          assert.equal(forgotten.code, 0, forgotten.stderr);
          assert.ok(!(await names(all)).includes(name));
          assert.equal((await mounted.status()).picked.items, 11);
        }),
      HIDDEN,
    ));
});

describe('picked files and their disk', { skip: process.getuid?.() !== 0 && 'needs root' }, () => {
  it('a full disk pauses the session with words, the mount answers, no half file is left, and it goes on by itself with space', () =>
    withLibrary(
      nothing,
      async ({ emulator, folders, mount }) => {
        const place = join(folders.root, 'drive');
        mkdirSync(place);
        const disk = smallDisk(place, 40);
        assert.ok(disk);
        try {
          await mount({ args: ['--picked-dir', place] }, async (mounted) => {
            disk.fill(2_000_000);
            const { code, stderr } = await pickAll(folders, emulator, itemNumbers(emulator));
            assert.equal(code, 2, stderr);
            assert.match(stderr, /The disk of the picked files, .*, is full: at least \d+ MB more are needed\./);
            const { picked } = await mounted.status();
            assert.deepEqual(
              picked.sessions.map(({ state, reason }) => [state, reason]),
              [['paused', 'disk']],
            );
            assert.deepEqual(await readdir(join(mounted.path, 'media/all')), []);
            assert.deepEqual(partFiles(place), []);
            disk.empty();
            await mounted.untilStatus('all show', ({ catalog }) => catalog.sources.picker === 12, 60_000);
          });
        } finally {
          disk.remove();
        }
      },
      HIDDEN,
    ));

  it('a disk that cannot be written pauses the session with words, loses nothing, and it goes on by itself when it can', () =>
    withLibrary(
      nothing,
      async ({ emulator, folders, mount }) => {
        const place = join(folders.root, 'drive');
        mkdirSync(place);
        const disk = smallDisk(place, 40);
        assert.ok(disk);
        try {
          await mount({ args: ['--picked-dir', place] }, async (mounted) => {
            const numbers = itemNumbers(emulator);
            assert.equal((await pickAll(folders, emulator, numbers.slice(0, 4))).code, 0);
            disk.setReadOnly(true);
            const { code, stderr } = await pickAll(folders, emulator, numbers.slice(4));
            assert.equal(code, 2, stderr);
            assert.match(stderr, /read-only[^]*it goes on by itself/);
            await mounted.untilStatus('what was stored shows', ({ catalog }) => catalog.sources.picker === 4);
            const all = join(mounted.path, 'media/all');
            for (const name of await readdir(all)) assert.ok((await readFile(join(all, name))).length > 0);
            disk.setReadOnly(false);
            await mounted.untilStatus('all show', ({ catalog }) => catalog.sources.picker === 12, 60_000);
          });
        } finally {
          disk.remove();
        }
      },
      HIDDEN,
    ));
});
