/**
 * Exit codes of the program. 2, 4, 8 and 32 mean what mount(8) says; 64 and above follow sysexits(3). 1 is left to Node, which ends
 * with it where it fails before this program runs; `status --check` alone answers with 0, 1 or 2.
 */
export const ExitCode = {
  ok: 0,
  degraded: 1,
  down: 2,
  system: 2,
  internal: 4,
  interrupted: 8,
  mount: 32,
  usage: 64,
  catalog: 65,
  network: 68,
  notRunning: 69,
  syncFailed: 74,
  busy: 75,
  google: 76,
  signIn: 77,
  config: 78,
} as const;

export type ExitCode = (typeof ExitCode)[keyof typeof ExitCode];

/** What each code means, as README and the man page say it. Words between backticks are typed. */
export const EXIT_MEANINGS: Readonly<Record<ExitCode, string>> = {
  0: 'done',
  1: '`status --check`: degraded; else Node itself failed, before gphotos-mount ran',
  2: 'the system lacks something: FUSE, a permission, disk space; `status --check`: down',
  4: 'a bug in gphotos-mount; please report it',
  8: 'interrupted: a second signal while it was unmounting; Ctrl-C while `pick` waits',
  32: 'the mount point cannot be used, or unmounting failed',
  64: 'wrong usage: an option, a value, a root that does not exist',
  65: "the catalog or the ledger is another program's file, or a newer one's; a part of a Takeout is refused, missing or damaged",
  68: 'Google, or the proxy on the way, cannot be reached',
  69: 'no daemon runs for that mount point or profile, or the one that runs does not answer',
  74: '`sync --wait` failed, or not all that was picked could be stored; the message says why',
  75: 'busy: another daemon or command uses this profile, or files are open',
  76: 'Google refuses for now: a quota, a fault of its own',
  77: 'no credentials, or Google does not take them',
  78: 'a configuration or credentials file is wrong',
};

/** After these, another start ends the same way until a person has changed something; the others may pass by themselves. */
export const FINAL_EXITS: readonly number[] = [ExitCode.usage, ExitCode.catalog, ExitCode.signIn, ExitCode.config];

/** A failure that a person can do something about: one sentence on what is wrong, one on the next step, and the exit code. */
export class UserError extends Error {
  override readonly name = 'UserError';

  constructor(
    readonly exitCode: ExitCode,
    message: string,
    readonly hint: string,
    cause?: unknown,
  ) {
    super(message, cause === undefined ? undefined : { cause });
  }
}
