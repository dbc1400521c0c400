import type { AccountSurroundings } from '../account/surroundings.js';
import { RemoteError } from '../library/remote-error.js';
import { needAccount, type Source } from '../library/source.js';
import { UserError } from '../support/user-error.js';

/** What one check found. */
export interface Finding {
  /** `skip`: does not apply here, or could not be checked because an earlier check failed. */
  readonly result: 'pass' | 'warn' | 'fail' | 'skip';
  /** One sentence. */
  readonly message: string;
  /** The next step; empty where none is needed. */
  readonly fix: string;
}

export interface CheckReport extends Finding {
  /** Stable machine-readable name. */
  readonly id: string;
}

/** One thing that a mount needs. Its `run` never changes anything; what it throws counts as failed. */
export interface Check {
  readonly id: string;
  readonly run: () => Finding | Promise<Finding>;
}

export interface DoctorDeps {
  readonly around: AccountSurroundings;
  readonly mountpoint: string | undefined;
  /** Those that bring items to the profile. */
  readonly sources: readonly Source[];
  readonly allowOther: boolean;
  /** Size limit of the cache; undefined: the default. */
  readonly cacheMaxBytes: number | undefined;
  /** What is wrong with config.json or a variable; undefined where nothing is. */
  readonly settingsFault: UserError | undefined;
}

export const pass = (message: string): Finding => ({ result: 'pass', message, fix: '' });
export const skip = (message: string): Finding => ({ result: 'skip', message, fix: '' });
export const warn = (message: string, fix: string): Finding => ({ result: 'warn', message, fix });
export const fail = (message: string, fix: string): Finding => ({ result: 'fail', message, fix });

/** The words of an error, where it has words for a person; it may quote secrets otherwise. */
export function failedWith(error: unknown): Finding {
  if (error instanceof UserError) return fail(error.message, error.hint);
  if (error instanceof RemoteError) return fail(error.message, error.hint ?? 'Try again later.');
  const code = error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : 'unknown';
  return fail(
    `This could not be checked (${code}).`,
    'Try again; if it stays, report it with: gphotos-mount doctor --bundle',
  );
}

/** The check, or that it does not apply where no source of the profile needs an account. */
export function ofAccount(check: Check, sources: readonly Source[]): Check {
  if (needAccount(sources)) return check;
  return { id: check.id, run: () => skip('No source of this profile needs a Google account.') };
}

/** Runs the checks one after the other. */
export async function runChecks(checks: readonly Check[]): Promise<CheckReport[]> {
  const reports: CheckReport[] = [];
  for (const check of checks) {
    const { id } = check;
    try {
      reports.push({ id, ...(await check.run()) });
    } catch (error) {
      reports.push({ id, ...failedWith(error) });
    }
  }
  return reports;
}
