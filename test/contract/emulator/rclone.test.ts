import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { promisify } from 'node:util';
import { startRcloneProxy, type RcloneProxy } from '../../emulator/https-proxy.js';
import { startEmulator, type Emulator } from '../../emulator/start-emulator.js';

const execute = promisify(execFile);

describe('rclone, a client that knows nothing of the emulator', () => {
  let emulator: Emulator;
  let proxy: RcloneProxy;
  before(async () => {
    emulator = await startEmulator({ seed: { items: 230, albums: 4, archivedEvery: 30 } });
    proxy = await startRcloneProxy(emulator);
  });
  after(async () => {
    await proxy.close();
    await emulator.close();
  });

  async function rclone(...args: string[]): Promise<string[]> {
    const { stdout } = await execute('rclone', args, { env: { ...process.env, ...proxy.env }, timeout: 60_000 });
    return stdout.split('\n').filter((line) => line !== '');
  }

  /** Names as rclone makes them: namesakes in a folder get their id. */
  function names(items: Iterable<{ readonly id: string; readonly filename: string }>): string[] {
    const all = [...items];
    return all.map(({ id, filename }) => {
      const twins = all.filter((other) => other.filename === filename).length > 1;
      const dot = filename.lastIndexOf('.');
      return twins ? `${filename.slice(0, dot)} {${id}}${filename.slice(dot)}` : filename;
    });
  }

  it('rclone lists every item that is not archived, and the archived ones on demand', async () => {
    const { library } = emulator;
    const visible = [...library.items()].filter(({ archived }) => !archived);
    assert.ok(visible.length < 230);
    assert.deepEqual((await rclone('lsf', '-R', 'gphotos:media/all')).sort(), names(visible).sort());
    const everything = await rclone('lsf', '-R', '--gphotos-include-archived', 'gphotos:media/all');
    assert.deepEqual(everything.sort(), names(library.items()).sort());
  });

  it('rclone lists albums and favourites', async () => {
    const { library } = emulator;
    const wanted = library
      .albums()
      .flatMap(({ id, title }) => [`${title}/`, ...names(library.albumItems(id)).map((name) => `${title}/${name}`)]);
    assert.deepEqual((await rclone('lsf', '-R', 'gphotos:album')).sort(), wanted.sort());
    const favorites = [...library.items()].filter(({ favorite, archived }) => favorite && !archived);
    assert.deepEqual((await rclone('lsf', 'gphotos:feature/favorites')).sort(), names(favorites).sort());
  });

  it('rclone lists a day by its date filter', async () => {
    const { library } = emulator;
    const [newest] = library.items();
    const day = newest?.creationTime.slice(0, 10) ?? '';
    const wanted = [...library.items()].filter(
      ({ creationTime, archived }) => creationTime.startsWith(day) && !archived,
    );
    assert.deepEqual(
      (await rclone('lsf', `gphotos:media/by-day/${day.slice(0, 4)}/${day}`)).sort(),
      names(wanted).sort(),
    );
  });

  it('rclone copies every file right, byte for byte', async () => {
    const { library } = emulator;
    const folder = mkdtempSync(join(tmpdir(), 'rclone-copy-'));
    try {
      await rclone('copy', '--transfers', '8', 'gphotos:media/all', folder);
      const visible = [...library.items()].filter(({ archived }) => !archived);
      const wanted = names(visible);
      assert.deepEqual(readdirSync(folder).sort(), [...wanted].sort());
      for (const [i, { id }] of visible.entries()) {
        assert.ok(readFileSync(join(folder, wanted[i] ?? '')).equals(await library.bytesOf(id)), wanted[i]);
      }
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('rclone reads sizes and single files', async () => {
    const { library } = emulator;
    const [album] = library.albums();
    const items = library.albumItems(album?.id ?? '');
    const lines = await rclone(
      'lsf',
      '--format',
      'ps',
      '--separator',
      '|',
      '--gphotos-read-size',
      `gphotos:album/${album?.title ?? ''}`,
    );
    const wanted = names(items).map((name, i) => `${name}|${library.sizeOf(items[i]?.id ?? '')}`);
    assert.deepEqual(lines.sort(), wanted.sort());
    const path = `gphotos:album/${album?.title ?? ''}/${names(items)[0] ?? ''}`;
    const { stdout } = await execute('rclone', ['cat', path], {
      env: { ...process.env, ...proxy.env },
      encoding: 'buffer',
    });
    assert.ok(stdout.equals(await library.bytesOf(items[0]?.id ?? '')));
  });
});
