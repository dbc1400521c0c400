import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, chownSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { openSqlite } from '../../src/sqlite/open-sqlite.js';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { ExitCode } from '../../src/support/user-error.js';
import { folderSnapshot } from '../support/folder-snapshot.js';
import { program } from '../support/mounted.js';
import { makePrivateFolders, type PrivateFolders } from '../support/private-folders.js';
import { assertRefused, SIGNED_IN, type Refusal } from '../support/refusal.js';
import { gphotosMount, run } from '../support/run-program.js';

let folders: PrivateFolders;
beforeEach(() => {
  folders = makePrivateFolders(SIGNED_IN);
});
afterEach(() => folders.remove());

async function refused(
  expected: Refusal,
  args: readonly string[] = [folders.mountpoint],
  env: NodeJS.ProcessEnv = folders.env,
): Promise<void> {
  const before = folderSnapshot(folders.root);
  assertRefused(await gphotosMount(args, env), expected);
  assertRefused(await gphotosMount(['-f', ...args], env), expected);
  assert.deepEqual(folderSnapshot(folders.root), before, 'nothing changed on disk');
}

describe('a mount point', () => {
  it('a mount point that does not exist is refused', async () => {
    // A folder above it is missing too: as where a disk is not mounted.
    const missing = join(folders.root, 'disk/nowhere');
    await refused({ code: ExitCode.mount, says: /nowhere does not exist/, hint: /mkdir -p/ }, [missing]);
  });

  it('a word that is neither a command nor a folder is refused, and no folder of that name is made', async () => {
    await refused({ code: ExitCode.mount, says: /lsit does not exist/, hint: /mkdir -p/ }, ['lsit']);
  });

  const asRoot = { skip: process.getuid?.() !== 0 && 'needs root' };
  it('a mount point that is missing in a folder of another user is refused', asRoot, async () => {
    const missing = join(folders.home, 'photos');
    chownSync(folders.home, 65534, 65534);
    await refused({ code: ExitCode.mount, says: /photos does not exist/, hint: /mkdir -p/ }, [missing]);
  });

  it('a mount point that is missing in an own folder is not made where the start is refused for something else', async () => {
    const missing = join(folders.home, 'photos');
    await refused({ code: ExitCode.usage, says: /no album with this id/, hint: /./ }, [
      '--root',
      'album:none',
      missing,
    ]);
  });

  it('a mount point that is a file is refused', async () => {
    const file = join(folders.root, 'file');
    writeFileSync(file, 'x');
    await refused({ code: ExitCode.mount, says: /is not a folder/, hint: /empty folder/ }, [file]);
  });

  it('a mount point that is not empty is refused, and what is in it named', async () => {
    writeFileSync(join(folders.mountpoint, 'diary.txt'), 'x');
    await refused({ code: ExitCode.mount, says: /is not empty: it holds diary\.txt/, hint: /empty folder/ });
  });

  it('a mount point that holds another file system is refused', async () => {
    await refused({ code: ExitCode.mount, says: /\/proc already holds another file system/, hint: /another folder/ }, [
      '/proc',
    ]);
  });

  it('a mount point of another user is refused', { skip: process.getuid?.() !== 0 && 'needs root' }, async () => {
    // As an ordinary user, whose folders all this is but for the mount point.
    const nobody = 65534;
    chmodSync(folders.root, 0o755);
    for (const folder of [folders.home, folders.config, folders.data, folders.cache, folders.runtime]) {
      chownSync(folder, nobody, nobody);
    }
    const asNobody = ['--reuid=65534', '--regid=65534', '--clear-groups', process.execPath, program];
    const outcome = await run('setpriv', [...asNobody, folders.mountpoint], { env: folders.env });
    assertRefused(outcome, { code: ExitCode.mount, says: /is not yours to mount on/, hint: /folder that you own/ });
  });
});

describe('FUSE', () => {
  it(
    'a start without FUSE says so and names the next step',
    { skip: process.getuid?.() !== 0 && 'needs root' },
    async () => {
      // A mount namespace whose /dev has no fuse in it.
      const dev = join(folders.root, 'dev');
      mkdirSync(dev);
      writeFileSync(join(dev, 'null'), '');
      const script = `mount --bind /dev/null ${dev}/null && mount --rbind ${dev} /dev && exec "$@"`;
      const args = ['-m', 'sh', '-c', script, 'sh', process.execPath, program, '-f', folders.mountpoint];
      const outcome = await run('unshare', args, { env: folders.env });
      assertRefused(outcome, { code: ExitCode.system, says: /FUSE/, hint: /./ });
      assert.deepEqual(Object.keys(folderSnapshot(folders.data)), []);
    },
  );
});

