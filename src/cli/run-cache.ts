import { resolve } from 'node:path';
import { askDaemon } from '../daemon/control-client.js';
import type { CacheAction, CacheOutcome } from '../daemon/answer-cache.js';
import type { ControlProgress } from '../daemon/control-protocol.js';
import { findDaemons, notAnswering, type RunningDaemon } from '../daemon/find-daemons.js';
import { baseFolders } from '../daemon/profile-paths.js';
import { shellQuoted } from '../support/shell-quoted.js';
import { ExitCode, UserError } from '../support/user-error.js';
import { formatByteSize } from './byte-sizes.js';
import type { CliContext } from './cli-context.js';
import { count } from './render-status.js';

const TIMEOUT_MS = 120_000;
const STATUS_MS = 5000;

export interface CacheRequest {
  readonly action: CacheAction;
  readonly path: string | undefined;
  readonly json: boolean;
}

/** Runs one of the `cache` commands on the mount that the path lies in. */
export async function runCache({ action, path, json }: CacheRequest, context: CliContext): Promise<ExitCode> {
  const { daemon, inside } = await daemonOf(path, context);
  const bar = new ProgressBar(context);
  const request = { command: 'cache', action, path: inside } as const;
  const reply = await askDaemon(daemon.socketFile, request, TIMEOUT_MS, (progress) => bar.show(progress)).catch(() => {
    bar.clear();
    throw notAnswering(daemon.status);
  });
  bar.clear();
  if (reply === undefined) throw notRunning(path ?? daemon.status.mountpoint, []);
  if (!reply.ok) throw new UserError(reply.exitCode, reply.message, reply.hint);
  if (!('cache' in reply))
    throw new UserError(
      ExitCode.internal,
      'The mount gave an answer to another question.',
      'Unmount, and mount again with this version.',
    );
  const outcome = reply.cache;
  context.stdout.write(json ? `${JSON.stringify(outcome, null, 2)}\n` : `${sentenceOf(outcome, path ?? '')}\n`);
  return outcome.action === 'warm' && outcome.failed > 0 ? ExitCode.internal : ExitCode.ok;
}

/** The mount a path lies in, and what the path is called there. */
async function daemonOf(
  path: string | undefined,
  context: CliContext,
): Promise<{ readonly daemon: RunningDaemon; readonly inside: string }> {
  const found = await findDaemons({ folders: baseFolders(context.around), timeoutMs: STATUS_MS });
  const { running: daemons, silent, refused } = found;
  const [only] = daemons;
  const given = resolve(context.person.currentFolder, path ?? '.');
  // Before the path is looked at: that would wait for the same daemon.
  const mute = silent.find(({ mountpoint }) =>
    path === undefined ? only === undefined : mountpoint !== undefined && isWithin(given, mountpoint),
  );
  if (mute !== undefined) throw notAnswering(mute);
  if (only === undefined && refused[0] !== undefined) throw refused[0];
  if (path === undefined) {
    if (only !== undefined && daemons.length === 1) return { daemon: only, inside: '/' };
    if (only === undefined) throw notRunning('any folder', []);
    throw new UserError(
      ExitCode.usage,
      'Several mounts are running; say which one is meant.',
      `Name one of: ${daemons.map(({ status }) => status.mountpoint).join(', ')}`,
    );
  }
  const holding = (target: string): RunningDaemon | undefined =>
    daemons
      .filter(({ status: { mountpoint } }) => isWithin(target, mountpoint))
      .sort((one, other) => other.status.mountpoint.length - one.status.mountpoint.length)[0];
  const locate = async (): Promise<string> => (await context.mountTools()).locate(given);
  const target = holding(given) === undefined ? await locate() : given;
  const daemon = holding(target);
  if (daemon === undefined) throw notRunning(given, daemons);
  return { daemon, inside: target.slice(daemon.status.mountpoint.length) || '/' };
}

function isWithin(path: string, folder: string): boolean {
  return path === folder || path.startsWith(`${folder}/`);
}

function notRunning(path: string, daemons: readonly RunningDaemon[]): UserError {
  const others = daemons.map(({ status }) => status.mountpoint).join(', ');
  return new UserError(
    ExitCode.notRunning,
    `No gphotos-mount is running on ${path}.`,
    others === '' ? 'Start one: gphotos-mount ~/photos' : `Running: ${others}`,
  );
}

function sentenceOf(outcome: CacheOutcome, path: string): string {
  switch (outcome.action) {
    case 'stats': {
      const { bytes, limit, openFiles, pins, pinnedItems, pinnedCached } = outcome.stats;
      return [
        `${formatByteSize(bytes)} of at most ${formatByteSize(limit)} on disk, ${count(openFiles, 'file')} open`,
        pins.length === 0
          ? 'nothing is pinned'
          : `${count(pinnedItems, 'pinned item')}, ${pinnedCached.toLocaleString('en-US')} of them on disk:`,
        ...pins.map((pin) => `  ${pin}`),
      ].join('\n');
    }
    case 'clear':
      return `freed ${formatByteSize(outcome.freed)}; what is open or pinned was kept`;
    case 'pin':
      return (
        `pinned ${count(outcome.items, 'item')}, and what comes later; ` +
        'they are fetched in the background (see: gphotos-mount cache stats)'
      );
    case 'unpin':
      return `unpinned; ${count(outcome.items, 'item')} stay pinned by other paths`;
    case 'warm': {
      const failed =
        outcome.failed === 0
          ? ''
          : `, ${count(outcome.failed, 'item')} could not be fetched (see: gphotos-mount status)`;
      return `${count(outcome.done, 'item')} of ${shellQuoted(path)} on disk, ${formatByteSize(outcome.bytes)}${failed}`;
    }
  }
}

const WIDTH = 30;

/** One line redrawn in place, on terminals only. */
class ProgressBar {
  readonly #context: CliContext;
  #shown = false;

  constructor(context: CliContext) {
    this.#context = context;
  }

  show({ done, failed, total, bytes, totalBytes }: ControlProgress['progress']): void {
    if (!this.#context.stderr.isTTY) return;
    // Bytes change while a film is fetched: they are shown in whole pages, and a size may turn out to be another.
    const part = totalBytes === 0 ? (done + failed) / Math.max(1, total) : Math.min(1, bytes / totalBytes);
    const filled = '#'.repeat(Math.round(part * WIDTH)).padEnd(WIDTH, '.');
    this.#shown = true;
    this.#context.stderr.write(
      `\r\u001b[K[${filled}] ${done + failed}/${total}  ${formatByteSize(bytes)} of ${formatByteSize(totalBytes)}`,
    );
  }

  clear(): void {
    if (this.#shown) this.#context.stderr.write('\r\u001b[K');
  }
}
