import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { ExitCode } from '../../src/support/user-error.js';
import type { CheckReport } from '../../src/doctor/check.js';
import { program, repositoryRoot, withMount } from '../support/mounted.js';
import { modulesOf, otherNode } from '../support/other-node.js';
import { makePrivateFolders, type PrivateFolders } from '../support/private-folders.js';
import { assertRefused, SIGNED_IN } from '../support/refusal.js';
import { run, type Outcome } from '../support/run-program.js';

let folders: PrivateFolders;
beforeEach(() => {
  folders = makePrivateFolders(SIGNED_IN);
});
afterEach(() => folders.remove());

const node = otherNode() ?? '';
describe(
  'under another Node than its modules were built for, the program',
  {
    skip: node === '' && 'no other Node: npm run test:node fetches one',
  },
  () => {
    const under = (...args: string[]): Promise<Outcome> => run(node, [program, ...args], { env: folders.env });

    it('refuses to mount, and names both versions and the command that builds better-sqlite3 again', async () => {
      for (const args of [[folders.mountpoint], ['-f', folders.mountpoint]])
        assertRefused(await under(...args), {
          code: ExitCode.system,
          says: new RegExp(
            `better-sqlite3 was built for another version of Node \\(modules ${process.versions.modules}\\); this is Node \\S+ \\(modules ${modulesOf(node)}\\)`,
          ),
          hint: new RegExp(`Build it again: cd ${repositoryRoot} && npm rebuild better-sqlite3$`),
        });
    });

    it('says so in doctor too, which loads fuse-native all the same', async () => {
      const { stdout } = await under('doctor', '--json');
      const { checks } = JSON.parse(stdout) as { checks: CheckReport[] };
      const of = (id: string): CheckReport => checks.find((check) => check.id === id) ?? assert.fail(id);
      assert.match(of('sqlite-module').message, /was built for another version of Node/);
      assert.match(of('sqlite-module').fix, /npm rebuild better-sqlite3/);
      assert.equal(of('fuse-module').result, 'pass', of('fuse-module').message);
    });

    it('answers what needs no catalog', async () => {
      assert.equal((await under('--version')).code, 0);
      assert.equal((await under('status')).code, ExitCode.notRunning);
    });
  },
);

describe('optional native modules that do not load', () => {
  /** Read by the loaders that napi-rs writes, in place of their own binary. */
  const broken = (): NodeJS.ProcessEnv => {
    const file = join(folders.root, 'broken.node');
    writeFileSync(file, 'no library');
    return { NAPI_RS_NATIVE_LIBRARY_PATH: file };
  };

  it('do not keep a mount from starting and delivering bytes', () =>
    withMount({ emulator: { seed: { items: 2, albums: 0 } }, env: broken() }, async ({ path }) => {
      const [name = ''] = await readdir(join(path, 'media/all'));
      assert.ok((await readFile(join(path, 'media/all', name))).length > 1000);
    }));

  it('keep the keyring shut, and the sentence says that the package has to be installed again', async () => {
    const url = new URL('../../src/auth/keyring.js', import.meta.url).href;
    const code = `import('${url}').then((k) => k.readFromKeyring('x')).catch((e) => console.log(e.message, e.hint))`;
    const { stdout } = await run(process.execPath, ['-e', code], { env: { ...folders.env, ...broken() } });
    assert.match(stdout, /@napi-rs\/keyring, .* was installed for another system or another Node/);
    assert.match(stdout, /npm install -g @napi-rs\/keyring/);
  });
});
