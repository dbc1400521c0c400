import { fork, spawn, type ChildProcess } from 'node:child_process';
import { mkdir, mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { abortFuseMounts } from '../../../test/support/fuse-abort.js';

/** A scenario of server.ts, mounted at `path` by a process of its own. */
export interface Server {
  readonly path: string;
  readonly process: ChildProcess;
  /** Sends a word; resolves to the next message where `awaited` is among its keys. */
  readonly ask: (word: string, awaited: string) => Promise<Readonly<Record<string, unknown>>>;
  readonly send: (word: string) => void;
  readonly counts: () => Promise<Readonly<Record<string, number>>>;
  /** Ends the connection, also for a request that waits. */
  readonly abort: () => Promise<void>;
}

const DEADLINE_MS = 5000;

/** Runs `body` with a scenario mounted. The message that came in place of readiness is in `failed`. */
export async function withServer(
  scenario: string,
  body: (server: Server, failed: string | undefined) => Promise<string | undefined>,
  name = 'mnt',
): Promise<string | undefined> {
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'gphotos-mount-probe-')));
  const path = join(folder, name);
  await mkdir(path, { recursive: true });
  const child = fork(fileURLToPath(new URL('server.js', import.meta.url)), [scenario, path], {
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  });
  const next = (awaited: readonly string[]): Promise<Readonly<Record<string, unknown>>> =>
    new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`no answer: ${awaited.join()}`)), DEADLINE_MS);
      const listen = (message: Record<string, unknown>): void => {
        if (!awaited.some((key) => key in message)) return;
        clearTimeout(timer);
        child.off('message', listen);
        resolve(message);
      };
      child.on('message', listen);
    });
  const server: Server = {
    path,
    process: child,
    ask: async (word, awaited) => {
      const answer = next([awaited]);
      child.send(word);
      return answer;
    },
    send: (word) => void child.send(word),
    counts: async () => {
      const answer = next(['counts']);
      child.send('counts');
      return (await answer)['counts'] as Record<string, number>;
    },
    abort: () => abortFuseMounts(folder),
  };
  try {
    const first = await next(['ready', 'failed']);
    return await body(server, typeof first['failed'] === 'string' ? first['failed'] : undefined);
  } finally {
    await abortFuseMounts(folder);
    child.kill('SIGKILL');
    await rm(folder, { recursive: true, force: true, maxRetries: 3 }).catch(() => undefined);
  }
}

/** Runs a program; resolves to its exit code and output. It is killed after the deadline, and then not waited for. */
export function run(program: string, ...args: string[]): Promise<{ code: number | null; output: string }> {
  return new Promise((resolve) => {
    const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, LC_ALL: 'C' } });
    let output = '';
    child.stdout.on('data', (data: Buffer) => (output += data.toString()));
    child.stderr.on('data', (data: Buffer) => (output += data.toString()));
    const timer = setTimeout(() => {
      child.kill('SIGKILL');
      resolve({ code: -1, output: `${output} (did not end)` });
    }, DEADLINE_MS);
    child.once('error', (error) => {
      clearTimeout(timer);
      resolve({ code: -1, output: error.message });
    });
    child.once('close', (code) => {
      clearTimeout(timer);
      resolve({ code, output });
    });
  });
}
