import { resolve } from 'node:path';
import { baseFolders } from '../daemon/profile-paths.js';
import { unmountAny } from '../daemon/unmount-any.js';
import { ExitCode } from '../support/user-error.js';
import type { CliContext } from './cli-context.js';

export interface UnmountRequest {
  readonly mountpoint: string;
  readonly lazy: boolean;
  /** Nothing mounted there is no error. */
  readonly ifMounted: boolean;
}

const TIMEOUT_MS = 20_000;

/** Unmounts, alive or dead. */
export async function runUnmount(
  { mountpoint, lazy, ifMounted }: UnmountRequest,
  context: CliContext,
): Promise<ExitCode> {
  await unmountAny({
    mountpoint: resolve(context.person.currentFolder, mountpoint),
    folders: baseFolders(context.around),
    say: (line) => context.stderr.write(`${line}\n`),
    tools: context.mountTools,
    timeoutMs: TIMEOUT_MS,
    lazy,
    ifMounted,
  });
  return ExitCode.ok;
}
