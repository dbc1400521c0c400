import { withoutSecrets } from './without-secrets.js';

export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

const RANK: Readonly<Record<LogLevel, number>> = { debug: 0, info: 1, warn: 2, error: 3 };

/** Writes one line per event. Callers pass words fit for a person; secrets and base URLs never go in. */
export interface Logger {
  log(level: LogLevel, message: string): void;
}

/**
 * Lines `2026-01-31T12:00:00.000Z warn message`, control characters escaped so that a name from outside cannot forge a line,
 * and without secrets: an error that nobody foresaw may quote anything.
 */
export function lineLogger(write: (line: string) => void, least: LogLevel, now: () => number): Logger {
  return {
    log(level, message) {
      if (RANK[level] < RANK[least]) return;
      write(`${new Date(now()).toISOString()} ${level} ${escapeControl(withoutSecrets(message))}\n`);
    },
  };
}

export const silentLogger: Logger = { log: () => undefined };

function escapeControl(text: string): string {
  return text.replace(/[\u0000-\u001f\u007f]/g, (char) => `\\x${char.charCodeAt(0).toString(16).padStart(2, '0')}`);
}
