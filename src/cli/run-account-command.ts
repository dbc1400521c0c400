import { join } from 'node:path';
import type { AccountState } from '../account/accounts.js';
import type { AccountSurroundings } from '../account/surroundings.js';
import { baseFolders } from '../daemon/profile-paths.js';
import { systemClock } from '../support/clock.js';
import { ExitCode } from '../support/user-error.js';
import type { AccountCommand } from './account-commands.js';
import type { CliContext } from './run-cli.js';
import type { Settings } from './option-table.js';
import { forgivingSettings, mergeSettings, type ForgivenSettings } from './settings.js';

/** Runs `login`, `logout`, `accounts` or `doctor`. Rejects with UserError. */
export async function runAccountCommand(command: AccountCommand, context: CliContext): Promise<ExitCode> {
  const { settings, fault } = settingsOf(command, context);
  const around = surroundings(settings, context);
  switch (command.kind) {
    case 'login':
      return login(command, around, context);
    case 'logout': {
      const { logout } = await import('../account/logout.js');
      await logout(around);
      return ExitCode.ok;
    }
    case 'accounts': {
      const { listAccounts } = await import('../account/accounts.js');
      const accounts = await listAccounts(around);
      context.stdout.write(command.json ? `${JSON.stringify(accounts, null, 2)}\n` : accountLines(accounts));
      return ExitCode.ok;
    }
    case 'doctor': {
      const { runDoctorCommand } = await import('./run-doctor.js');
      const deps = { around, mountpoint: command.mountpoint, allowOther: settings['allow-other'] ?? false };
      return runDoctorCommand(command, { ...deps, settingsFault: fault }, context);
    }
  }
}

/** Reads the settings. `doctor` goes on without those that are wrong, and reports them. */
function settingsOf(command: AccountCommand, { around }: CliContext): ForgivenSettings {
  const configFile = join(baseFolders(around).config, 'config.json');
  const given = {
    ...(command.profile === undefined ? {} : { profile: command.profile }),
    ...(command.caFile === undefined ? {} : { 'ca-cert': command.caFile }),
  };
  if (command.kind === 'doctor') return forgivingSettings(given, around.env, configFile);
  return { settings: mergeSettings(given, around.env, configFile), fault: undefined };
}

function surroundings(settings: Settings, context: CliContext): AccountSurroundings {
  const folders = baseFolders(context.around);
  const { env, home, platform } = context.around;
  return {
    env,
    home,
    platform,
    currentFolder: context.person.currentFolder,
    folders: { ...folders, cache: settings['cache-dir'] ?? folders.cache },
    profile: settings.profile ?? 'default',
    caFile: settings['ca-cert'],
    clock: systemClock,
    say: (line) => context.stdout.write(`${printable(line)}\n`),
  };
}

async function login(
  command: AccountCommand & { kind: 'login' },
  around: AccountSurroundings,
  { stdin, columns, stdout }: CliContext,
): Promise<ExitCode> {
  const { clientFile, from, keyring } = command;
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
    const { login: signIn } = await import('../account/login.js');
    await signIn(around, command, person);
    return ExitCode.ok;
  } finally {
    person.close();
  }
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

/** Paths and answers may hold anything; a terminal must not obey them. */
function printable(text: string): string {
  return text.replace(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/g, '?');
}
