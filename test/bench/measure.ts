import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** A command that takes longer is not run so often. */
const SLOW_SECONDS = 10;

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

/** The most resident memory that a process has while something is done, in MiB, looked at twenty times a second. */
export async function highestMiB(pid: number, work: () => Promise<void>): Promise<number> {
  let highest = residentMiB(pid);
  const look = (): void => void (highest = Math.max(highest, residentMiB(pid)));
  const looking = setInterval(look, 50);
  try {
    await work();
    look();
  } finally {
    clearInterval(looking);
  }
  return highest;
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
}

/** First run of a command on a fresh mount, and the median of the runs after it; fewer of them where one takes seconds. */
export async function coldAndWarm(
  command: string,
  args: readonly string[],
  { deadline, rounds }: { readonly deadline: number; readonly rounds: number },
): Promise<[number, number]> {
  const first = await timeCommand(command, args, { deadline });
  if (first.timedOut) return [Number.NaN, Number.NaN];
  const again: number[] = [];
  const turns = first.seconds > SLOW_SECONDS ? 1 : rounds;
  for (let turn = 0; turn < turns; turn += 1) again.push((await timeCommand(command, args, { deadline })).seconds);
  return [first.seconds, median(again)];
}

/** Processor time of a process so far, in seconds, from /proc (Linux). */
export function processorSeconds(pid: number): number {
  const text = readFileSync(`/proc/${pid}/stat`, 'latin1');
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

/** Waits until a process has used less than a twentieth of a processor for so many seconds: what it does in the background is done. */
export async function untilAtRest(pid: number, seconds = 2, deadlineSeconds = 600): Promise<void> {
  let before = processorSeconds(pid);
  for (let left = deadlineSeconds; left > 0; left -= seconds) {
    await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
    const now = processorSeconds(pid);
    if (now - before < seconds / 20) return;
    before = now;
  }
  throw new Error(`process ${pid} does not come to rest`);
}

/** Waits for a condition, polling; a bench has no other way to see what happens in another process. */
export async function until(
  what: string,
  condition: () => Promise<boolean> | boolean,
  deadlineSeconds = 60,
  pauseMs = 5,
): Promise<number> {
  const started = performance.now();
  for (;;) {
    if (await condition()) return (performance.now() - started) / 1000;
    if (performance.now() - started > deadlineSeconds * 1000) throw new Error(`gave up waiting for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, pauseMs));
  }
}
