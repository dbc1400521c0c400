import { spawn } from 'node:child_process';
import { ExitCode, UserError } from '../support/user-error.js';
import type { DaemonConfig } from './daemon-config.js';
import { DAEMON_ARGUMENT, type LaunchMessage, type LaunchReply } from './launch-messages.js';

export interface LaunchOptions {
  readonly config: DaemonConfig;
  /** The program's own entry file. */
  readonly programFile: string;
  readonly env: NodeJS.ProcessEnv;
  readonly timeoutMs: number;
  /** No longer than this, however busy the daemon is; default: without end. */
  readonly longestMs?: number;
}

/**
 * Starts the daemon as a process of its own, which outlives this one. Resolves with its pid when the mount works;
 * rejects with the UserError that the daemon ended with. `timeoutMs` restarts each time the daemon reports that it is
 * busy.
 */
export function launchInBackground(options: LaunchOptions): Promise<number> {
  const { config, programFile, env, timeoutMs, longestMs } = options;
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [...process.execArgv, programFile, DAEMON_ARGUMENT], {
      // Not the caller's folder: a daemon must not keep it busy.
      cwd: '/',
      detached: true,
      env,
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    });
    let complaint = '';
    child.stderr?.setEncoding('utf8');
    child.stderr?.on('data', (text: string) => {
      complaint = (complaint + text).slice(-2000);
    });

    const settle = (act: () => void): void => {
      clearTimeout(timer);
      clearTimeout(last);
      child.removeAllListeners();
      if (child.connected) child.disconnect();
      child.stderr?.destroy();
      child.unref();
      act();
    };
    const giveUp = (afterMs: number): void => {
      child.kill('SIGTERM');
      const error = new UserError(
        ExitCode.internal,
        `The mount was not ready within ${afterMs / 1000} s.`,
        `Look into ${config.logFile ?? config.paths.logFile}, or mount with -f to watch it.`,
      );
      settle(() => reject(error));
    };
    let timer = setTimeout(giveUp, timeoutMs, timeoutMs);
    const last = longestMs === undefined ? undefined : setTimeout(giveUp, longestMs, longestMs);

    child.on('error', (error) => settle(() => reject(error)));
    child.on('message', (reply: LaunchReply) => {
      if (reply.kind === 'busy') {
        clearTimeout(timer);
        timer = setTimeout(giveUp, timeoutMs, timeoutMs);
        return;
      }
      settle(() => {
        if (reply.kind === 'ready') resolve(child.pid ?? 0);
        else reject(new UserError(reply.exitCode, reply.message, reply.hint));
      });
    });
    child.on('close', (code, signal) => {
      const how = signal === null ? `exit code ${code ?? 0}` : signal;
      const error = new UserError(
        ExitCode.internal,
        `The background process ended before the mount was ready (${how}).`,
        complaint.trim() === '' ? 'Mount with -f to see why.' : complaint.trim(),
      );
      settle(() => reject(error));
    });
    const message: LaunchMessage = { config };
    child.send(message, (error) => {
      // The reason follows with `close`.
      if (error !== null) complaint += error.message;
    });
  });
}
