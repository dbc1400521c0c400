import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chownSync, existsSync, lstatSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { ExitCode } from '../../src/support/user-error.js';
import { startEmulator, type Emulator } from '../emulator/start-emulator.js';
import { deviceOf } from '../support/mounted.js';
import { endMount } from '../support/end-mount.js';
import { makePrivateFolders, type PrivateFolders } from '../support/private-folders.js';
import { gphotosMount, run, type Outcome } from '../support/run-program.js';
import { program } from '../support/mounted.js';

let emulator: Emulator;
let folders: PrivateFolders;
beforeEach(async () => {
  emulator = await startEmulator({ seed: { items: 1 } });
  folders = makePrivateFolders(emulator.env);
});
afterEach(async () => {
  await endMount(folders);
  await emulator.close();
  folders.remove();
});

const isRoot = process.getuid?.() === 0;
const STRANGER = 54_321;

/** Things that are no plain file of ours, each made at a path of the test's own. */
const ODD: Readonly<Record<string, { readonly make: (path: string) => void | Promise<void>; readonly says: RegExp }>> =
  {
    'a FIFO': { make: (path) => command('mkfifo', path), says: /is a pipe \(FIFO\)/ },
    'a link to a FIFO': {
      make: (path) => {
        command('mkfifo', `${path}-target`);
        symlinkSync(`${path}-target`, path);
      },
      says: /is a (?:pipe \(FIFO\)|symbolic link)/,
    },
    'a folder': { make: (path) => mkdirSync(path), says: /is a folder/ },
    ...(isRoot
      ? {
          'a device': {
            make: (path: string) => command('mknod', '-m', '666', path, 'c', '1', '3'),
            says: /is a device/,
          },
          "another user's file": {
            make: (path: string) => {
              writeFileSync(path, '', { mode: 0o666 });
              chownSync(path, STRANGER, STRANGER);
            },
            says: /belongs to another user/,
          },
        }
      : {}),
  };

function command(name: string, ...args: string[]): void {
  const { status, stderr } = spawnSync(name, args, { encoding: 'utf8' });
  assert.equal(status, 0, stderr);
}

/** What can be seen of a path without opening it. */
function facts(path: string): unknown {
  const { ino, mode, uid, gid, size, nlink } = lstatSync(path);
  return { ino, mode, uid, gid, size, nlink };
}

/** Ends well before the 30 s after which it would be killed. */
const mount = (...args: string[]): Promise<Outcome> =>
  run(process.execPath, [program, '-f', folders.mountpoint, ...args], { env: folders.env, deadlineMs: 15_000 });

async function assertRefused(path: string, says: RegExp, code: number, act: () => Promise<Outcome>): Promise<void> {
  const before = facts(path);
  const outcome = await act();
  assert.equal(outcome.code, code, `exit code; ${outcome.stdout}${outcome.stderr}`);
  assert.match(outcome.stderr, says);
  assert.ok(outcome.stderr.includes(path), `names the path: ${outcome.stderr}`);
  assert.deepEqual(facts(path), before, 'it is as it was');
  assert.equal(deviceOf(folders.mountpoint), undefined);
}

describe('a start that finds something else where a file of its own should be', () => {
  const PLACES: readonly { readonly what: string; readonly at: () => string; readonly code: number }[] = [
    { what: 'the catalog', at: () => join(folders.data, 'default/catalog.db'), code: ExitCode.catalog },
    { what: "the catalog's journal", at: () => join(folders.data, 'default/catalog.db-wal'), code: ExitCode.catalog },
    { what: "the catalog's index", at: () => join(folders.data, 'default/catalog.db-shm'), code: ExitCode.catalog },
    { what: 'the ledger', at: () => join(folders.data, 'default/ledger.db'), code: ExitCode.catalog },
    { what: "the ledger's journal", at: () => join(folders.data, 'default/ledger.db-wal'), code: ExitCode.catalog },
    { what: 'the lock', at: () => join(folders.data, 'default/lock'), code: ExitCode.config },
    { what: "the lock's note", at: () => join(folders.data, 'default/lock.json'), code: ExitCode.config },
    { what: "the lock's next note", at: () => join(folders.data, 'default/lock.json.new'), code: ExitCode.config },
    { what: 'the pins', at: () => join(folders.data, 'default/pins.json'), code: ExitCode.config },
    { what: "the cache's pins", at: () => join(folders.cache, 'default/pins.json'), code: ExitCode.config },
    { what: 'config.json', at: () => join(folders.config, 'config.json'), code: ExitCode.config },
    { what: 'the socket', at: () => join(folders.runtime, 'default.sock'), code: ExitCode.config },
  ];
  for (const { what, at, code } of PLACES) {
    // Every kind for the catalog; for the others those that would hang the start, or be changed by it.
    const kinds = what === 'the catalog' ? Object.keys(ODD) : ['a FIFO', "another user's file"];
    for (const [odd, { make, says }] of Object.entries(ODD).filter(([name]) => kinds.includes(name))) {
      it(`a start refuses ${odd} in place of ${what}, and changes nothing`, async () => {
        const path = at();
        mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
        await make(path);
        const refusal = what === 'the socket' && odd === "another user's file" ? /is a plain file/ : says;
        await assertRefused(path, refusal, code, () => mount());
      });
    }
  }

  it('a start refuses a plain file in place of the socket, and keeps its content', async () => {
    const path = join(folders.runtime, 'default.sock');
    writeFileSync(path, 'kept');
    await assertRefused(path, /is a plain file, not a socket/, ExitCode.config, () => mount());
    assert.equal(readFileSync(path, 'utf8'), 'kept');
  });
});

