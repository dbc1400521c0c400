import { fstatSync } from 'node:fs';
import type { LogLevel } from './log-level.js';

/** Priorities of syslog(3), as sd-daemon(3) writes them in front of a line. */
const PRIORITY: Readonly<Record<LogLevel, number>> = { error: 3, warn: 4, info: 6, debug: 7 };

/**
 * Whether the descriptor leads to the journal of systemd: `$JOURNAL_STREAM` names its device and inode. A descriptor
 * that was redirected since then does not.
 */
export function isJournal(env: NodeJS.ProcessEnv, descriptor = 2): boolean {
  const named = env['JOURNAL_STREAM'];
  if (named === undefined) return false;
  try {
    const { dev, ino } = fstatSync(descriptor, { bigint: true });
    return named === `${dev}:${ino}`;
  } catch {
    return false;
  }
}

/** The text with its priority in front of each line; the journal adds the time itself. */
export function journalLines(level: LogLevel, text: string): string {
  return text
    .replace(/\n$/, '')
    .split('\n')
    .map((line) => `<${PRIORITY[level]}>${line}\n`)
    .join('');
}
