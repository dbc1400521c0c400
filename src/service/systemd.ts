import { execFile } from 'node:child_process';

export interface Answer {
  /** Exit code; undefined where the program is missing, was killed or took too long. */
  readonly code: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

/** The programs of systemd; tests replace them. */
export type RunProgram = (program: string, args: readonly string[]) => Promise<Answer>;

/** Longer than the start and the stop of a unit may take. */
const UNIT_DEADLINE_MS = 180_000;

/** Runs programs with this environment, each for at most `deadlineMs`. Never rejects. */
export function programRunner(env: NodeJS.ProcessEnv, deadlineMs = UNIT_DEADLINE_MS): RunProgram {
  return (program, args) =>
    new Promise((resolve) => {
      const options = { env: { ...env, LC_ALL: 'C' }, timeout: deadlineMs, maxBuffer: 4 << 20 };
      execFile(program, [...args], options, (error, stdout, stderr) => {
        const code = error === null ? 0 : typeof error.code === 'number' ? error.code : undefined;
        resolve({ code, stdout, stderr });
      });
    });
}

/** `Name=value` lines, as `systemctl show` and `show-environment` print them. */
export function properties(text: string): Readonly<Record<string, string>> {
  return Object.fromEntries(
    text.split('\n').flatMap((line) => {
      const at = line.indexOf('=');
      return at < 0 ? [] : [[line.slice(0, at), line.slice(at + 1)]];
    }),
  );
}
