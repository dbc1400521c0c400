/**
 * Exit codes of the program. 2, 4, 8 and 32 mean what mount(8) says; 64 and above follow sysexits(3). README has the
 * table. 1 is left to Node, which ends with it where it fails before this program runs; `status --check` alone answers
 * with 0, 1 or 2.
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

/**
 * A failure that a person can do something about: one sentence on what is wrong, one on the next step, and the exit
 * code.
 */
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
