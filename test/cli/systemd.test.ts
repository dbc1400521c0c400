import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { unitText } from '../../src/service/unit-text.js';
import { startEmulator } from '../emulator/start-emulator.js';
import { program, repositoryRoot } from '../support/mounted.js';
import { makePrivateFolders } from '../support/private-folders.js';
import { run } from '../support/run-program.js';
import { until } from '../support/until.js';

const UNIT = readFileSync(join(repositoryRoot, 'examples/gphotos-mount-hardened.service'), 'utf8');
/** As `service install` writes it. */
const WRITTEN = unitText({
  mountpoint: '/home/me/my "photos" 100% $HOME ü',
  node: '/usr/local/bin/gphotos-mount',
  program: '/usr/local/bin/gphotos-mount',
  options: ['--poll-interval=5m', '--root=album/50% $off'],
  environment: { GPHOTOS_DATA_DIR: '/data/100% $HOME' },
  user: undefined,
  hasNotify: true,
});
const LOADS = [...readFileSync(join(repositoryRoot, 'README.md'), 'utf8').matchAll(/`(LoadCredential=\S+)`/g)].map(
  ([, line = '']) => line,
);

describe('the units that are written and shown', { skip: process.platform === 'linux' ? false : 'Linux only' }, () => {
  async function verified(unit: string, scope: string): Promise<string> {
    const folder = mkdtempSync(join(tmpdir(), 'gpm-unit-'));
    try {
      const installed = join(folder, 'gphotos-mount');
      writeFileSync(installed, '#!/bin/sh\n');
      chmodSync(installed, 0o755);
      const file = join(folder, 'gphotos-mount.service');
      writeFileSync(file, unit.replaceAll('/usr/local/bin/gphotos-mount', installed));
      mkdirSync(join(folder, 'run'), { mode: 0o700 });
      const env = { ...process.env, XDG_RUNTIME_DIR: join(folder, 'run'), HOME: folder };
      const { code, stdout, stderr } = await run('systemd-analyze', ['verify', scope, '--man=no', file], { env });
      // Other units of this machine may be wrong; what is said of ours counts.
      const ours = `${stdout}${stderr}`.split('\n').filter((line) => line.includes('gphotos-mount'));
      assert.equal(code === 0 || ours.length > 0, true, stderr);
      return ours.join('\n');
    } finally {
      rmSync(folder, { recursive: true });
    }
  }

  it('the example unit is one that systemd takes, for a user and with secrets handed over for the machine', async () => {
    assert.match(UNIT, /ExecStart=/);
    assert.equal(await verified(WRITTEN, '--user'), '');
    assert.equal(LOADS.length, 2);
    const machine = UNIT.replace('User=alice', `User=daemon\n${LOADS.join('\n')}`);
    assert.equal(await verified(machine, '--system'), '');
    assert.match(
      await verified(UNIT.replace('Type=notify', 'Type=nothing'), '--user'),
      /service type/,
      'it would say so',
    );
  });

  it('the example unit starts with nothing but what systemd gives, secrets handed over, and unmounts when told to end', async () => {
    const emulator = await startEmulator({ seed: { items: 3, albums: 1 } });
    const folders = makePrivateFolders();
    const credentials = join(folders.root, 'credentials');
    mkdirSync(credentials, { mode: 0o700 });
    const { id, secret } = emulator.oauth.client;
    const handOver = (name: string, content: object): void =>
      writeFileSync(join(credentials, name), JSON.stringify(content), { mode: 0o400 });
    handOver('token.json', { refresh_token: emulator.env.GPHOTOS_REFRESH_TOKEN });
    handOver('client_secret.json', { installed: { client_id: id, client_secret: secret } });
    const { GPHOTOS_LIBRARY_URL, GPHOTOS_TOKEN_URL } = emulator.env;
    const words = (/^ExecStart=\S+ (.*)$/m.exec(UNIT)?.[1] ?? '')
      .replace('/home/alice/photos', folders.mountpoint)
      .split(' ');
    const child = spawn(process.execPath, [program, ...words], {
      env: {
        PATH: process.env['PATH'],
        HOME: folders.home,
        XDG_RUNTIME_DIR: folders.runtime,
        CREDENTIALS_DIRECTORY: credentials,
        GPHOTOS_LIBRARY_URL,
        GPHOTOS_TOKEN_URL,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let said = '';
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (text: string) => (said += text));
    const ended = new Promise<number | null>((resolve) => child.once('exit', resolve));
    try {
      await until('everything shows', async () => {
        if (child.exitCode !== null) throw new Error(said);
        const names = await readdir(join(folders.mountpoint, 'media/all')).catch((): string[] => []);
        return names.length === 3;
      });
      child.kill('SIGTERM');
      assert.equal(await ended, 0, said);
      assert.ok(!readFileSync('/proc/mounts', 'utf8').includes(folders.mountpoint));
    } finally {
      child.kill('SIGKILL');
      await ended;
      await run('umount', ['-l', folders.mountpoint]);
      await emulator.close();
      folders.remove();
    }
  });
});
