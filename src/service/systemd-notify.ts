import { execFile } from 'node:child_process';
import type { ServiceManager } from '../daemon/service-manager.js';
import { privateSettings } from './private-settings.js';

export interface NotifierDeps {
  /** Sends one message to systemd; resolves with whether that worked. Never rejects. */
  readonly send: (message: readonly string[]) => Promise<boolean>;
  readonly watchdogMs: number | undefined;
  readonly privateSettings: () => Promise<readonly string[]>;
}

/** Messages of these kinds replace an older one that still waits. */
type Kind = 'state' | 'status' | 'watchdog' | 'extend';

interface Message {
  readonly kind: Kind;
  readonly lines: readonly string[];
}

/** Longest STATUS= text, in characters; systemctl shows one line. */
const STATUS_LENGTH = 200;
const SEND_DEADLINE_MS = 10_000;

/** Talks to systemd by sd_notify(3), one message after the other and in the order given. */
export class SystemdNotifier implements ServiceManager {
  readonly #deps: NotifierDeps;
  readonly #queue: Message[] = [];
  #sending: Promise<void> | undefined;

  constructor(deps: NotifierDeps) {
    this.#deps = deps;
  }

  get watchdogMs(): number | undefined {
    return this.#deps.watchdogMs;
  }

  ready(status: string): void {
    this.#drop('extend');
    this.#drop('status');
    this.#put({ kind: 'state', lines: ['READY=1', statusLine(status)] });
  }

  status(text: string): void {
    this.#drop('status');
    this.#put({ kind: 'status', lines: [statusLine(text)] });
  }

  reloading(): void {
    this.#put({ kind: 'state', lines: ['RELOADING=1'] });
  }

  stopping(): void {
    for (const kind of ['status', 'watchdog', 'extend'] as const) this.#drop(kind);
    this.#put({ kind: 'state', lines: ['STOPPING=1', 'STATUS=unmounting'] });
  }

  alive(): void {
    this.#drop('watchdog');
    this.#put({ kind: 'watchdog', lines: ['WATCHDOG=1'] });
  }

  extendStart(ms: number): void {
    this.#drop('extend');
    this.#put({ kind: 'extend', lines: [`EXTEND_TIMEOUT_USEC=${Math.round(ms * 1000)}`] });
  }

  privateSettings(): Promise<readonly string[]> {
    return this.#deps.privateSettings();
  }

  /** Resolves when everything is sent. */
  async settled(): Promise<void> {
    while (this.#sending !== undefined) await this.#sending;
  }

  #drop(kind: Kind): void {
    const kept = this.#queue.filter((message) => message.kind !== kind);
    this.#queue.splice(0, this.#queue.length, ...kept);
  }

  #put(message: Message): void {
    this.#queue.push(message);
    this.#sending ??= this.#sendAll().finally(() => {
      this.#sending = undefined;
    });
  }

  async #sendAll(): Promise<void> {
    for (let next = this.#queue.shift(); next !== undefined; next = this.#queue.shift())
      await this.#deps.send(next.lines);
  }
}

function statusLine(text: string): string {
  return `STATUS=${text.replace(/[\u0000-\u001f\u007f]/g, ' ').slice(0, STATUS_LENGTH)}`;
}

/**
 * The notifier of this process; undefined where systemd asked for no notifications. Takes systemd's variables out of
 * `env`: children must not speak for the service.
 */
export function systemdNotifier(env: NodeJS.ProcessEnv, pid: number): SystemdNotifier | undefined {
  const { NOTIFY_SOCKET: socket, WATCHDOG_USEC: microseconds, WATCHDOG_PID: watched } = env;
  for (const name of ['NOTIFY_SOCKET', 'WATCHDOG_USEC', 'WATCHDOG_PID']) Reflect.deleteProperty(env, name);
  if (socket === undefined || socket === '') return undefined;
  const isWatched = watched === undefined || Number(watched) === pid;
  const watchdogMs = isWatched && Number(microseconds) > 0 ? Number(microseconds) / 1000 : undefined;
  return new SystemdNotifier({
    send: (lines) => notify(lines, { ...env, NOTIFY_SOCKET: socket }),
    watchdogMs,
    privateSettings: () => privateSettings('self', env),
  });
}

/**
 * Never with --no-block: systemd finds the service by the sender's pid, and without waiting the sender may be gone
 * before systemd looks. That lost up to half of the messages.
 */
function notify(lines: readonly string[], env: NodeJS.ProcessEnv): Promise<boolean> {
  return new Promise((resolve) => {
    execFile('systemd-notify', [...lines], { env, timeout: SEND_DEADLINE_MS, killSignal: 'SIGKILL' }, (error) => {
      resolve(error === null);
    });
  });
}