describe('a proxy variable', () => {
  for (const [value, says] of [
    ['socks5://me:hush-hush@127.0.0.1:1080', /HTTPS_PROXY names a SOCKS proxy/],
    ['ftp://me:hush-hush@proxy', /HTTPS_PROXY is not the address of an http or https proxy/],
  ] as const)
    it(`a proxy variable that is ${value.slice(0, 6)}… is refused before anything is made`, async () => {
      const env = { ...folders.env, HTTPS_PROXY: value };
      await refused({ code: ExitCode.config, says, hint: /Set (it|HTTPS_PROXY) to .*http:/ }, undefined, env);
    });
});

describe('a folder of ours', () => {
  for (const name of ['GPHOTOS_CONFIG_DIR', 'GPHOTOS_DATA_DIR', 'GPHOTOS_CACHE_DIR', 'GPHOTOS_RUNTIME_DIR'])
    it(`a relative path in ${name} is refused`, async () => {
      const says = new RegExp(`${name} must be an absolute path, not "here/it"`);
      await refused({ code: ExitCode.config, says, hint: /begins with \// }, undefined, {
        ...folders.env,
        [name]: 'here/it',
      });
    });
});

describe('a home', () => {
  for (const [home, says] of [
    ['', /HOME is empty/],
    ['home/me', /HOME is not an absolute path/],
  ] as const)
    it(`a start with HOME ${home === '' ? 'empty' : 'relative'} is refused with a sentence`, async () => {
      const env = { ...folders.env, HOME: home, GPHOTOS_DATA_DIR: undefined };
      await refused({ code: ExitCode.config, says, hint: /Set HOME/ }, undefined, env);
    });

  it(
    'that neither HOME nor /etc/passwd names is told',
    { skip: process.getuid?.() !== 0 && 'needs root' },
    async () => {
      const env = { ...folders.env, HOME: undefined, GPHOTOS_DATA_DIR: undefined };
      const command = ['--reuid=54321', '--regid=54321', '--clear-groups', process.execPath, program];
      for (const args of [['-f', folders.mountpoint], ['status'], ['login']])
        assertRefused(await run('setpriv', [...command, ...args], { env }), {
          code: ExitCode.config,
          says: /HOME is not set, and \/etc\/passwd names no home folder/,
          hint: /Set HOME/,
        });
    },
  );
});

describe('credentials', () => {
  const without = (...names: string[]): NodeJS.ProcessEnv =>
    Object.fromEntries(Object.entries(folders.env).filter(([name]) => !names.includes(name)));
  const files = (): NodeJS.ProcessEnv => without('GPHOTOS_CLIENT_ID', 'GPHOTOS_CLIENT_SECRET', 'GPHOTOS_REFRESH_TOKEN');
  const write = (name: string, text: string, mode = 0o600): void =>
    writeFileSync(join(folders.config, name), text, { mode });

  it('a start with neither a Takeout export nor credentials names both ways on, a line each', async () => {
    const hint = /^ *Your whole library.*gphotos-mount takeout add.*\n.*gphotos-mount login.*client_secret/;
    await refused({ code: ExitCode.signIn, says: /no OAuth client/, hint, lines: 2 }, undefined, files());
  });

  it('credentials without a refresh token are not enough', async () => {
    await refused(
      { code: ExitCode.signIn, says: /Nobody is signed in/, hint: /GPHOTOS_REFRESH_TOKEN/, lines: 2 },
      undefined,
      without('GPHOTOS_REFRESH_TOKEN'),
    );
  });

  it('credentials in a file that is not JSON are refused', async () => {
    write('client_secret_1.json', '{"installed": ');
    await refused({ code: ExitCode.config, says: /client_secret_1\.json/, hint: /./ }, undefined, files());
  });

  it('credentials in a file that others may read are refused', async () => {
    write('client_secret_1.json', '{"installed":{"client_id":"a","client_secret":"hush-hush"}}');
    write('token.json', '{"refresh_token":"hush-hush"}', 0o644);
    await refused({ code: ExitCode.config, says: /token\.json/, hint: /chmod 600/ }, undefined, files());
  });

  it('credentials are never sent to a URL that is neither of Google nor on this machine', async () => {
    for (const name of ['GPHOTOS_LIBRARY_URL', 'GPHOTOS_TOKEN_URL']) {
      const env = { ...folders.env, [name]: 'https://photos.example.com/' };
      await refused({ code: ExitCode.config, says: /neither that of Google/, hint: new RegExp(name) }, undefined, env);
    }
  });
});

