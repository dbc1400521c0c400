import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { startEmulator } from '../emulator/start-emulator.js';
import { newcomer } from '../support/newcomer.js';
import { makePrivateFolders } from '../support/private-folders.js';
import { gphotosMount } from '../support/run-program.js';
import { until } from '../support/until.js';

/** Command lines and names of every process that carries this text in its environment, watched until stopped. */
function watchProcesses(mark: string): { seen: () => string; pids: () => number; stop: () => void } {
  const found = new Map<string, string>();
  const look = (): void => {
    for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
      try {
        if (Number(pid) === process.pid || !readFileSync(`/proc/${pid}/environ`, 'latin1').includes(mark)) continue;
        const words = readFileSync(`/proc/${pid}/cmdline`, 'latin1').replaceAll('\0', ' ');
        found.set(pid, `${found.get(pid) ?? ''}\n${words} ${readFileSync(`/proc/${pid}/comm`, 'latin1')}`);
      } catch {
        // It is gone, or not ours.
      }
    }
  };
  const timer = setInterval(look, 30);
  return { seen: () => [...found.values()].join('\n'), pids: () => found.size, stop: () => clearInterval(timer) };
}

function texts(folder: string): string {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((name) => join(folder, name))
    .filter((file) => statSync(file, { throwIfNoEntry: false })?.isFile() === true)
    .map((file) => `${file}\n${readFileSync(file, 'latin1')}`)
    .join('\n');
}

