import { execFile, fork, type ChildProcess } from 'node:child_process';
import { mkdir, mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { LogLevel } from '../../src/support/log-level.js';
import { withDeadline } from './deadline.js';
import { abortFuseMounts } from './fuse-abort.js';
import type { Facts, FromChild, ToChild } from './mount-child-messages.js';

const compiled = resolve(dirname(fileURLToPath(import.meta.url)), '../..');
/** The folder of the repository. */
export const repository = resolve(compiled, '..');

export interface ChildMountOptions {
  /** Name of a module in test/mount/fixtures, without its ending. */
  readonly fixture: string;
  /** Mount point below the test's own folder; default `mnt`. Made unless `makeMountpoint` is false. */
  readonly name?: string;
  readonly makeMountpoint?: boolean;
  readonly allowOther?: boolean;
  readonly readOnly?: boolean;
  readonly attrTimeoutSeconds?: number;
  /** Milliseconds for the whole test body; the connection is aborted then. */
  readonly deadlineMs?: number;
  /** Program and arguments that start the serving one: they get node's path and arguments behind their own. */
  readonly under?: readonly [program: string, ...args: string[]];
  readonly env?: NodeJS.ProcessEnv;
  /** Drops what libfuse prints on the standard error output. */
  readonly quiet?: boolean;
}

export interface MountFailure {
  readonly message: string;
  readonly hint: string | undefined;
  readonly exitCode: number | undefined;
}

interface Waiter {
  readonly accepts: (message: FromChild) => boolean;
  readonly resolve: (message: FromChild) => void;
  readonly reject: (error: Error) => void;
}

/** A mount that a child process serves. */
export class ChildMount {
  readonly logs: { level: LogLevel; message: string }[] = [];
  readonly #waiting: Waiter[] = [];
  readonly #unread: FromChild[] = [];
  #isOver = false;
  readonly exited: Promise<number | null>;

  constructor(
    readonly path: string,
    readonly process: ChildProcess,
  ) {
    process.on('message', (message: FromChild) => {
      if (message.kind === 'log') {
        this.logs.push(message);
        return;
      }
      if (message.kind === 'closed') this.#isOver = true;
      const index = this.#waiting.findIndex((waiter) => waiter.accepts(message));
      const [waiter] = index < 0 ? [] : this.#waiting.splice(index, 1);
      if (waiter === undefined) this.#unread.push(message);
      else waiter.resolve(message);
    });
    this.exited = new Promise((done) => {
      process.once('exit', (code) => {
        this.#isOver = true;
        for (const { reject } of this.#waiting.splice(0)) reject(new Error(`the mounting child ended (${code})`));
        done(code);
      });
    });
  }

  /** Whether there is no mount any more, or never was one. */
  get isOver(): boolean {
    return this.#isOver;
  }

  /** Resolves when the kernel talks to the child, or to why it does not mount. */
  async started(): Promise<MountFailure | undefined> {
    const message = await this.#next('ready', 'failed');
    this.#isOver = message.kind === 'failed';
    return message.kind === 'failed' ? failureOf(message) : undefined;
  }

  async unmount(lazy = true): Promise<MountFailure | undefined> {
    this.#send({ kind: 'unmount', lazy });
    const message = await this.#next('unmounted', 'failed');
    return message.kind === 'failed' ? failureOf(message) : undefined;
  }

  async report(): Promise<{ openFiles: number; facts: Facts }> {
    this.#send({ kind: 'report' });
    const message = await this.#next('report');
    return message.kind === 'report' ? message : { openFiles: -1, facts: {} };
  }

  tell(text: string): void {
    this.#send({ kind: 'tell', text });
  }

  /** Resolves to the last report when the child has seen its mount go. */
  async closed(): Promise<Facts> {
    const message = await this.#next('closed');
    return message.kind === 'closed' ? message.facts : {};
  }

  #send(message: ToChild): void {
    // A child that is ending is noticed by its exit.
    this.process.send(message, () => undefined);
  }

  #next(...kinds: FromChild['kind'][]): Promise<FromChild> {
    const accepts = (message: FromChild): boolean => kinds.includes(message.kind);
    const index = this.#unread.findIndex(accepts);
    const [unread] = index < 0 ? [] : this.#unread.splice(index, 1);
    if (unread !== undefined) return Promise.resolve(unread);
    if (this.process.exitCode !== null || this.process.signalCode !== null) {
      return Promise.reject(new Error(`the mounting child has ended before "${kinds.join('" or "')}"`));
    }
    const message = new Promise<FromChild>((done, reject) => {
      this.#waiting.push({ accepts, resolve: done, reject });
    });
    return withDeadline(message, 20_000, `waiting for "${kinds.join('" or "')}" of the mounting child`);
  }
}

