import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, chownSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import Database from 'better-sqlite3';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { ExitCode } from '../../src/support/user-error.js';
import { folderSnapshot } from '../support/folder-snapshot.js';
import { program } from '../support/mounted.js';
import { makePrivateFolders, type PrivateFolders } from '../support/private-folders.js';
import { gphotosMount, run, type Outcome } from '../support/run-program.js';

/** Nothing listens there: no test of this file needs Google. */
const SIGNED_IN = {
  GPHOTOS_CLIENT_ID: 'client',
  GPHOTOS_CLIENT_SECRET: 'hush-hush',
  GPHOTOS_REFRESH_TOKEN: 'hush-hush',
  GPHOTOS_LIBRARY_URL: 'http://127.0.0.1:9',
  GPHOTOS_TOKEN_URL: 'http://127.0.0.1:9/token',
};

let folders: PrivateFolders;
beforeEach(() => {
  folders = makePrivateFolders(SIGNED_IN);
});
afterEach(() => folders.remove());

interface Refusal {
  readonly code: ExitCode;
  readonly says: RegExp;
  /** The next step. */
  readonly hint: RegExp;
}

/** One sentence and one next step, the documented exit code, no secret, and nothing on disk but what was there. */
function assertRefused(outcome: Outcome, { code, says, hint }: Refusal): void {
  // The log of a foreground start goes there too.
  const lines = outcome.stderr.trimEnd().split('\n');
  const [sentence = '', ...rest] = lines.filter((line) => !/^\d{4}-\d\d-\d\dT\S+Z info /.test(line));
  assert.match(sentence, says);
  assert.match(sentence, /^gphotos-mount: \S.*\.$/, 'one sentence');
  assert.match(rest.join('\n'), hint);
  assert.equal(rest.length, 1, `one line says the next step:\n${outcome.stderr}`);
  assert.doesNotMatch(outcome.stderr, /hush-hush/);
  assert.equal(outcome.stdout, '');
  assert.equal(outcome.code, code, outcome.stderr);
}

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
    const missing = join(folders.root, 'nowhere');
    await refused({ code: ExitCode.mount, says: /nowhere does not exist/, hint: /mkdir -p/ }, [missing]);
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

describe('a disk', { skip: process.getuid?.() !== 0 && 'needs root' }, () => {
  /** Runs a start in a mount namespace of its own, after `prepare` has changed what is mounted there. */
  const started = (prepare: string, args: readonly string[] = []): Promise<Outcome> => {
    const script = `set -e; ${prepare}; exec "$@"`;
    const command = [process.execPath, program, '-f', ...args, folders.mountpoint];
    return run('unshare', ['-m', 'sh', '-c', script, 'sh', ...command], { env: folders.env });
  };
  /** No file can be made there. */
  const full = (folder: string): string => `mount -t tmpfs -o size=64k,nr_inodes=1,mode=700 none '${folder}'`;
  /** Files can be made there, but not a byte can be written. */
  const filled = (folder: string): string =>
    `mount -t tmpfs -o size=64k,mode=700 none '${folder}'; head -c 1m /dev/zero 2>/dev/null >'${folder}/filler' || true`;

  for (const which of ['data', 'cache', 'runtime'] as const)
    it(`a disk that is full where the ${which} folder is ends the start with 2 and says so`, async () => {
      const outcome = await started(full(folders[which]));
      assertRefused(outcome, { code: ExitCode.system, says: /disk is full/, hint: /Free some space/ });
    });

  it('a disk that is full where the log is to be ends the start with 2 and says so', async () => {
    const log = join(folders.root, 'log');
    mkdirSync(log);
    const outcome = await started(full(log), ['--log-file', join(log, 'photos.log')]);
    assertRefused(outcome, { code: ExitCode.system, says: /disk is full/, hint: /Free some space/ });
  });

  it('a disk without a free block where the data folder is ends the start with 2 and names the file', async () => {
    const outcome = await started(filled(folders.data));
    assertRefused(outcome, {
      code: ExitCode.system,
      says: /disk is full: \/\S*\/data\S* cannot be written/,
      hint: /Free some space/,
    });
  });

  it('a disk without a free block where the log is to be ends the start with 2 and names the log', async () => {
    const log = join(folders.root, 'log');
    mkdirSync(log);
    const outcome = await started(filled(log), ['--log-file', join(log, 'photos.log')]);
    assertRefused(outcome, {
      code: ExitCode.system,
      says: /disk is full: \S*\/photos\.log cannot be written/,
      hint: /Free some space/,
    });
  });

  for (const which of ['cache', 'runtime'] as const)
    it(`a disk without a free block where the ${which} folder is lets the mount start: nothing must be written there`, async () => {
      const script = `set -e; ${filled(folders[which])}; "$@"; "$1" "$2" unmount '${folders.mountpoint}'`;
      const command = [process.execPath, program, folders.mountpoint];
      const outcome = await run('unshare', ['-m', 'sh', '-c', script, 'sh', ...command], { env: folders.env });
      assert.equal(outcome.code, 0, outcome.stderr);
    });

  it('a disk that is read-only under the home ends the start with 2 and says so', async () => {
    const folder = folders.data;
    const outcome = await started(`mount --bind '${folder}' '${folder}'; mount -o remount,bind,ro '${folder}'`);
    assertRefused(outcome, { code: ExitCode.system, says: /read-only/, hint: /GPHOTOS_DATA_DIR/ });
  });

  it('a start in a folder that sudo left to root names the command that mends it', async () => {
    chmodSync(folders.root, 0o755);
    for (const folder of [
      folders.home,
      folders.config,
      folders.mountpoint,
      folders.cache,
      folders.runtime,
      folders.data,
    ])
      chownSync(folder, 65534, 65534);
    mkdirSync(join(folders.data, 'default'), { mode: 0o755 });
    const script = `mount -t tmpfs none /mnt && mknod /mnt/fuse c 10 229 && chmod 666 /mnt/fuse && mount --bind /mnt/fuse /dev/fuse && exec "$@"`;
    const command = ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups', process.execPath, program, '-f'];
    const args = ['-m', 'sh', '-c', script, 'sh', ...command, folders.mountpoint];
    const outcome = await run('unshare', args, { env: folders.env });
    assertRefused(outcome, {
      code: ExitCode.config,
      says: /belongs to root, as after a run with sudo/,
      hint: /sudo chown -R/,
    });
  });
});

