import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { deviceOf, exitOf, freeMountPoint, repositoryRoot } from '../support/mounted.js';
import { makePrivateFolders, type PrivateFolders } from '../support/private-folders.js';
import { run } from '../support/run-program.js';
import { until } from '../support/until.js';

const demo = join(repositoryRoot, 'build/test/demo/main.js');

let folders: PrivateFolders;
let env: NodeJS.ProcessEnv;
let place: string;
beforeEach(() => {
  folders = makePrivateFolders();
  // What the demo makes for itself goes here too, so that leftovers show.
  const temporary = join(folders.root, 'tmp');
  mkdirSync(temporary);
  place = join(folders.root, 'demo photos');
  env = { ...folders.env, TMPDIR: temporary, INIT_CWD: folders.root };
});
afterEach(() => {
  freeMountPoint(place);
  folders.remove();
});

async function assertNothingLeft(): Promise<void> {
  assert.equal(deviceOf(place), undefined, 'nothing is mounted');
  assert.ok(!existsSync(place), 'the folder is gone');
  assert.deepEqual(await readdir(join(folders.root, 'tmp')), []);
}

describe('the demo', () => {
  it('the demo prints a short tree and three commands, and leaves nothing behind', async () => {
    const outcome = await run(process.execPath, [demo, '--once', 'demo photos'], { env, deadlineMs: 90_000 });
    assert.equal(outcome.code, 0, outcome.stderr);
    assert.match(outcome.stdout, /\d{3} pictures and clips in \d+ albums, mounted on \.\/demo photos:/);
    assert.match(outcome.stdout, / {2}album\/\n {4}\S.*\/\n {6}\S+\.(?:jpg|mp4)\n/);
    assert.match(outcome.stdout, / {2}ls -l '\.\/demo photos\/album\//);
    assert.equal(outcome.stdout.match(/^ {2}(?:ls|find|file) .*$/gm)?.length, 5);
    assert.equal(outcome.stderr, '');
    await assertNothingLeft();
  });

  it('the demo shows a Takeout export with all oddities beside the items of the account', async () => {
    const child = spawn(process.execPath, [demo, place], { env, stdio: ['ignore', 'pipe', 'pipe'] });
    let shown = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => (shown += text));
    child.stderr.resume();
    await until('the introduction', () => shown.includes('Ctrl-C unmounts'), 60_000);
    assert.match(shown, /\. 10 come from a made-up Takeout export/);
    assert.match(
      shown,
      /\$ gphotos-mount takeout add ~\/Downloads\/takeout-\*\.zip\n {2}added ~\/Downloads\/takeout-.*-001\.zip/,
    );
    const album = await readdir(join(place, 'album/Lake Como'));
    assert.deepEqual(album.sort(), [
      'IMG_0001.jpg',
      'IMG_0002-edited.jpg',
      'IMG_0002.jpg',
      'IMG_0003.HEIC',
      'IMG_0003.MP4',
    ]);
    assert.deepEqual(await readdir(join(place, 'media/by-year/1931')), ['Grandmother 1931.jpg']);
    assert.deepEqual((await readdir(join(place, 'people'))).sort(), ['Ada Lovelace', 'Grace Hopper']);
    child.kill('SIGINT');
    assert.equal(await exitOf(child), 0);
    await assertNothingLeft();
  });

  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    it(`the demo stays mounted until ${signal}, then unmounts and leaves nothing behind`, async () => {
      const child = spawn(process.execPath, [demo, place], { env, stdio: ['ignore', 'pipe', 'pipe'] });
      let shown = '';
      child.stdout.setEncoding('utf8').on('data', (text: string) => (shown += text));
      child.stderr.resume();
      await until('the introduction', () => shown.includes('Ctrl-C unmounts'), 60_000);
      assert.ok((await readdir(place)).includes('README.txt'));
      child.kill(signal);
      assert.equal(await exitOf(child), 0);
      await assertNothingLeft();
    });
  }

  it('the demo says in a few words why it cannot mount, and leaves the folder as it was', async () => {
    mkdirSync(join(place, 'mine'), { recursive: true });
    const outcome = await run(process.execPath, [demo, '--once', place], { env, deadlineMs: 60_000 });
    assert.equal(outcome.code, 1);
    assert.match(outcome.stderr, /is not empty: it holds mine/);
    assert.ok(outcome.stderr.split('\n').length <= 5, outcome.stderr);
    assert.deepEqual(await readdir(place), ['mine']);
  });
});