describe('the secrets of a sign-in that works', { skip: process.platform === 'linux' ? false : 'needs /proc' }, () => {
  it('the secrets of a sign-in that works show in no command line, output, document, log, bundle or crash, whatever is done with it', async () => {
    const emulator = await startEmulator({ seed: { items: 4, albums: 1 } });
    const folders = makePrivateFolders();
    const told = join(folders.root, 'told-to-the-browser');
    const browser = join(folders.root, 'canary-browser');
    const opened = join(folders.root, 'opened');
    writeFileSync(
      browser,
      `#!/bin/sh\n{ tr '\\0' '\\n' < /proc/$$/cmdline; env; } >> '${told}'\nprintf %s "$1" > '${opened}.new' && mv '${opened}.new' '${opened}'\n`,
    );
    chmodSync(browser, 0o755);
    // A daemon that meets an unforeseen error that quotes all it can.
    const hook = join(folders.root, 'crash.cjs');
    writeFileSync(
      hook,
      `process.on('SIGUSR2', () => {
  const text = require('node:fs').readFileSync(process.env.CRASH_WORDS, 'utf8');
  throw Object.assign(new TypeError('Invalid URL: https://x/?' + text), { config: { data: text }, cause: new Error(text) });
});\n`,
    );
    const person = newcomer(emulator, folders, { BROWSER: browser });
    const watch = watchProcesses(folders.config);
    const secrets = new Set<string>([emulator.oauth.client.secret]);
    const learn = (): void => {
      const { refresh_token: refreshToken } = JSON.parse(readFileSync(person.tokenFile, 'utf8')) as {
        refresh_token: string;
      };
      secrets.add(refreshToken);
    };
    let everything = '';
    const go = async (args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<void> => {
      const { stdout, stderr, code } = await gphotosMount(args, { ...person.env, ...env });
      everything += `${stdout}\n${stderr}\n`;
      assert.notEqual(code, null, args.join(' '));
    };
    const signIn = async (): Promise<void> => {
      const login = person.login();
      const consent = new URL(await login.consentUrl());
      const callback = (await fetch(await login.opened(), { redirect: 'manual' })).headers.get('location') ?? '';
      const back = (await fetch(callback, { redirect: 'manual' })).headers.get('location') ?? '';
      secrets.add(new URL(back).searchParams.get('code') ?? '?');
      everything += await (await fetch(back)).text();
      // The person has to see the address of the consent page, and the state is in it; it ends with the sign-in.
      everything += login.said().replaceAll(consent.href, '');
      assert.equal((await login.done()).code, 0);
      assert.ok(!readFileSync(told, 'utf8').includes(consent.searchParams.get('state') ?? '?'));
      learn();
    };
    const words = join(folders.root, 'words.txt');
    try {
      await signIn();
      await go([folders.mountpoint, '--log-level', 'debug'], {
        NODE_OPTIONS: `--require ${hook}`,
        CRASH_WORDS: words,
      });
      const pid = await until('the mount is ready', async () => {
        const { stdout } = await gphotosMount(['status', '--json'], person.env);
        everything += stdout;
        return stdout.includes('"ready"') ? Number(/"pid": (\d+)/.exec(stdout)?.[1]) : undefined;
      });
      const at = (name: string): string => join(folders.mountpoint, name);
      for (const args of [
        ['status'],
        ['sync', '--wait'],
        ['sync', '--full', '--wait'],
        ['cache', 'stats'],
        ['cache', 'stats', '--json'],
        ['cache', 'pin', at('media/photos')],
        ['cache', 'warm', at('media/all')],
        ['cache', 'unpin', at('media/photos')],
        ['cache', 'warm', at('nowhere')],
        ['cache', 'clear'],
        ['accounts'],
        ['accounts', '--json'],
        ['doctor', folders.mountpoint],
        ['doctor', '--json'],
        ['doctor', '--bundle', join(folders.root, 'bundle.txt'), '--yes'],
        ['--help'],
        ['login', '--help'],
        [folders.mountpoint],
        ['unmount', '/proc'],
      ])
        await go(args);
      emulator.oauth.expireAccessTokens();
      await go(['sync', '--wait']);
      await signIn();
      everything += await readFile(at('README.txt'), 'utf8');
      everything += await readFile(at('.gphotos/status.json'), 'utf8');
      // The services of a machine hand secrets over in a folder of their own.
      const credentials = join(folders.root, 'credentials');
      mkdirSync(credentials, { mode: 0o700 });
      writeFileSync(join(credentials, 'token.json'), readFileSync(person.tokenFile), { mode: 0o400 });
      writeFileSync(join(credentials, 'client_secret.json'), readFileSync(person.clientFile), { mode: 0o400 });
      for (const command of [['accounts'], ['doctor'], ['status', '--json']])
        await go(command, { CREDENTIALS_DIRECTORY: credentials, GPHOTOS_CONFIG_DIR: join(folders.root, 'none') });
      const access = emulator.oauth.issueAccessToken().token;
      secrets.add(access);
      writeFileSync(words, [...secrets, `Bearer ${access}`].join('&'));
      process.kill(pid, 'SIGUSR2');
      await until('the daemon crashed', () => !readdirSync('/proc').includes(String(pid)));
      assert.match(texts(folders.data), /error ending: TypeError: Invalid URL/, 'the crash is in the log');
      await go(['unmount', folders.mountpoint]);
      await go(['logout']);
      await go(['logout']);
      await go(['accounts']);
    } finally {
      watch.stop();
      await gphotosMount(['unmount', folders.mountpoint], person.env);
      await emulator.close();
    }
    assert.ok(watch.pids() > 10, 'processes were seen');
    const shown = [
      watch.seen(),
      everything,
      readFileSync(told, 'utf8'),
      readFileSync(join(folders.root, 'bundle.txt'), 'utf8'),
      ...[folders.data, folders.cache, folders.runtime].map(texts),
    ].join('\n');
    folders.remove();
    assert.ok(secrets.size >= 5, 'two codes, two refresh tokens, the client secret, an access token');
    for (const secret of secrets) {
      const where = shown.indexOf(secret);
      assert.equal(where, -1, `a secret shows: ${shown.slice(Math.max(0, where - 300), where + 20)}`);
    }
    assert.doesNotMatch(shown, /ya29\.[\w-]{6}/, 'no access token at all');
  });
});
