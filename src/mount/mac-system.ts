import { execFile } from 'node:child_process';
import { closeSync, constants, existsSync, fstatSync, openSync, readFileSync, readSync } from 'node:fs';
import { MACH_HEAD_BYTES } from './mach-o.js';

/** The parts of a Mac that mounting needs. Tests simulate other Macs. */
export interface MacSystem {
  /** As Node names it: `arm64`, `x64`. */
  readonly arch: string;
  /** Value of GPHOTOS_LIBFUSE: the library to use instead of the usual ones. */
  readonly givenLibrary: string | undefined;
  exists(path: string): boolean;
  /** The first bytes of a file; undefined where it cannot be read. */
  head(path: string): Uint8Array | undefined;
  /** Text of a file, empty where it cannot be read. */
  text(path: string): string;
  /** Runs a program; its exit code is undefined where it does not run or does not end in time. Never rejects. */
  run(
    program: string,
    args: readonly string[],
  ): Promise<{ readonly code: number | undefined; readonly output: string }>;
}

const RUN_DEADLINE_MS = 10_000;

export const systemMac: MacSystem = {
  arch: process.arch,
  givenLibrary: process.env['GPHOTOS_LIBFUSE'] || undefined,
  exists: existsSync,
  head(path) {
    try {
      // A pipe must not make the start wait.
      const file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
      try {
        if (!fstatSync(file).isFile()) return undefined;
        const bytes = Buffer.alloc(MACH_HEAD_BYTES);
        return bytes.subarray(0, readSync(file, bytes));
      } finally {
        closeSync(file);
      }
    } catch {
      return undefined;
    }
  },
  text(path) {
    try {
      return readFileSync(path, 'utf8');
    } catch {
      return '';
    }
  },
  run: (program, args) =>
    new Promise((resolve) => {
      const options = { timeout: RUN_DEADLINE_MS, killSignal: 'SIGKILL' } as const;
      execFile(program, [...args], options, (error, stdout, stderr) => {
        const code = error === null ? 0 : typeof error.code === 'number' ? error.code : undefined;
        resolve({ code, output: `${stdout}${stderr}` });
      });
    }),
};