describe('--log-file', () => {
  for (const [odd, { make, says }] of Object.entries(ODD)) {
    it(`--log-file on ${odd} is refused before anything is changed`, async () => {
      const path = join(folders.root, 'the.log');
      await make(path);
      await assertRefused(path, says, ExitCode.usage, () => mount('--log-file', path));
    });

    it(`--log-file whose file for older lines is ${odd} is refused before anything is changed`, async () => {
      const path = join(folders.root, 'the.log');
      await make(`${path}.1`);
      await assertRefused(`${path}.1`, says, ExitCode.usage, () => mount('--log-file', path));
      assert.ok(!existsSync(path), 'no log was begun');
    });
  }

  it('--log-file on a socket is refused before anything is changed', async () => {
    const path = join(folders.root, 'the.log');
    const server = createServer().listen(path);
    await new Promise((resolve) => server.once('listening', resolve));
    try {
      await assertRefused(path, /is a socket/, ExitCode.usage, () => mount('--log-file', path));
    } finally {
      server.close();
    }
  });

  it('--log-file on the catalog is refused, so that no line gets into it', async () => {
    const path = join(folders.data, 'default/catalog.db');
    const outcome = await mount('--log-file', path);
    assert.equal(outcome.code, ExitCode.usage, outcome.stderr);
    assert.match(outcome.stderr, /catalog\.db, the log file, is used by gphotos-mount for something else/);
  });

  it('--log-file in a folder that does not exist is refused with what to do', async () => {
    const outcome = await mount('--log-file', join(folders.root, 'none/the.log'));
    assert.equal(outcome.code, ExitCode.usage, outcome.stderr);
    assert.match(outcome.stderr, /the log file, cannot be opened \(ENOENT\)/);
  });

  it('--log-file on a link to a plain file writes into that file', async () => {
    const path = join(folders.root, 'the.log');
    writeFileSync(join(folders.root, 'real.log'), '');
    symlinkSync(join(folders.root, 'real.log'), path);
    assert.equal((await gphotosMount([folders.mountpoint, '--log-file', path], folders.env)).code, 0);
    assert.match(readFileSync(join(folders.root, 'real.log'), 'utf8'), /starts on/);
    assert.ok(lstatSync(path).isSymbolicLink());
  });
});

describe('a command that reads a file with secrets', () => {
  for (const [odd, { make, says }] of Object.entries(ODD)) {
    it(`a command that reads a file with secrets refuses ${odd} as token.json, and logout leaves it where it is`, async () => {
      const path = join(folders.config, 'default/token.json');
      mkdirSync(dirname(path), { mode: 0o700 });
      await make(path);
      const env: NodeJS.ProcessEnv = { ...folders.env };
      delete env['GPHOTOS_REFRESH_TOKEN'];
      const act = (): Promise<Outcome> => run(process.execPath, [program, '-f', folders.mountpoint], { env });
      const refusal = /plain file|symbolic link|another user/;
      await assertRefused(path, refusal, ExitCode.config, act);
      if (odd.includes('link') || odd.includes('user')) return;
      await assertRefused(path, says, ExitCode.config, () => run(process.execPath, [program, 'logout'], { env }));
    });
  }
});

describe('doctor', () => {
  it('doctor reports FIFOs in the places of config.json, the catalog, the log and the certificates, and does not wait', async () => {
    const places = [
      join(folders.config, 'config.json'),
      join(folders.data, 'default/catalog.db'),
      join(folders.data, 'default/daemon.log'),
      join(folders.root, 'ca.pem'),
    ];
    for (const path of places) {
      mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
      command('mkfifo', path);
    }
    const env = { ...folders.env, NODE_EXTRA_CA_CERTS: '' };
    const args = [
      'doctor',
      '--yes',
      '--bundle',
      join(folders.root, 'report.txt'),
      '--ca-cert',
      join(folders.root, 'ca.pem'),
    ];
    const { stdout } = await run(process.execPath, [program, ...args], { env, deadlineMs: 25_000 });
    assert.match(stdout, /=== checks ===/);
    const { checks } = JSON.parse(
      (await run(process.execPath, [program, 'doctor', '--json', '--ca-cert', join(folders.root, 'ca.pem')], { env }))
        .stdout,
    ) as { checks: { id: string; result: string; message: string }[] };
    for (const id of ['config-file', 'catalog', 'ca-cert']) {
      const check = checks.find((one) => one.id === id);
      assert.equal(check?.result, 'fail', JSON.stringify(check));
      assert.match(check.message, /pipe \(FIFO\)/);
    }
  });
});
