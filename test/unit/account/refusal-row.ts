import assert from 'node:assert/strict';
import { it } from 'node:test';
import { userErrorFrom } from '../../../src/account/user-error-from.js';
import type { RemoteError } from '../../../src/library/remote-error.js';
import { UserError, type ExitCode } from '../../../src/support/user-error.js';

/** A refusal, and the message that a person gets. */
export interface RefusalRow {
  readonly what: string;
  readonly error: RemoteError;
  readonly says: RegExp;
  readonly hint: RegExp;
  readonly exitCode: ExitCode;
}

/** Declares one test for each row. */
export function testRefusals(rows: readonly RefusalRow[]): void {
  for (const { what, error, says, hint, exitCode } of rows)
    it(`for ${what}`, () => {
      const shown = userErrorFrom(error);
      assert.ok(shown instanceof UserError);
      assert.match(shown.message, says);
      assert.match(shown.hint, hint);
      assert.equal(shown.exitCode, exitCode);
    });
}