describe('settings', () => {
  it('settings with an unknown option are refused with a suggestion', async () => {
    const args = ['--pol-interval', '5m', folders.mountpoint];
    await refused({ code: ExitCode.usage, says: /no option --pol-interval/, hint: /--poll-interval/ }, args);
  });

  it('settings with a bad value are refused', async () => {
    const args = ['--cache-max-size', 'lots', folders.mountpoint];
    await refused({ code: ExitCode.usage, says: /--cache-max-size must be a size/, hint: /--help/ }, args);
  });

  it('settings in a config.json that is not JSON are refused', async () => {
    writeFileSync(join(folders.config, 'config.json'), '{');
    await refused({ code: ExitCode.config, says: /config\.json is not valid JSON/, hint: /./ });
  });

  it('settings with a root that is not in the tree are refused', async () => {
    const args = ['--root', 'media/al', folders.mountpoint];
    await refused({ code: ExitCode.usage, says: /no folder media\/al\./, hint: /media\/all/ }, args);
  });

  it('a start refused for its --root leaves the pins of a version without a ledger where they were', async () => {
    const folder = join(folders.data, 'default');
    mkdirSync(folder, { mode: 0o700 });
    writeFileSync(join(folder, 'pins.json'), '[{"path":"/album/Rome","group":{"kind":"item","mediaId":"a"}}]');
    const args = ['--root', 'media/al', folders.mountpoint];
    await refused({ code: ExitCode.usage, says: /no folder media\/al\./, hint: /media\/all/ }, args);
  });

  it('a start refused for its --root creates no folders', async () => {
    for (const folder of [folders.data, folders.cache, folders.runtime]) rmSync(folder, { recursive: true });
    const args = ['--root', 'album:none', '--log-file', join(folders.root, 'my.log'), folders.mountpoint];
    await refused({ code: ExitCode.usage, says: /no album with this id/, hint: /user\.gphotos\.id/ }, args);
  });
});

function setUserVersion(file: string, version: number): void {
  const database = openSqlite(file);
  database.pragma(`user_version = ${version}`);
  database.close();
}

describe('a catalog', () => {
  const catalogFile = (): string => join(folders.data, 'default/catalog.db');

  beforeEach(() => mkdirSync(join(folders.data, 'default'), { mode: 0o700 }));

  it('a file that is no catalog is refused in its place', async () => {
    writeFileSync(catalogFile(), 'once upon a time '.repeat(100));
    await refused({ code: ExitCode.catalog, says: /is not a catalog/, hint: /Move the file away/ });
  });

  it('a catalog that a newer program wrote is refused', async () => {
    const made = await gphotosMount([folders.mountpoint], folders.env);
    assert.equal(made.code, 0, made.stderr);
    await gphotosMount(['unmount', folders.mountpoint], folders.env);
    setUserVersion(catalogFile(), 9999);
    // It may go on telling; a new one must not be made.
    rmSync(join(folders.data, 'default/daemon.log'));
    await refused({ code: ExitCode.catalog, says: /written by a newer gphotos-mount/, hint: /Update/ });
  });
});

describe('a folder of the program', () => {
  it('a folder of the program that others may write to is refused', async () => {
    mkdirSync(join(folders.data, 'default'));
    chmodSync(join(folders.data, 'default'), 0o777);
    await refused({ code: ExitCode.config, says: /is not private/, hint: /chmod 700/ });
  });

  it('a folder of the program that is a link to another place is refused', async () => {
    rmSync(folders.runtime, { recursive: true });
    symlinkSync(folders.home, folders.runtime);
    const outcome = await gphotosMount([folders.mountpoint], folders.env);
    assertRefused(outcome, { code: ExitCode.config, says: /is not private/, hint: /chmod 700/ });
  });
});

describe('status and unmount', () => {
  it('status and unmount of a folder without a mount say that nothing is mounted', async () => {
    const expected = { code: ExitCode.notRunning, says: /^gphotos-mount: N/, hint: /gphotos-mount/ };
    assertRefused(await gphotosMount(['status'], folders.env), expected);
    assertRefused(await gphotosMount(['status', '--json', folders.mountpoint], folders.env), expected);
    assertRefused(await gphotosMount(['unmount', folders.mountpoint], folders.env), expected);
  });

  it('status and unmount leave the mount of another program alone', async () => {
    assertRefused(await gphotosMount(['unmount', '/proc'], folders.env), {
      code: ExitCode.mount,
      says: /not one of gphotos-mount/,
      hint: /umount/,
    });
    assert.equal(spawnSync('test', ['-e', '/proc/self']).status, 0);
  });
});
