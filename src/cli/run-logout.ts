import { logout } from '../account/logout.js';
import { ExitCode } from '../support/user-error.js';
import { accountSurroundings } from './account-surroundings.js';
import type { CliContext } from './cli-context.js';
import type { AccountRequest } from './login-arguments.js';

/** Takes the access back. Rejects with UserError. */
export async function runLogout(request: AccountRequest, context: CliContext): Promise<ExitCode> {
  await logout(accountSurroundings(request, context));
  return ExitCode.ok;
}
