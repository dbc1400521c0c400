import type { Clock } from '../support/clock.js';
import { ExitCode, UserError } from '../support/user-error.js';
import type { Answer, RunProgram } from './systemd.js';

/** A job that launchd knows. */
export interface LoadedJob {
  /** In launchd's words: `running`, `not running`, `spawn scheduled`. */
  readonly state: string;
  /** The property list that it came from. */
  readonly file: string | undefined;
  /** Undefined where it does not run. */
  readonly pid: number | undefined;
  /** Undefined where it never ended, or a signal ended it. */
  readonly lastExit: number | undefined;
  /** As launchd says it: `Killed: 9`. */
  readonly lastSignal: string | undefined;
}

/** What `launchctl print` says of a service. Lines of the service itself begin with one tab; what is nested has more. */
export function parseJob(text: string): LoadedJob {
  const lines = Array.from(text.matchAll(/^\t([a-z][a-z ]*) = (.*)$/gm), ([, name = '', value = '']) => [name, value]);
  const found = new Map(lines.reverse() as [string, string][]);
  const number = (name: string): number | undefined => {
    const digits = /^-?\d+/.exec(found.get(name) ?? '')?.[0];
    return digits === undefined ? undefined : Number(digits);
  };
  return {
    state: found.get('state') ?? 'unknown',
    file: found.get('path'),
    pid: number('pid'),
    // `0`, `78: EX_CONFIG`, `(never exited)`.
    lastExit: number('last exit code'),
    lastSignal: found.get('last terminating signal'),
  };
}

/** One service of launchd. */
export interface Target {
  /** `gui/501` or `system`. */
  readonly domain: string;
  readonly label: string;
}

/** bootout answers before the process has ended, and launchd then refuses to load the same label for a moment. */
const LEAVING_MS = 40_000;
const LOOK_MS = 200;
/** 5 says that the file is wrong, or that the label is still there; only the second passes. */
const LOADING_MS = 8000;

const NO_DOMAIN = 125;
/** "Operation already in progress", "service already loaded", and the word for everything else. */
const MAY_PASS = new Set([5, 36, 37]);

/** The commands of launchctl(1) for one service. */
export class Launchctl {
  readonly #run: RunProgram;
  readonly #clock: Clock;
  readonly #domain: string;
  readonly #target: string;

  constructor(run: RunProgram, clock: Clock, { domain, label }: Target) {
    this.#run = run;
    this.#clock = clock;
    this.#domain = domain;
    this.#target = `${domain}/${label}`;
  }

  /** Rejects with UserError where launchd has no place for services of this user. */
  async reach(): Promise<void> {
    const answer = await this.#launchctl('print', this.#domain);
    if (answer.code === 0) return;
    if (answer.code === undefined && answer.stderr === '')
      throw new UserError(
        ExitCode.system,
        'This Mac has no launchctl.',
        'Start the mount by other means: gphotos-mount -f MOUNTPOINT stays in the foreground.',
      );
    throw noDomain(this.#domain, answer);
  }

  /** Undefined where launchd does not know it. */
  async job(): Promise<LoadedJob | undefined> {
    const { code, stdout } = await this.#launchctl('print', this.#target);
    return code === 0 ? parseJob(stdout) : undefined;
  }

  /** Loads the file, which starts the service. Rejects with UserError. */
  async load(file: string): Promise<void> {
    // A service that was disabled once stays so for ever, and cannot be loaded.
    await this.#launchctl('enable', this.#target);
    const giveUpAt = this.#clock.now() + LOADING_MS;
    for (;;) {
      const answer = await this.#launchctl('bootstrap', this.#domain, file);
      if (answer.code === 0) return;
      if (answer.code === NO_DOMAIN) throw noDomain(this.#domain, answer);
      if (!MAY_PASS.has(answer.code ?? -1) || this.#clock.now() >= giveUpAt)
        throw new UserError(
          ExitCode.system,
          `launchd does not load ${file} (${said(answer)}).`,
          `See what is wrong with it: plutil -lint '${file}'. It must be yours, and no other user may write to it.`,
        );
      if ((await this.job()) !== undefined) await this.unload();
      else await this.#clock.sleep(LOOK_MS);
    }
  }

  /** Ends the service and waits until launchd has forgotten it. Rejects with UserError (busy) where it stays. */
  async unload(): Promise<void> {
    // Its exit code says little: 36 means that the service is on its way out, 3 that it is gone.
    const answer = await this.#launchctl('bootout', this.#target);
    const giveUpAt = this.#clock.now() + LEAVING_MS;
    while ((await this.job()) !== undefined) {
      if (this.#clock.now() >= giveUpAt)
        throw new UserError(
          ExitCode.busy,
          `launchd does not end ${this.#target} (${said(answer)}).`,
          `See how it is: launchctl print ${this.#target}`,
        );
      await this.#clock.sleep(LOOK_MS);
    }
  }

  #launchctl(...args: string[]): Promise<Answer> {
    return this.#run('launchctl', args);
  }
}

function noDomain(domain: string, answer: Answer): UserError {
  const isOfMachine = domain === 'system';
  return new UserError(
    ExitCode.system,
    isOfMachine
      ? `launchd refuses services of the machine (${said(answer)}).`
      : `launchd has no desktop session of yours (${said(answer)}).`,
    isOfMachine
      ? 'Run it with sudo.'
      : 'Log in at the desktop of this Mac (screen sharing will do), then install again; or install a service of the ' +
          'machine: sudo gphotos-mount service install --system --user NAME',
  );
}

function said({ code, stderr, stdout }: Answer): string {
  const [line = ''] = `${stderr.trim()}\n${stdout.trim()}`.trim().split('\n');
  return line === '' ? `exit code ${code ?? 'unknown'}` : line;
}
