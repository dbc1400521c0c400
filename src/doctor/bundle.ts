import { open } from 'node:fs/promises';
import { release } from 'node:os';
import { askProfile } from '../daemon/find-daemons.js';
import { profilePaths } from '../daemon/profile-paths.js';
import { ownFile, readOwnFile } from '../support/own-file.js';
import { ExitCode, UserError } from '../support/user-error.js';
import type { CheckReport, DoctorDeps } from './check.js';
import { OwnWords } from './own-words.js';
import { redacted } from './redacted.js';

const LOG_BYTES = 64 * 1024;
const ANSWER_MS = 3_000;

/** One part of a bundle, its text already without secrets. */
export interface BundlePart {
  readonly name: string;
  readonly text: string;
}

/** Collects what a bug report needs: versions, findings, status and the end of the log. */
export async function collectBundle(
  { around }: DoctorDeps,
  reports: readonly CheckReport[],
  version: string,
): Promise<BundlePart[]> {
  const { env, folders, home, profile } = around;
  const paths = profilePaths(folders, profile);
  const answer = await askProfile({ folders, timeoutMs: ANSWER_MS }, profile, { command: 'status' });
  const reply = answer.kind === 'reply' ? answer.reply : undefined;
  const words = OwnWords.ofProgram();
  const variables = Object.keys(env).filter((name) => /^(?:GPHOTOS_|(?:HTTPS?|ALL|NO)_PROXY$|NODE_)/i.test(name));
  const system = [
    `gphotos-mount ${version}`,
    `node ${process.versions.node}, ${process.platform} ${release()}, ${process.arch}`,
    `variables that are set (names only): ${variables.sort().join(', ') || 'none'}`,
  ];
  const checks = reports.map(({ id, result, message, fix }) => {
    return { id, result, message: words.only(message), fix: words.only(fix) };
  });
  const log = logLines(endOf(paths.logFile), words);
  const parts = [
    { name: 'system', text: system.join('\n') },
    { name: 'checks', text: JSON.stringify(checks, null, 2) },
    ...(reply?.ok === true && 'status' in reply
      ? [{ name: 'status', text: JSON.stringify(anonymous(reply.status, words), null, 2) }]
      : []),
    ...(log === '' ? [] : [{ name: 'log (its end)', text: log }]),
  ];
  return parts.map(({ name, text }) => ({ name, text: redacted(text, home) }));
}

/** Keys whose text is one of few words of this program's, a version or a time. */
const PLAIN_KEYS = new Set(['state', 'phase', 'code', 'version', 'at', 'reason']);
const PLAIN_TEXT = /^[a-zA-Z_-]{1,40}$|^\d+\.\d+\.\d+[\w.-]*$/;
const TIME = /^\d{4}-\d\d-\d\dT[\d:.]+Z$/;

/**
 * A value of the status document without what a person named: numbers, times and codes stay, and the program's own
 * words.
 */
export function anonymous(value: unknown, words: OwnWords, key = ''): unknown {
  if (typeof value === 'string') {
    if (TIME.test(value) || (PLAIN_KEYS.has(key) && PLAIN_TEXT.test(value))) return value;
    return words.only(value);
  }
  if (Array.isArray(value))
    return key === 'unmeasurable' ? value.length : value.map((one) => anonymous(one, words, key));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, anonymous(one, words, name)]));
}

/** Log lines: time and level stay, and of the message the program's own words. */
export function logLines(text: string, words: OwnWords): string {
  return text
    .split('\n')
    .flatMap((line) => {
      const [, head, message = ''] = /^(\d{4}-\d\d-\d\dT[\d:.]+Z (?:debug|info|warn|error) )(.*)$/.exec(line) ?? [];
      return head === undefined ? [] : [head + words.only(message)];
    })
    .join('\n');
}

/** The last bytes of a log; empty where there is none that can be read. */
function endOf(file: string): string {
  try {
    return (readOwnFile(file, ownFile('the log file')) ?? '').slice(-LOG_BYTES);
  } catch {
    return '';
  }
}

export function bundleText(parts: readonly BundlePart[]): string {
  return parts.map(({ name, text }) => `=== ${name} ===\n${text.trimEnd()}\n`).join('\n');
}

/** Writes a new file that only its owner can read; an existing one is left alone. */
export async function writeBundle(file: string, text: string): Promise<void> {
  try {
    const handle = await open(file, 'wx', 0o600);
    await handle.writeFile(text);
    await handle.close();
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
    throw new UserError(
      ExitCode.system,
      code === 'EEXIST' ? `${file} is there already.` : `${file} cannot be written (${code}).`,
      'Name another file: gphotos-mount doctor --bundle FILE',
    );
  }
}
