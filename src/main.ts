#!/usr/bin/env node
import { readFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { fileURLToPath } from 'node:url';
import { DAEMON_ARGUMENT } from './daemon/launch-messages.js';
import { tuneProcess } from './support/tune-process.js';
import type { ExitCode } from './support/user-error.js';

// Everything heavy is imported where it is needed: a process that only waits for another must be up in no time.

// A terminal that is closed, or a pipe nobody reads, is no reason to end a mount.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);

async function main(): Promise<ExitCode> {
  tuneProcess();
  if (process.argv[2] === DAEMON_ARGUMENT) {
    const [{ runBackgroundChild }, { runDaemon }] = await Promise.all([
      import('./daemon/background-child.js'),
      import('./daemon/run-daemon.js'),
    ]);
    return runBackgroundChild((config, onReady) => runDaemon(config, { onReady }));
  }
  const { runCli } = await import('./cli/run-cli.js');
  const uid = process.getuid?.() ?? 0;
  const around = { env: process.env, home: homedir(), platform: process.platform, uid, temporaryFolder: tmpdir() };
  return runCli({
    args: process.argv.slice(2),
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
    runDaemon: async (config, hooks) => {
      const { runDaemon } = await import('./daemon/run-daemon.js');
      return runDaemon(config, hooks);
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
