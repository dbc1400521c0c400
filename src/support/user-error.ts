/** Exit codes of the program. 1, 2, 4, 8 and 32 mean what mount(8) says; the others follow sysexits(3). README has the table. */
export const ExitCode = {
  ok: 0,
  usage: 1,
  system: 2,
  internal: 4,
  interrupted: 8,
  mount: 32,
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
