import { journalLines } from './journal.js';
import type { LogLevel } from './log-level.js';
import { withoutSecrets } from './without-secrets.js';

const RANK: Readonly<Record<LogLevel, number>> = { debug: 0, info: 1, warn: 2, error: 3 };

/** Writes one line per event. Callers pass words fit for a person; secrets and base URLs never go in. */
export interface Logger {
  log(level: LogLevel, message: string): void;
}

export interface LineLoggerOptions {
  readonly write: (line: string) => void;
  /** Called for each message: a reload may change the level. */
  readonly least: () => LogLevel;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /**
   * `timed`: `2026-01-31T12:00:00.000Z warn message`; `journal`: `<4>message`, as the journal adds time and priority
   * itself.
   */
  readonly format: 'timed' | 'journal';
}

/**
 * A logger whose lines have their control characters escaped, so that a name from outside cannot forge a line, and
 * carry no secrets: an unforeseen error may quote anything.
 */
export function lineLogger({ write, least, now, format }: LineLoggerOptions): Logger {
  return {
    log(level, message) {
      if (RANK[level] < RANK[least()]) return;
      const text = escapeControl(withoutSecrets(message));
      write(format === 'journal' ? journalLines(level, text) : `${new Date(now()).toISOString()} ${level} ${text}\n`);
    },
  };
}

export const silentLogger: Logger = { log: () => undefined };

function escapeControl(text: string): string {
  return text.replace(/[\u0000-\u001f\u007f]/g, (char) => `\\x${char.charCodeAt(0).toString(16).padStart(2, '0')}`);
}
