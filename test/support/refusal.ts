import assert from 'node:assert/strict';
import type { ExitCode } from '../../src/support/user-error.js';
import type { Outcome } from './run-program.js';

/** Nothing listens there: no test of this file needs Google. */
export const SIGNED_IN = {
  GPHOTOS_CLIENT_ID: 'client',
  GPHOTOS_CLIENT_SECRET: 'hush-hush',
  GPHOTOS_REFRESH_TOKEN: 'hush-hush',
  GPHOTOS_LIBRARY_URL: 'http://127.0.0.1:9',
  GPHOTOS_TOKEN_URL: 'http://127.0.0.1:9/token',
};

export interface Refusal {
  readonly code: ExitCode;
  readonly says: RegExp;
  /** The next step. */
  readonly hint: RegExp;
  /** Lines of the next step; default 1. */
  readonly lines?: number;
}

/** One sentence and one next step, the documented exit code, no secret, and nothing on disk but what was there. */
export function assertRefused(outcome: Outcome, { code, says, hint, lines: most = 1 }: Refusal): void {
  // The log of a foreground start goes there too.
  const lines = outcome.stderr.trimEnd().split('\n');
  const [sentence = '', ...rest] = lines.filter((line) => !/^\d{4}-\d\d-\d\dT\S+Z info /.test(line));
  assert.match(sentence, says);
  assert.match(sentence, /^gphotos-mount: \S.*\.$/, 'one sentence');
  assert.match(rest.join('\n'), hint);
  assert.equal(rest.length, most, `lines that say the next step:\n${outcome.stderr}`);
  assert.doesNotMatch(outcome.stderr, /hush-hush/);
  assert.equal(outcome.stdout, '');
  assert.equal(outcome.code, code, outcome.stderr);
}
