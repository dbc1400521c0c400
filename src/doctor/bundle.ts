import { open, readFile } from 'node:fs/promises';
import { release } from 'node:os';
import { askDaemon } from '../daemon/control-client.js';
import { profilePaths } from '../daemon/profile-paths.js';
import { ExitCode, UserError } from '../support/user-error.js';
import type { CheckReport, DoctorDeps } from './check.js';
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
  const reply = await askDaemon(paths.socketFile, { command: 'status' }, ANSWER_MS).catch(() => undefined);
  const log = await readFile(paths.logFile, 'utf8').catch(() => '');
  const variables = Object.keys(env).filter((name) => /^(?:GPHOTOS_|(?:HTTPS?|ALL|NO)_PROXY$|NODE_)/i.test(name));
  const system = [
    `gphotos-mount ${version}`,
    `node ${process.versions.node}, ${process.platform} ${release()}, ${process.arch}`,
    `variables that are set (names only): ${variables.sort().join(', ') || 'none'}`,
  ];
  const parts = [
    { name: 'system', text: system.join('\n') },
    { name: 'checks', text: JSON.stringify(reports, null, 2) },
    ...(reply?.ok === true && 'status' in reply
      ? [
          {
            name: 'status',
            text: JSON.stringify({ ...reply.status, unmeasurable: reply.status.unmeasurable.length }, null, 2),
          },
        ]
      : []),
    ...(log === '' ? [] : [{ name: 'log (its end)', text: log.slice(-LOG_BYTES) }]),
  ];
  return parts.map(({ name, text }) => ({ name, text: redacted(text, home) }));
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
