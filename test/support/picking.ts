import { spawn, type ChildProcess } from 'node:child_process';
import type { PickedStatus } from '../../src/picker/pick-status.js';
import type { Emulator } from '../emulator/start-emulator.js';
import { program } from './mounted.js';
import type { PrivateFolders } from './private-folders.js';
import { gphotosMount, type Outcome } from './run-program.js';
import { until } from './until.js';

/** A `gphotos-mount pick` that runs. */
export interface RunningPick {
  readonly child: ChildProcess;
  /** What it said so far, on both outputs. */
  readonly said: () => string;
  /** The address of the picking page that it showed. */
  readonly uri: () => Promise<string>;
  readonly done: () => Promise<Outcome>;
}

/** Starts `gphotos-mount pick`, which opens no browser unless its arguments say so. */
export function startPick(
  { env }: Pick<PrivateFolders, 'env'>,
  emulator: Emulator,
  args: readonly string[] = ['--no-open'],
): RunningPick {
  const child = spawn(process.execPath, ['--enable-source-maps', program, 'pick', ...args], {
    env: { ...env, ...emulator.env },
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: 120_000,
    killSignal: 'SIGKILL',
  });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  const outcome = new Promise<Outcome>((resolve) => {
    child.on('close', (code) => resolve({ code, stdout, stderr }));
  });
  return {
    child,
    said: () => stdout + stderr,
    uri: () =>
      until('the address is shown', () => {
        const uri = /^ +(https?:\/\/\S+)\n/m.exec(stdout)?.[1];
        if (uri === undefined && child.exitCode !== null) throw new Error(`pick ended:\n${stdout}${stderr}`);
        return uri;
      }),
    done: () => outcome,
  };
}

/** Runs `gphotos-mount pick ...` to its end. */
export function pickCommand(
  folders: Pick<PrivateFolders, 'env'>,
  emulator: Emulator,
  ...args: string[]
): Promise<Outcome> {
  return gphotosMount(['pick', ...args], { ...folders.env, ...emulator.env });
}

/** What `pick list --json` prints. */
export async function listed(folders: Pick<PrivateFolders, 'env'>, emulator: Emulator): Promise<PickedStatus> {
  const { code, stdout, stderr } = await pickCommand(folders, emulator, 'list', '--json');
  if (code !== 0) throw new Error(`pick list ended with ${code}: ${stderr}`);
  return JSON.parse(stdout) as PickedStatus;
}

/** Picks these items by a command that waits, and gives its outcome. */
export async function pickAll(
  folders: Pick<PrivateFolders, 'env'>,
  emulator: Emulator,
  numbers: readonly number[],
  ...args: string[]
): Promise<Outcome> {
  const pick = startPick(folders, emulator, ['--no-open', ...args]);
  await pick.uri();
  emulator.picking.done(emulator.picking.last.id, numbers);
  return pick.done();
}

/** Numbers of the emulator's items, newest first. */
export function itemNumbers({ library }: Emulator): number[] {
  return [...library.items()].map(({ number }) => number);
}