function failureOf(message: Extract<FromChild, { kind: 'failed' }>): MountFailure {
  return { message: message.message, hint: message.hint, exitCode: message.exitCode };
}

/**
 * Runs `body` with a fixture's file system mounted by a child process; the mount, the child and the folder are gone
 * afterwards, whatever happened. `body` gets the failure where the child does not mount.
 */
export async function withChildMount(
  options: ChildMountOptions,
  body: (mount: ChildMount, failure: MountFailure | undefined) => Promise<void>,
): Promise<void> {
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'gphotos-mount-test-')));
  const path = join(folder, options.name ?? 'mnt');
  if (options.makeMountpoint !== false) await mkdir(path, { recursive: true });
  const mount = startChild(path, options);
  try {
    await withDeadline(
      mount.started().then((failure) => body(mount, failure)),
      options.deadlineMs ?? 30_000,
      'the test with a mount',
      () => abortFuseMounts(folder),
    );
  } finally {
    if (!mount.isOver) await withDeadline(mount.unmount(), 3000, 'unmounting').catch(() => undefined);
    await abortFuseMounts(folder);
    mount.process.kill('SIGKILL');
    await withDeadline(mount.exited, 5000, 'the end of the mounting child').catch(() => undefined);
    await rm(folder, { recursive: true, force: true, maxRetries: 3 });
  }
}

/** Starts the child alone; the caller ends it. */
export function startChild(path: string, options: ChildMountOptions): ChildMount {
  const { allowOther = false, readOnly = true, attrTimeoutSeconds = 1 } = options;
  const [execPath = process.execPath, ...execArgv] =
    options.under === undefined ? [] : [...options.under, process.execPath];
  const child = fork(
    join(compiled, 'test/support/mount-child.js'),
    [
      join(compiled, `test/mount/fixtures/${options.fixture}.js`),
      JSON.stringify({ mountpoint: path, allowOther, readOnly, attrTimeoutSeconds }),
    ],
    {
      execPath,
      execArgv,
      env: { ...process.env, MOUNTPOINT: path, ...options.env },
      stdio: ['ignore', 'inherit', options.quiet === true ? 'ignore' : 'inherit', 'ipc'],
    },
  );
  return new ChildMount(path, child);
}

export interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program that looks at a mount, killed after `deadlineMs`. Never rejects on a failing program. */
export function runProgram(
  program: string,
  args: readonly string[],
  options: { readonly input?: string; readonly deadlineMs?: number; readonly cwd?: string } = {},
): Promise<Ran> {
  return new Promise((done) => {
    const child = execFile(
      program,
      [...args],
      {
        timeout: options.deadlineMs ?? 15_000,
        killSignal: 'SIGKILL',
        maxBuffer: 64 * 1024 * 1024,
        cwd: options.cwd,
        env: { ...process.env, LC_ALL: 'C.UTF-8' },
      },
      (error, stdout, stderr) => {
        const code = error === null ? 0 : typeof error.code === 'number' ? error.code : -1;
        done({ code, stdout, stderr });
      },
    );
    // A program that ends without reading its input is no failure.
    child.stdin?.on('error', () => undefined);
    child.stdin?.end(options.input ?? '');
  });
}
