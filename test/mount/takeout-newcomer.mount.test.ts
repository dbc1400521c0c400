import assert from 'node:assert/strict';
import { chmodSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { endMount } from '../support/end-mount.js';
import { program } from '../support/mounted.js';
import { makePrivateFolders } from '../support/private-folders.js';
import { run } from '../support/run-program.js';
import { until } from '../support/until.js';
import { describeLibrary } from '../takeout/builder/library.js';
import { writeExport } from '../takeout/builder/write-export.js';
import { differencesFromTruth } from '../takeout/truth-check.js';

const PHOTOS = 1000;

describe('a newcomer with a downloaded Takeout export', () => {
  it('two commands, as README.md gives them, lead from an empty home to the whole library as folders; the time is told', async (t) => {
    const made = makePrivateFolders();
    const photos = Array.from({ length: PHOTOS }, (_, index) => ({
      ...{ title: `IMG_${index}.jpg`, takenMs: Date.UTC(2015 + (index % 10), index % 12, 1, 0, index) },
      favorite: index % 50 === 0,
    }));
    const albums = [{ title: 'Rome', members: ['p1', 'p2', 'p3'] }];
    const mountpoint = join(made.home, 'photos');
    const folders = { ...made, mountpoint };
    try {
      const bin = join(made.root, 'bin');
      mkdirSync(bin);
      const command = join(bin, 'gphotos-mount');
      writeFileSync(command, `#!/bin/sh\nexec '${process.execPath}' '${program}' "$@"\n`);
      chmodSync(command, 0o755);
      // Nothing but HOME tells where things are.
      const env: NodeJS.ProcessEnv = { ...made.env, PATH: `${bin}:${process.env['PATH'] ?? ''}` };
      for (const name of Object.keys(env)) if (/^GPHOTOS_|^XDG_/.test(name)) Reflect.deleteProperty(env, name);
      const downloads = join(made.home, 'Downloads');
      mkdirSync(downloads);
      const { truth } = await writeExport(describeLibrary({ photos, albums }), { folder: downloads, parts: 4 });
      const readme = await readFile(new URL('../../../README.md', import.meta.url), 'utf8');
      const begun = performance.now();
      for (const line of ['gphotos-mount takeout add ~/Downloads/takeout-*.zip', 'gphotos-mount ~/photos']) {
        assert.ok(readme.includes(`\n    ${line}\n`), line);
        const { code, stdout, stderr } = await run('sh', ['-c', line], { env, cwd: made.home });
        assert.equal(code, 0, `${line}\n${stdout}${stderr}`);
        if (line.endsWith('~/photos')) assert.match(stdout, /^mounted at \/\S+\/photos, a new folder \(.*\)\n$/);
        else assert.match(stdout, /4 parts of 1 export added\. Mount them: gphotos-mount ~\/photos\n$/);
      }
      const mountedMs = performance.now() - begun;
      const all = join(mountpoint, 'media/all');
      await until('all is listed', async () => (await readdir(all)).length === PHOTOS, 60_000);
      const listedMs = performance.now() - begun;
      t.diagnostic(
        `${PHOTOS} photos in 4 parts: mounted after ${(mountedMs / 1000).toFixed(1)} s, all listed after ${(listedMs / 1000).toFixed(1)} s`,
      );
      await until('all is read', async () => {
        const { stdout } = await run('sh', ['-c', 'gphotos-mount status --json ~/photos'], { env });
        return (JSON.parse(stdout) as { takeout: { reading: unknown } }).takeout.reading === null;
      });
      assert.deepEqual(await differencesFromTruth(mountpoint, truth), []);
      const ended = await run('sh', ['-c', 'gphotos-mount unmount ~/photos && gphotos-mount ~/photos'], { env });
      assert.equal(ended.code, 0, ended.stderr);
      assert.match(ended.stdout, /mounted at \S+ \(unmount with/);
      const { code, stderr } = await run(command, ['unmount', mountpoint], { env });
      assert.equal(code, 0, stderr);
      assert.ok(existsSync(mountpoint));
    } finally {
      await endMount(folders);
      made.remove();
    }
  });
});
