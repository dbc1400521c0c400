import { closeSync, constants, existsSync, fstatSync, openSync, readSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { baseFolders, profilePaths, type ProfilePaths } from '../daemon/profile-paths.js';
import { findMount, readMountTable, type MountEntry } from '../mount/mount-table.js';
import { commandClock } from '../support/clock.js';
import { shellQuoted } from '../support/shell-quoted.js';
import { ExitCode, UserError } from '../support/user-error.js';
import { LAUNCHD_ARGUMENT } from './launchd-argument.js';
import { exitCodeIn } from './launchd-entry.js';
import { Launchctl } from './launchctl.js';
import { jobLabel, plistOrigin, plistText, wordsOf } from './plist-text.js';
import type { FileOrigin } from './seal.js';
import type { ServiceDeps, ServiceDescription, ServiceDriver, ServiceState } from './service-driver.js';

const SHOWN_LINES = 5;
/** The end of a log that is looked at, in bytes. */
const TAIL_BYTES = 64 * 1024;
const LOG_OPTION = '--log-file=';
/** What launchd gives its services. */
const PATH = '/usr/bin:/bin:/usr/sbin:/sbin';

type ReadTable = () => Promise<MountEntry[]>;

/** Services of macOS: a LaunchAgent of the user, or a LaunchDaemon that runs as a user. */
export class Launchd implements ServiceDriver {
  readonly name: string;
  readonly file: string;
  readonly kind: string;
  readonly logFolder: string;
  readonly howToEdit = 'Install with the options that you want, or move the file away, then install again.';
  readonly #deps: ServiceDeps;
  readonly #paths: ProfilePaths;
  readonly #launchctl: Launchctl;
  readonly #target: string;
  /** What launchd adds the service's words to. */
  readonly #logFile: string;
  readonly #readTable: ReadTable;
  /** Length of the log when the service was started last by this process, in bytes. */
  #startedAt = 0;

  constructor(deps: ServiceDeps, readTable: ReadTable = () => readMountTable(deps.around.platform)) {
    const { around, user, profile, folder } = deps;
    const label = jobLabel(profile);
    const domain = user === undefined ? `gui/${around.uid}` : 'system';
    const usual = user === undefined ? join(around.home, 'Library/LaunchAgents') : '/Library/LaunchDaemons';
    this.name = label;
    this.kind = user === undefined ? 'agent' : 'daemon';
    this.file = join(folder ?? usual, `${label}.plist`);
    this.#paths = profilePaths(baseFolders(around), profile);
    this.logFolder = this.#paths.dataDir;
    this.#deps = deps;
    this.#target = `${domain}/${label}`;
    this.#launchctl = new Launchctl(deps.run, deps.clock ?? commandClock, { domain, label });
    this.#logFile = join(this.logFolder, 'service.log');
    this.#readTable = readTable;
  }

  /** File systems of macOS take both spellings of a letter; this one is compared and written. */
  spelled(path: string): string {
    return path.normalize('NFC');
  }

  /** With a rotating log of its own: what launchd collects grows for as long as the service runs. */
  describe({ node, program, options, mountpoint, environment, logFile }: ServiceDescription): Promise<string> {
    const { around, user } = this.#deps;
    const isLogNamed = options.some((option) => option.startsWith(LOG_OPTION));
    const log = isLogNamed ? [] : [LOG_OPTION + (logFile ?? this.#paths.logFile)];
    const words = [lastingNode(node), program, LAUNCHD_ARGUMENT, '--foreground', ...log, ...options, '--', mountpoint];
    return Promise.resolve(
      plistText({
        label: this.name,
        words,
        // A daemon is given no home folder.
        environment: user === undefined ? environment : { HOME: around.home, ...environment },
        logFile: this.#logFile,
        user,
      }),
    );
  }

  origin(text: string): FileOrigin {
    return plistOrigin(text);
  }

  async reach(): Promise<NodeJS.ProcessEnv> {
    await this.#launchctl.reach();
    return { HOME: this.#deps.around.home, PATH };
  }

  async takenFrom(): Promise<string | undefined> {
    return (await this.#launchctl.job())?.file;
  }

  handsOverCredentials(): boolean {
    return false;
  }

  async isRunning(): Promise<boolean> {
    return (await this.#launchctl.job())?.pid !== undefined;
  }

  async start(isChanged: boolean): Promise<void> {
    const job = await this.#launchctl.job();
    if (job?.pid !== undefined && !isChanged) return;
    if (job !== undefined) await this.#launchctl.unload();
    this.#startedAt = sizeOf(this.#logFile);
    await this.#launchctl.load(this.file);
  }

  async saysReady(mountpoint: string): Promise<boolean> {
    if (!(await this.isRunning())) return false;
    const table = await this.#readTable().catch(() => []);
    return findMount(table, mountpoint) !== undefined;
  }

  /** launchd does not report a failed start. It shows in a process that has ended. */
  async failure(): Promise<UserError | undefined> {
    const job = await this.#launchctl.job();
    if (job === undefined || job.pid !== undefined) return undefined;
    if (job.lastExit === undefined && job.lastSignal === undefined) return undefined;
    const log = tail(this.#logFile, this.#startedAt);
    const exitCode = exitCodeIn(log) ?? Object.values(ExitCode).find((known) => known === job.lastExit);
    const lines = lastOf(log);
    return new UserError(
      exitCode === undefined || exitCode < ExitCode.system ? ExitCode.system : exitCode,
      `The service ${this.name} does not start.`,
      lines.length === 0 ? `See why: ${this.seeWhy}` : `It says:\n  ${lines.join('\n  ')}`,
    );
  }

  /** Also takes away the mount of a process that had to be killed: launchd runs nothing after the end of a service. */
  async stop(text: string): Promise<void> {
    if ((await this.#launchctl.job()) !== undefined) await this.#launchctl.unload();
    const [node = '', program = '', first, ...rest] = wordsOf(text);
    // Of a file that was edited this is run only where it is still ours.
    if (first !== LAUNCHD_ARGUMENT) return;
    await this.#deps.run(node, [program, 'unmount', '--lazy', '--if-mounted', '--', rest.at(-1) ?? '']);
  }

  forget(): Promise<void> {
    return Promise.resolve();
  }

  async state(text: string): Promise<ServiceState> {
    const job = await this.#launchctl.job();
    if (job === undefined) {
      const words = 'not loaded; gphotos-mount service install loads it';
      return { words, isRunning: false, lines: lastOf(tail(this.#logFile, 0)) };
    }
    if (job.pid !== undefined) {
      const log = wordsOf(text).find((word) => word.startsWith(LOG_OPTION));
      const lines = log === undefined ? [] : lastOf(tail(log.slice(LOG_OPTION.length), 0));
      return { words: `${job.state} (pid ${job.pid})`, isRunning: true, lines };
    }
    const log = tail(this.#logFile, 0);
    // launchd was told 0 where a start would not help; what the process really ended with stands in its log.
    const exitCode = exitCodeIn(log) ?? job.lastExit;
    const end = exitCode === undefined ? job.lastSignal : `exit code ${exitCode}`;
    const words = end === undefined ? job.state : `${job.state} (${end})`;
    return { words, isRunning: false, exitCode: exitCode === 0 ? undefined : exitCode, lines: lastOf(log) };
  }

  programsIn(text: string): string[] {
    return wordsOf(text).slice(0, 2);
  }

  advice(): Promise<string> {
    return Promise.resolve(
      this.#deps.user === undefined
        ? 'It runs while you are logged in at the desktop of this Mac, and again at each login.'
        : 'It runs from boot on.',
    );
  }

  get seeWhy(): string {
    return `launchctl print ${shellQuoted(this.#target)}`;
  }

  kept(): string {
    return existsSync(this.#logFile) ? ` Its last words stay in ${this.#logFile}.` : '';
  }
}

/** Homebrew keeps each version of Node in a folder of its own and removes it with the next; the link to the current one stays. */
export function lastingNode(node: string, exists: (path: string) => boolean = existsSync): string {
  const [, prefix, formula] = /^(.*)\/Cellar\/(node(?:@\d+)?)\/[^/]+\/bin\/node$/.exec(node) ?? [];
  const link = `${prefix}/opt/${formula}/bin/node`;
  return prefix !== undefined && exists(link) ? link : node;
}

function sizeOf(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.size ?? 0;
}

/** The end of a plain file, from this byte on; the service may have emptied it since. */
function tail(file: string, from: number): string {
  const { O_RDONLY, O_NONBLOCK, O_NOFOLLOW } = constants;
  try {
    // Root may look at a folder of another user's: a pipe or a link there is not followed.
    const descriptor = openSync(file, O_RDONLY | O_NONBLOCK | O_NOFOLLOW);
    try {
      const facts = fstatSync(descriptor);
      if (!facts.isFile()) return '';
      const start = Math.max(facts.size < from ? 0 : from, facts.size - TAIL_BYTES);
      const bytes = Buffer.alloc(facts.size - start);
      return bytes.toString('utf8', 0, readSync(descriptor, bytes, 0, bytes.length, start));
    } finally {
      closeSync(descriptor);
    }
  } catch {
    return '';
  }
}

function lastOf(log: string): string[] {
  return log
    .split('\n')
    .filter((line) => line.trim() !== '')
    .slice(-SHOWN_LINES);
}
