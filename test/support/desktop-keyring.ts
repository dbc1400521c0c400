import { spawn, type ChildProcess } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { run } from './run-program.js';
import { until } from './until.js';

/** A session bus of its own with GNOME's keyring on it, as on a desktop session. */
export interface DesktopKeyring {
  /** What leads a program to it. */
  readonly env: { readonly DBUS_SESSION_BUS_ADDRESS: string; readonly XDG_RUNTIME_DIR: string };
  /** What it holds for a profile, read with no code of ours; undefined for nothing. */
  secretOf(profile: string): Promise<string | undefined>;
  /** Goes on without its password: locked, and there is no screen to ask for it. */
  lock(): Promise<void>;
  /** Ends the service and the bus, as when the person leaves the desktop. */
  close(): Promise<void>;
}

const READ = `
  import { createRequire } from 'node:module';
  const { AsyncEntry } = createRequire(process.argv[1])('@napi-rs/keyring');
  const store = { linux: { store: 'secret-service' } };
  process.stdout.write((await new AsyncEntry('gphotos-mount', process.argv[2], store).getPassword()) ?? '');
`;

/** @param home where the keyring is kept; used by this test only. */
export async function startDesktopKeyring(home: string): Promise<DesktopKeyring> {
  const runtime = join(home, 'runtime');
  mkdirSync(runtime, { mode: 0o700 });
  const around = { PATH: process.env['PATH'], HOME: home, XDG_RUNTIME_DIR: runtime };
  const bus = spawn('dbus-daemon', ['--session', '--nofork', '--print-address'], {
    env: around,
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  let said = '';
  bus.stdout.setEncoding('utf8').on('data', (text: string) => (said += text));
  const address = await until('the bus tells its address', () => /^(unix:\S+)\n/.exec(said)?.[1]);
  const env = { DBUS_SESSION_BUS_ADDRESS: address, XDG_RUNTIME_DIR: runtime };
  const busArgs = ['--session', '--print-reply', '--dest=org.freedesktop.DBus', '/org/freedesktop/DBus'];
  const isThere = async (): Promise<boolean> => {
    const asked = [...busArgs, 'org.freedesktop.DBus.NameHasOwner', 'string:org.freedesktop.secrets'];
    return (await run('dbus-send', asked, { env: { ...around, ...env } })).stdout.includes('true');
  };

  let service: ChildProcess;
  const serve = async (password: string | undefined): Promise<void> => {
    const unlock = password === undefined ? [] : ['--unlock'];
    service = spawn('gnome-keyring-daemon', ['--foreground', '--components=secrets', ...unlock], {
      env: { ...around, ...env },
      stdio: ['pipe', 'ignore', 'ignore'],
    });
    service.stdin?.on('error', () => undefined).end(password ?? '');
    await until('the keyring serves', isThere);
  };
  const end = async (child: ChildProcess): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const gone = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGKILL');
    await gone;
  };

  await serve('password');
  return {
    env,
    secretOf: async (profile) => {
      const args = ['--input-type=module', '-e', READ, import.meta.filename, profile];
      const { stdout, stderr, code } = await run(process.execPath, args, { env: { ...around, ...env } });
      if (code !== 0) throw new Error(stderr);
      return stdout === '' ? undefined : stdout;
    },
    lock: async () => {
      await end(service);
      await until('the keyring is gone', async () => !(await isThere()));
      await serve(undefined);
    },
    close: async () => {
      await end(service);
      await end(bus);
    },
  };
}
