import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** What a command took: wall-clock seconds, its exit code, and how many bytes it printed (counted, not kept). */
export interface CommandRun {
  readonly seconds: number;
  readonly code: number | null;
  readonly outputBytes: number;
  readonly timedOut: boolean;
}

export interface CommandOptions {
  /** Seconds after which the command is killed and the run counts as timed out. */
  readonly deadline?: number;
  readonly env?: NodeJS.ProcessEnv;
}

/** Runs a program with its output drained and thrown away, as a bench must: a terminal would be measured too. */
export function timeCommand(
  command: string,
  args: readonly string[],
  options: CommandOptions = {},
): Promise<CommandRun> {
  return new Promise((resolve, reject) => {
    const started = performance.now();
    const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'ignore'], env: options.env ?? process.env });
    let outputBytes = 0;
    let timedOut = false;
    const timer = setTimeout(
      () => {
        timedOut = true;
        child.kill('SIGKILL');
      },
      (options.deadline ?? 300) * 1000,
    );
    child.stdout.on('data', (chunk: Buffer) => (outputBytes += chunk.length));
    child.on('error', reject);
    child.on('close', (code) => {
      clearTimeout(timer);
      resolve({ seconds: (performance.now() - started) / 1000, code, outputBytes, timedOut });
    });
  });
}

/** Resident memory of a process in MiB, from /proc (Linux). `VmHWM` is the highest so far, `VmRSS` the present. */
export function residentMiB(pid: number, field: 'VmRSS' | 'VmHWM' = 'VmRSS'): number {
  const line = new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
  return Number(line?.[1] ?? Number.NaN) / 1024;
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
}

/** Waits for a condition, polling; a bench has no other way to see what happens in another process. */
export async function until(
  what: string,
  condition: () => Promise<boolean> | boolean,
  deadlineSeconds = 60,
): Promise<number> {
  const started = performance.now();
  for (;;) {
    if (await condition()) return (performance.now() - started) / 1000;
    if (performance.now() - started > deadlineSeconds * 1000) throw new Error(`gave up waiting for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
