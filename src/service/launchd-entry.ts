import { fstatSync, ftruncateSync } from 'node:fs';
import { ExitCode, FINAL_EXITS } from '../support/user-error.js';
import { THROTTLE_SECONDS } from './plist-text.js';

/** The file that launchd adds the process's words to is emptied at a start where it is larger than this, in bytes. */
const LOG_BYTES = 256 * 1024;

/**
 * What the process ends with. launchd starts again whatever did not end with 0, and has no list of exit codes that it leaves alone:
 * a fault that only a person can mend would make it try for ever.
 */
export function exitForLaunchd(code: number): number {
  return FINAL_EXITS.includes(code) ? ExitCode.ok : code;
}

export interface LaunchdProcess {
  readonly write: (text: string) => void;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Descriptor of the file that `write` goes to. */
  readonly descriptor: number;
}

/** Runs the program as launchd's job; what it really ended with is the last line that it writes. */
export async function underLaunchd(
  program: () => Promise<number>,
  { write, now, descriptor }: LaunchdProcess,
): Promise<number> {
  emptyIfLarge(descriptor);
  write(`${new Date(now()).toISOString()} ${STARTS}\n`);
  const code = await program();
  const next = FINAL_EXITS.includes(code)
    ? 'it is not started again: mend this, then run gphotos-mount service install'
    : `launchd starts it again, at the earliest ${THROTTLE_SECONDS} seconds after its last start`;
  if (code !== ExitCode.ok) write(`${new Date(now()).toISOString()} ${ENDED} ${code}; ${next}\n`);
  return exitForLaunchd(code);
}

const STARTS = 'the service starts';
const ENDED = 'the service ended with exit code';

/** The exit code that the last run of the service really had, from what it wrote; undefined where that run did not say. */
export function exitCodeIn(log: string): ExitCode | undefined {
  const last = log.split('\n').findLast((line) => line.includes(` ${STARTS}`) || line.includes(` ${ENDED} `));
  const code = Number(last?.split(` ${ENDED} `)[1]?.split(';')[0]);
  return Object.values(ExitCode).find((known) => known === code);
}

function emptyIfLarge(descriptor: number): void {
  try {
    const facts = fstatSync(descriptor);
    if (facts.isFile() && facts.size > LOG_BYTES) ftruncateSync(descriptor);
  } catch {
    // A descriptor that was closed holds nothing.
  }
}
