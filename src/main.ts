#!/usr/bin/env node
import { readFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { fileURLToPath } from 'node:url';
import { DAEMON_ARGUMENT } from './daemon/launch-messages.js';
import { LAUNCHD_ARGUMENT } from './service/launchd-argument.js';
import { Hangups } from './support/hangups.js';
import { tuneProcess } from './support/tune-process.js';
import type { Surroundings } from './daemon/profile-paths.js';
import type { DaemonConfig } from './daemon/daemon-config.js';
import type { DaemonHooks } from './daemon/run-daemon.js';
import type { ExitCode } from './support/user-error.js';

// Everything heavy is imported where it is needed: a process that only waits for another must be up in no time.

// A terminal that is closed, or a pipe without a reader, is no reason to end a mount.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);

/** From here on SIGHUP ends no daemon, however early it comes. */
const hangups = new Hangups(process);

/**
 * libfuse and this program look for fusermount on the search path; mount(8) and some services start programs without
 * one.
 */
if ((process.env['PATH'] ?? '') === '')
  process.env['PATH'] = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

function surroundings(): Surroundings {
  const uid = process.getuid?.() ?? 0;
  return { env: process.env, home: home(), platform: process.platform, uid, temporaryFolder: tmpdir() };
}

/** Empty where HOME is not set and /etc/passwd has no line for this user. */
function home(): string {
  try {
    return homedir();
  } catch {
    return '';
  }
}

async function main(): Promise<number> {
  tuneProcess();
  if (process.argv[2] === DAEMON_ARGUMENT) {
    const { runBackgroundChild } = await import('./daemon/background-child.js');
    return runBackgroundChild(startDaemon);
  }
  if (process.argv[2] === '__prepare-service') {
    const { prepareFromInput } = await import('./service/prepare-service.js');
    await prepareFromInput(process.stdin, (text) => process.stdout.write(text));
    return 0;
  }
  if (process.argv[2] !== LAUNCHD_ARGUMENT) return runProgram(process.argv.slice(2));
  const { underLaunchd } = await import('./service/launchd-entry.js');
  const write = (text: string): boolean => process.stderr.write(text);
  return underLaunchd(() => runProgram(process.argv.slice(3)), { write, now: () => Date.now(), descriptor: 2 });
}

async function runProgram(args: readonly string[]): Promise<number> {
  const { runCli } = await import('./cli/run-cli.js');
  const around = surroundings();
  const { uid } = around;
  return runCli({
    args,
    around,
    person: { uid, gid: process.getgid?.() ?? 0, umask: currentUmask(), currentFolder: currentFolder() },
    version: programVersion(),
    programFile: fileURLToPath(import.meta.url),
    // Opened on first use: merely looking at it would keep some kinds of input open.
    get stdin() {
      return process.stdin;
    },
    stdout: process.stdout,
    stderr: { write: (text) => process.stderr.write(text), isTTY: process.stderr.isTTY },
    columns: process.stdout.columns || 80,
    now: () => Date.now(),
    isShortLived: () => hangups.release(),
    runDaemon: async (config, hooks) => {
      const { systemdNotifier } = await import('./service/systemd-notify.js');
      const manager = systemdNotifier(process.env, process.pid);
      const code = await startDaemon(config, { ...hooks, manager });
      await manager?.settled();
      return code;
    },
    mountTools: async () => {
      const [{ inspectionWith, inspectMount, mountState }, { unmountPath }, { abortConnection }, owners, paths] =
        await Promise.all([
          import('./mount/mount-state.js'),
          import('./mount/unmount-path.js'),
          import('./mount/abort-connection.js'),
          import('./daemon/mount-owners.js'),
          import('./daemon/profile-paths.js'),
        ]);
      const inspection = inspectionWith(owners.mountOwners(paths.baseFolders(around).data));
      const onlyLocate = { readTable: () => Promise.resolve([]), isAnswering: () => Promise.resolve(true) };
      const locate = async (path: string): Promise<string> => (await inspectMount(path, onlyLocate)).path;
      return {
        locate,
        state: (path) => mountState(path, inspection),
        abort: (path) => abortConnection(path),
        unmount: unmountPath,
      };
    },
  });
}

async function startDaemon(
  config: DaemonConfig,
  hooks: Omit<DaemonHooks, 'hangups' | 'reread' | 'sources'>,
): Promise<ExitCode> {
  const [{ runDaemon }, { rereadConfig }, { PROFILE_SOURCES: sources }] = await Promise.all([
    import('./daemon/run-daemon.js'),
    import('./cli/reread-config.js'),
    import('./library/source.js'),
  ]);
  return runDaemon(config, { ...hooks, sources, hangups, reread: (current) => rereadConfig(current, surroundings()) });
}

/** Can only be read by setting it; no other thread runs yet. */
function currentUmask(): number {
  const mask = process.umask(0o077);
  process.umask(mask);
  return mask;
}

/** The root where the shell stands in a folder that is gone, or in a dead mount that it is about to unmount. */
function currentFolder(): string {
  try {
    return process.cwd();
  } catch {
    return '/';
  }
}

function programVersion(): string {
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}

// Whatever still hangs on (a socket kept alive, a worker) must not hold up the end.
process.exit(await main());
