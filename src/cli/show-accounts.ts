import { listAccounts, type AccountState } from '../account/accounts.js';
import { ExitCode } from '../support/user-error.js';
import { accountSurroundings, printable } from './account-surroundings.js';
import type { CliContext } from './cli-context.js';
import type { AccountRequest } from './login-arguments.js';

/** Prints the profiles that are signed in. Rejects with UserError. */
export async function showAccounts(
  request: AccountRequest & { readonly json: boolean },
  context: CliContext,
): Promise<ExitCode> {
  const accounts = await listAccounts(accountSurroundings(request, context));
  context.stdout.write(request.json ? `${JSON.stringify(accounts, null, 2)}\n` : accountLines(accounts));
  return ExitCode.ok;
}

function accountLines(accounts: readonly AccountState[]): string {
  if (accounts.length === 0) return 'Nobody is signed in. Sign in: gphotos-mount login\n';
  const width = Math.max(...accounts.map(({ profile }) => profile.length));
  return accounts
    .map(({ profile, message, hint, mountpoint }) => {
      const where = mountpoint === null ? '' : `  (mounted on ${mountpoint})`;
      const next = hint === '' ? '' : `\n${' '.repeat(width + 2)}${hint}`;
      return `${printable(`${profile.padEnd(width)}  ${message}${where}`)}${printable(next)}\n`;
    })
    .join('');
}
