import assert from 'node:assert/strict';
import { mkdirSync, readFileSync } from 'node:fs';
import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import type { StatusDocument } from '../../src/daemon/status-document.js';
import { startEmulator } from '../emulator/start-emulator.js';
import { freeMountPoint } from '../support/mounted.js';
import { makePrivateFolders } from '../support/private-folders.js';
import { gphotosMount } from '../support/run-program.js';
import { until } from '../support/until.js';

/** In every name and title, between words that look like the program's own. */
const MARK = 'Zwölf';

describe('the bundle for bug reports', () => {
  it('the bundle for bug reports holds no name of a photo, album, camera, pin, profile or folder, wherever the program has it from', async () => {
    const emulator = await startEmulator({ seed: { items: 0 } });
    const { library, faults } = emulator;
    const camera = { make: `${MARK} make`, model: `${MARK} model` };
    const [first, second] = [1, 2].map((number) =>
      library.add({
        filename: `${MARK} could not be read ${number}.jpg`,
        description: `${MARK} described`,
        camera,
        size: 300_000,
      }),
    );
    library.createAlbum(`${MARK}: the mount is ready`, [first?.id ?? '', second?.id ?? '']);
    const folders = makePrivateFolders(emulator.env);
    const mountpoint = join(folders.root, `${MARK} photos`);
    mkdirSync(mountpoint);
    const home = join(folders.root, `${MARK} home`);
    mkdirSync(home);
    const env = { ...folders.env, HOME: home, GPHOTOS_PROFILE: `${MARK.toLowerCase().replace('ö', 'o')}-profile` };
    try {
      const started = await gphotosMount([mountpoint, '--log-level', 'debug'], env);
      assert.equal(started.code, 0, started.stderr);
      const status = async (): Promise<StatusDocument> =>
        JSON.parse((await gphotosMount(['status', '--json'], env)).stdout) as StatusDocument;
      await until('sizes are known', async () => {
        const { sync, catalog } = await status();
        return sync.firstSyncDone && catalog.items === 2 && catalog.unmeasured === 0;
      });
      const [album = ''] = await readdir(join(mountpoint, 'album'));
      assert.equal((await gphotosMount(['cache', 'pin', join(mountpoint, 'album', album)], env)).code, 0);
      await gphotosMount(['cache', 'clear'], env);
      faults.add({ times: Infinity, action: { type: 'reset' } });
      for (const name of await readdir(join(mountpoint, 'media/all')))
        await readFile(join(mountpoint, 'media/all', name)).catch(() => undefined);
      const file = join(folders.root, 'report.txt');
      await until('a failure names a photo', async () =>
        (await status()).errors.some(({ message }) => message.includes(MARK)),
      );
      const { stdout } = await gphotosMount(['doctor', '--yes', '--bundle', file], env);
      const text = readFileSync(file, 'utf8');
      for (const part of ['system', 'checks', 'status', 'log']) assert.match(text, new RegExp(`=== ${part}`));
      for (const said of [text, stdout]) {
        assert.doesNotMatch(said, /zw[oö]lf/i);
      }
      assert.ok(!text.includes(folders.root), 'no path');
      assert.match(text, /could not be read/, 'what happened is still told');
      assert.match(text, /ready/);
    } finally {
      await gphotosMount(['unmount', '--lazy', mountpoint], env);
      freeMountPoint(mountpoint);
      await emulator.close();
      folders.remove();
    }
  });
});