describe('a file that sudo left to root', { skip: process.getuid?.() !== 0 && 'needs root' }, () => {
  for (const which of ['data/default/catalog.db', 'config/token.json'])
    it(`a file that sudo left to root in the place of ${which} is named, with the command that mends it`, async () => {
      chmodSync(folders.root, 0o755);
      mkdirSync(join(folders.data, 'default'), { mode: 0o700 });
      const { home, config, mountpoint, cache, runtime, data } = folders;
      for (const folder of [home, config, mountpoint, cache, runtime, data, join(data, 'default')])
        chownSync(folder, 65534, 65534);
      writeFileSync(join(which.startsWith('data') ? data : config, which.replace(/^\w+\//, '')), '{}', { mode: 0o600 });
      const script = `mount -t tmpfs none /mnt && mknod /mnt/fuse c 10 229 && chmod 666 /mnt/fuse && mount --bind /mnt/fuse /dev/fuse && exec "$@"`;
      const command = ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups', process.execPath, program, '-f'];
      const outcome = await run('unshare', ['-m', 'sh', '-c', script, 'sh', ...command, mountpoint], {
        env: { ...folders.env, ...(which.startsWith('data') ? {} : { GPHOTOS_REFRESH_TOKEN: undefined }) },
      });
      assertRefused(outcome, {
        code: which.startsWith('data') ? ExitCode.catalog : ExitCode.config,
        says: new RegExp(`${which.replace('.', '\\.')}\\S* .*belongs to root, as after a run with sudo`),
        hint: /sudo chown "\$USER" /,
      });
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
});

describe('credentials', () => {
  const without = (...names: string[]): NodeJS.ProcessEnv =>
    Object.fromEntries(Object.entries(folders.env).filter(([name]) => !names.includes(name)));
  const files = (): NodeJS.ProcessEnv => without('GPHOTOS_CLIENT_ID', 'GPHOTOS_CLIENT_SECRET', 'GPHOTOS_REFRESH_TOKEN');
  const write = (name: string, text: string, mode = 0o600): void =>
    writeFileSync(join(folders.config, name), text, { mode });

  it('credentials that are missing are asked for', async () => {
    await refused({ code: ExitCode.signIn, says: /no OAuth client/, hint: /client_secret/ }, undefined, files());
  });

  it('credentials without a refresh token are not enough', async () => {
    await refused(
      { code: ExitCode.signIn, says: /Nobody is signed in/, hint: /GPHOTOS_REFRESH_TOKEN/ },
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

  it('a start refused for its --root creates no folders', async () => {
    for (const folder of [folders.data, folders.cache, folders.runtime]) rmSync(folder, { recursive: true });
    const args = ['--root', 'album:none', '--log-file', join(folders.root, 'my.log'), folders.mountpoint];
    await refused({ code: ExitCode.usage, says: /no album with this id/, hint: /user\.gphotos\.id/ }, args);
  });
});

function setUserVersion(file: string, version: number): void {
  const database = new Database(file);
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
