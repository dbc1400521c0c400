import { ExitCode } from '../support/user-error.js';
import { accountSurroundings } from './account-surroundings.js';
import type { CliContext } from './cli-context.js';
import type { LoginRequest } from './login-arguments.js';

/** Signs in, from whatever was named. Rejects with UserError. */
export async function runLogin(request: LoginRequest, context: CliContext): Promise<ExitCode> {
  const around = accountSurroundings(request, context);
  const { stdin, columns, stdout } = context;
  const { clientFile, from, keyring } = request;
  if (from.kind === 'rclone') {
    const { loginFromRclone } = await import('../account/login-with-token.js');
    await loginFromRclone(around, from.remote, { keyring });
    return ExitCode.ok;
  }
  const { TerminalPerson, readAll } = await import('./terminal-person.js');
  if (from.kind === 'stdin') {
    if (stdin.isTTY === true) around.say('Paste the refresh token, then press Ctrl-D on a line of its own:');
    const { loginWithToken } = await import('../account/login-with-token.js');
    await loginWithToken(around, { clientFile, keyring, token: () => readAll(stdin) });
    return ExitCode.ok;
  }
  const person = new TerminalPerson({
    stdin,
    env: around.env,
    platform: around.platform,
    say: around.say,
    columns: stdout.isTTY === true ? columns : undefined,
  });
  try {
    const { login } = await import('../account/login.js');
    await login(around, request, person);
    return ExitCode.ok;
  } finally {
    person.close();
  }
}
