import { traceOf } from '../support/message-of.js';
import { UserError } from '../support/user-error.js';
import { withoutSecrets } from '../support/without-secrets.js';

/** What stderr says of an error; `program` is who says it. */
export function renderError(error: unknown, program = 'gphotos-mount'): string {
  if (error instanceof UserError) {
    return `${program}: ${error.message}\n${error.hint === '' ? '' : `  ${error.hint.replaceAll('\n', '\n  ')}\n`}`;
  }
  const text = withoutSecrets(traceOf(error));
  return `${program}: an internal error, please report it with these lines:\n${text}\n`;
}
