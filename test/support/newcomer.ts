import { spawn, type ChildProcess } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Emulator } from '../emulator/start-emulator.js';
import { program } from './mounted.js';
import type { PrivateFolders } from './private-folders.js';
import type { Outcome } from './run-program.js';
import { until } from './until.js';

/** Somebody who has a downloaded client file, and nothing else yet. */
export interface Newcomer {
  /** Environment of the program: the emulator's addresses, no credentials. */
  readonly env: NodeJS.ProcessEnv;
  readonly clientFile: string;
  readonly tokenFile: string;
  login(...args: string[]): Login;
}

/** A `gphotos-mount login` that runs. */
export interface Login {
  readonly child: ChildProcess;
  /** What it said so far, on both outputs. */
  said(): string;
  /** The address that it opened a browser with. */
  opened(): Promise<string>;
  /** The address of the consent page that it showed. */
  consentUrl(): Promise<string>;
  /** Resolves once it has said something like this. */
  until(says: RegExp): Promise<void>;
  type(line: string): void;
  done(): Promise<Outcome>;
}

export function newcomer(emulator: Emulator, folders: PrivateFolders, extra: NodeJS.ProcessEnv = {}): Newcomer {
  const downloads = join(folders.home, 'Downloads');
  mkdirSync(downloads, { recursive: true });
  const clientFile = join(downloads, 'client_secret_1.apps.googleusercontent.com.json');
  const { id, secret } = emulator.oauth.client;
  writeFileSync(
    clientFile,
    JSON.stringify({ installed: { client_id: id, client_secret: secret, project_id: 'photos' } }),
  );
  const opened = join(folders.root, 'opened');
  const browser = join(folders.root, 'browser');
  writeFileSync(browser, `#!/bin/sh\nprintf %s "$1" > '${opened}.new' && mv '${opened}.new' '${opened}'\n`);
  chmodSync(browser, 0o755);
  const { GPHOTOS_LIBRARY_URL, GPHOTOS_PICKER_URL, GPHOTOS_TOKEN_URL, GPHOTOS_AUTH_URL } = emulator.env;
  const urls = { GPHOTOS_LIBRARY_URL, GPHOTOS_PICKER_URL, GPHOTOS_TOKEN_URL, GPHOTOS_AUTH_URL };
  const env = { ...folders.env, ...urls, BROWSER: browser, ...extra };
  return {
    env,
    clientFile,
    tokenFile: join(folders.config, 'default/token.json'),
    login: (...args) => startLogin(args, env, opened),
  };
}

function startLogin(args: readonly string[], env: NodeJS.ProcessEnv, opened: string): Login {
  const child = spawn(process.execPath, ['--enable-source-maps', program, 'login', '--timeout', '60s', ...args], {
    env,
    stdio: ['pipe', 'pipe', 'pipe'],
    timeout: 90_000,
    killSignal: 'SIGKILL',
  });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  const outcome = new Promise<Outcome>((resolve) => {
    child.on('close', (code) => resolve({ code, stdout, stderr }));
  });
  const said = (): string => stdout + stderr;
  const running = <T>(what: string, look: () => T | undefined): Promise<T> =>
    until<T>(what, () => {
      if (child.exitCode !== null) throw new Error(`login ended (${child.exitCode}):\n${said()}`);
      return look();
    });
  return {
    child,
    said,
    opened: () => running('a browser is opened', () => (existsSync(opened) ? readFileSync(opened, 'utf8') : undefined)),
    consentUrl: () => running('the address is shown', () => /^ +(https?:\/\/\S+client_id=\S+)\n/m.exec(stdout)?.[1]),
    until: async (says) => {
      await running(`it says ${says.source}`, () => (says.test(said()) ? true : undefined));
    },
    type: (line) => void child.stdin.write(`${line}\n`),
    done: () => outcome,
  };
}
