import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { startEmulator } from '../emulator/start-emulator.js';
import { program } from '../support/mounted.js';
import { newcomer } from '../support/newcomer.js';
import { makePrivateFolders } from '../support/private-folders.js';
import { until } from '../support/until.js';

/** Planted secrets: whatever shows one of them has leaked. */
const SECRET = /canary/i;
const PLANTED = {
  client_id: 'canary-id-1.apps.googleusercontent.com',
  client_secret: 'GOCSPX-canary-secret',
  refresh_token: '1//0canary-refresh-token',
};

/** Command lines of all our processes so far. */
function commandLines(pids: ReadonlySet<number>): string {
  return [...pids]
    .map((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, 'utf8') + readFileSync(`/proc/${pid}/comm`, 'utf8');
      } catch {
        return '';
      }
    })
    .join('\n');
}

function texts(folder: string, leaveOut: RegExp): string {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((name) => join(folder, name))
    .filter((file) => !leaveOut.test(file) && statSync(file, { throwIfNoEntry: false })?.isFile() === true)
    .map((file) => `${file}\n${readFileSync(file, 'latin1')}`)
    .join('\n');
}

describe('secrets', () => {
  it('secrets show in no output, log, status, crash or file of any command and failure', async () => {
    const emulator = await startEmulator({ seed: { items: 2, albums: 1 } });
    const folders = makePrivateFolders();
    const person = newcomer(emulator, folders);
    mkdirSync(join(folders.config, 'default'), { mode: 0o700 });
    writeFileSync(person.tokenFile, JSON.stringify(PLANTED), { mode: 0o600 });
    writeFileSync(person.clientFile, JSON.stringify({ installed: PLANTED }));
    mkdirSync(join(folders.home, '.config/rclone'), { recursive: true });
    writeFileSync(
      join(folders.home, '.config/rclone/rclone.conf'),
      `[gp]\ntype = google photos\nclient_id = ${PLANTED.client_id}\nclient_secret = ${PLANTED.client_secret}\ntoken = ${JSON.stringify(PLANTED)}\n`,
    );
    const proxy = 'http://canary-user:canary-password@127.0.0.1:9';
    const { GPHOTOS_TOKEN_URL: tokenUrl } = emulator.env;
    let everything = '';
    const pids = new Set<number>();

    const go = (args: readonly string[], env: NodeJS.ProcessEnv = {}, input = ''): Promise<void> =>
      new Promise((resolve) => {
        const child = spawn(process.execPath, [program, ...args], {
          env: { ...person.env, ...env },
          stdio: 'pipe',
          timeout: 60_000,
          killSignal: 'SIGKILL',
        });
        // What a person typed is on the command line already; that it goes no further is looked at.
        if (!args.some((word) => SECRET.test(word))) pids.add(child.pid ?? 0);
        for (const stream of [child.stdout, child.stderr])
          stream.setEncoding('utf8').on('data', (text: string) => {
            everything += text;
            everything += commandLines(pids);
          });
        child.stdin.on('error', () => undefined);
        child.stdin.end(input);
        child.on('close', () => resolve());
      });

    try {
      // Every answer of the token endpoint that quotes what was sent, and every failure on the way there.
      const echo = { error_description: Object.values(PLANTED).join(' ') };
      const answers: readonly (readonly [number, object | string])[] = [
        [400, { error: 'invalid_grant', ...echo }],
        [401, { error: 'invalid_client', ...echo }],
        [400, { error: 'brand_new', ...echo }],
        [500, 'canary html'],
        [200, 'canary, no JSON'],
        [200, { access_token: 5, ...echo }],
      ];
      const commands: readonly (readonly [readonly string[], string?])[] = [
        [['accounts']],
        [['accounts', '--json']],
        [['doctor']],
        [['doctor', '--json']],
        [['doctor', '--bundle', join(folders.root, 'bundle.txt'), '--yes']],
        [['login', '--refresh-token'], PLANTED.refresh_token],
        [['login', '--from-rclone', 'gp']],
        [['login', '--no-browser', '--timeout', '1s'], `4/0canary-code\n`],
        [['login', '--no-browser', '--timeout', '1s'], `http://127.0.0.1/?state=canary&code=canary\n`],
        [['login', '1//0canary-on-the-command-line']],
        [['status']],
        [['status', '--json']],
      ];
      for (const [status, body] of answers) {
        const fault = {
          match: { route: 'oauth.token' },
          times: Infinity,
          action: { type: 'answer' as const, status, body },
        };
        emulator.faults.clear();
        emulator.faults.add(fault);
        await Promise.all([
          go(['accounts']),
          go(['doctor']),
          go(['login', '--refresh-token'], {}, PLANTED.refresh_token),
        ]);
      }
      for (const [args, input] of commands) await go(args, {}, input ?? '');
      await go(['doctor'], { HTTPS_PROXY: proxy, HTTP_PROXY: proxy });
      await go(['accounts'], { HTTPS_PROXY: 'socks9://canary:canary@nowhere' });
      await go(['accounts'], { GPHOTOS_TOKEN_URL: 'https://canary.example/token?canary' });
      await go(['accounts'], { GPHOTOS_TOKEN_URL: tokenUrl.replace(/:\d+/, ':9') });
      await go(['accounts'], { GPHOTOS_CLIENT_ID: PLANTED.client_id, GPHOTOS_REFRESH_TOKEN: PLANTED.refresh_token });

      emulator.faults.clear();
      // A mount with a sign-in that Google refuses: log, status, and a crash in the middle.
      await go([folders.mountpoint, '--log-level', 'debug']);
      await until('the mount knows', async () => {
        const before = everything.length;
        await go(['status', '--json']);
        return everything.slice(before).includes('"refused"');
      });
      const pid = Number(/"pid": (\d+)/.exec(everything)?.[1]);
      everything += readFileSync(`/proc/${pid}/cmdline`, 'utf8') + readFileSync(`/proc/${pid}/comm`, 'utf8');
      await go(['logout']);
      process.kill(pid, 'SIGABRT');
      await until('the daemon is gone', () => !readdirSync('/proc').includes(String(pid)));
      await go(['unmount', folders.mountpoint]);
    } finally {
      await go(['unmount', folders.mountpoint]);
      await emulator.close();
    }
    everything += texts(folders.data, /catalog\.db/) + texts(folders.cache, /^$/) + texts(folders.runtime, /^$/);
    everything += readFileSync(join(folders.root, 'bundle.txt'), 'utf8');
    folders.remove();
    // The consent address holds the client's id, which is no secret and has to be shown.
    const shown = everything.replace(/client_id=canary[^&\s]*/g, '');
    const at = shown.search(SECRET);
    assert.equal(at, -1, `a secret shows: ${shown.slice(Math.max(0, at - 300), at + 60)}`);
  });
});
