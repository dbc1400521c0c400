import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startEmulator, type Emulator } from '../emulator/start-emulator.js';
import { repositoryRoot } from './mounted.js';
import { run, type Outcome } from './run-program.js';

const script = join(repositoryRoot, 'test/support/systemd.sh');
/** Where the program lies inside. */
export const INSTALLED = '/opt/gphotos-mount';
export const PROGRAM = `${process.execPath} ${INSTALLED}/build/src/main.js`;

/** A machine with a real systemd as PID 1, in namespaces of its own, and an emulated Google that it can reach. */
export interface Booted {
  readonly emulator: Emulator;
  /** As root; rejects unless the command ends with 0. */
  readonly sh: (command: string) => Promise<string>;
  /** As alice, logged in; rejects unless the command ends with 0. */
  alice(command: string): Promise<string>;
  /** As {@link alice}, whatever the exit code. */
  tryAlice(command: string): Promise<Outcome>;
  /** In a login session of that user, which PAM opens and which ends with the command; rejects unless that ends with 0. */
  session(user: string, command: string): Promise<string>;
  /** Asks until the command ends with 0; rejects after 30 s with the journal. */
  until(what: string, command: string, as?: 'root' | 'alice'): Promise<string>;
  end(): Promise<void>;
}

const DEADLINE_MS = 30_000;

/** Undefined where this machine can boot one; else why it cannot. */
export function cannotBoot(): string | undefined {
  return process.platform === 'linux' && process.getuid?.() === 0 ? undefined : 'needs root on Linux';
}

export interface BootOptions {
  /** Commands that root runs in the file system before the boot. */
  readonly setUp?: (emulator: Emulator) => string;
  /** What a command may take, in milliseconds. */
  readonly deadlineMs?: number;
  /** Another system than this machine's: its folder, and folders of this machine that it shows, as `SOURCE:TARGET`. */
  readonly system?: { readonly folder: string; readonly shows: readonly string[] };
}

export async function boot({ setUp = () => '', deadlineMs = DEADLINE_MS, system }: BootOptions = {}): Promise<Booted> {
  const emulator = await startEmulator({ seed: { items: 5, albums: 1 } });
  const folder = mkdtempSync(join(tmpdir(), 'gpm-sd-'));
  const shows = system?.shows ?? [`${repositoryRoot}:${INSTALLED}`];
  const reachable = system === undefined ? `/ /opt ${INSTALLED}` : '/';
  const before = `for d in ${reachable}; do chmod a+rx $d; done; ${setUp(emulator)}`;
  const call = (verb: string, ...args: string[]): Promise<Outcome> => {
    const env = { ...process.env, ...(verb === 'up' ? { SETUP: before, LOWER: system?.folder ?? '/' } : {}) };
    return run('bash', [script, verb, folder, ...args], { env, cwd: '/', deadlineMs });
  };
  const checked = async (outcome: Promise<Outcome>): Promise<string> => {
    const { code, stdout, stderr } = await outcome;
    if (code !== 0) throw new Error(`ended with ${code}:\n${stdout}${stderr}`);
    return stdout;
  };
  const { GPHOTOS_LIBRARY_URL: library, GPHOTOS_TOKEN_URL: token } = emulator.env;
  const surroundings = `GPHOTOS_LIBRARY_URL=${library} GPHOTOS_TOKEN_URL=${token}`;
  const tryAlice = (command: string): Promise<Outcome> => call('user', 'alice', `export ${surroundings}; ${command}`);
  const sh = (command: string): Promise<string> => checked(call('sh', `export ${surroundings}; ${command}`));
  const end = async (): Promise<void> => {
    await call('down');
    await emulator.close();
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    await checked(call('up', ...shows));
  } catch (error) {
    await end();
    throw error;
  }
  return {
    emulator,
    sh,
    tryAlice,
    alice: (command) => checked(tryAlice(command)),
    session: (user, command) => checked(call('login', user, `export ${surroundings}; ${command}`)),
    until: async (what, command, as = 'alice') => {
      const loop = `for i in $(seq 250); do if { ${command}; } 2>/dev/null; then exit 0; fi; sleep 0.1; done; exit 9`;
      const words = as === 'alice' ? tryAlice(loop) : call('sh', loop);
      return checked(words).catch(async (error: unknown) => {
        const journal = await call('sh', 'journalctl --no-pager -n 60');
        throw new Error(`${what}: ${String(error)}\n${journal.stdout}`);
      });
    },
    end,
  };
}

/** Puts the files of a sign-in into a folder of settings, for the user whose home it is in; default: alice. */
export async function signIn({ emulator, sh }: Booted, folder?: string): Promise<void> {
  await sh(signInCommands(emulator, folder));
}

/** The commands of {@link signIn}. */
export function signInCommands(
  { oauth, env }: Emulator,
  folder = '/home/alice/.config/gphotos-mount',
  profile = 'default',
): string {
  const { id, secret } = oauth.client;
  const client = JSON.stringify({ installed: { client_id: id, client_secret: secret } });
  const user = /^\/home\/([^/]+)/.exec(folder)?.[1] ?? 'alice';
  const token = JSON.stringify({ refresh_token: env.GPHOTOS_REFRESH_TOKEN });
  return (
    `umask 077; mkdir -p ${folder}/${profile}; echo '${client}' > ${folder}/client_secret.json; ` +
    `echo '${token}' > ${folder}/${profile}/token.json; chown -R ${user}: /home/${user}; umask 022`
  );
}

/** Starts a program of alice's that stands in a mount and has its README.txt open. Resolves with what ends it. */
export async function occupy(machine: Booted, folder: string): Promise<() => Promise<string>> {
  const quoted = `'${folder.replaceAll("'", `'\\''`)}'`;
  await machine.sh(`cat > /run/reader <<'END'\ncd ${quoted}; exec sleep infinity < README.txt\nEND
    systemd-run --quiet --collect --unit reader --uid alice sh /run/reader`);
  await machine.until('the file is open', 'ls -l /proc/$(systemctl show -P MainPID reader)/fd/0 | grep README', 'root');
  return () => machine.sh('systemctl is-active reader; systemctl stop reader');
}
