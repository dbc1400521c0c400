/*
 * Prepares the catalog named by the first argument, and prints what came of it. `kill N` ends the process with SIGKILL at the
 * Nth call of the file system that Node makes, `fail N` lets the Nth read of the damaged file fail.
 */
import fs from 'node:fs';
import { UTC } from '../../src/library/calendar.js';
import { syncBuiltinESMExports } from 'node:module';
import { prepareCatalog } from '../../src/catalog/rebuild-catalog.js';
import { UserError } from '../../src/support/user-error.js';
import { plainNames } from '../unit/catalog/catalog-fixture.js';

export interface RebuildOutcome {
  /** Items that were taken over; undefined where nothing was replaced. */
  readonly items: number | undefined;
  readonly refused: { readonly exitCode: number; readonly message: string; readonly hint: string } | undefined;
  /** Calls of the file system that were counted. */
  readonly calls: number;
}

type AnyCall = (...args: unknown[]) => unknown;

const [, , file = '', how, number] = process.argv;
const at = Number(number ?? Infinity);
let calls = 0;

function replaceCalls(names: readonly string[], onCall: (count: number) => void): void {
  const table = fs as unknown as Record<string, AnyCall>;
  for (const name of names) {
    const call = table[name] as AnyCall;
    table[name] = (...args) => {
      onCall(++calls);
      return call(...args);
    };
  }
  syncBuiltinESMExports();
}

if (how === 'fail')
  replaceCalls(['readSync', 'readFileSync'], (count) => {
    if (count === at) throw Object.assign(new Error('EIO: i/o error, read'), { code: 'EIO' });
  });
else
  replaceCalls(['openSync', 'readSync', 'fsyncSync', 'renameSync', 'rmSync'], (count) => {
    if (count === at) process.kill(process.pid, 'SIGKILL');
  });

let outcome: Omit<RebuildOutcome, 'calls'>;
try {
  const rebuilt = prepareCatalog(file, { names: plainNames, calendar: UTC, reserve: 0.3, now: Date.now });
  outcome = { items: rebuilt?.items, refused: undefined };
} catch (error) {
  if (!(error instanceof UserError)) throw error;
  const { exitCode, message, hint } = error;
  outcome = { items: undefined, refused: { exitCode, message, hint } };
}
process.stdout.write(`${JSON.stringify({ ...outcome, calls })}\n`);
