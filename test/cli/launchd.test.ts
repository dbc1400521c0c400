import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { runCli } from '../../src/cli/run-cli.js';
import { inspectMount } from '../../src/mount/mount-state.js';
import { installService, serviceStatus, uninstallService } from '../../src/service/manage-service.js';
import { prepareService } from '../../src/service/prepare-service.js';
import { programRunner } from '../../src/service/systemd.js';
import { ExitCode } from '../../src/support/user-error.js';
import { startEmulator, type Emulator } from '../emulator/start-emulator.js';
import { deviceOf, freeMountPoint, program, repositoryRoot } from '../support/mounted.js';
import { parsePlist } from '../support/plist.js';
import { makePrivateFolders, type PrivateFolders } from '../support/private-folders.js';
import { gphotosMount } from '../support/run-program.js';
import { until } from '../support/until.js';

const LABEL = 'io.github.gphotos-mount';
const UID = process.getuid?.() ?? 0;

interface Said {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A Mac as far as `service` sees it: its launchctl is a stand-in that really starts and ends what it is given. */
describe('a service of macOS, rehearsed with a stand-in for launchd', () => {
  let emulator: Emulator;
  let folders: PrivateFolders;
  let launchd: string;
  let mountpoint: string;
  let agents: string;
  let file: string;

  beforeEach(async () => {
    emulator = await startEmulator({ seed: { items: 5, albums: 1 } });
    const { GPHOTOS_LIBRARY_URL, GPHOTOS_TOKEN_URL } = emulator.env;
    folders = makePrivateFolders({ GPHOTOS_LIBRARY_URL, GPHOTOS_TOKEN_URL });
    launchd = join(folders.root, 'launchd');
    mkdirSync(launchd);
    const bin = join(folders.root, 'bin');
    mkdirSync(bin);
    const fake = join(repositoryRoot, 'build/test/support/fake-launchctl.js');
    const variables = `FAKE_LAUNCHD='${launchd}' FAKE_THROTTLE_MS=300`;
    writeFileSync(join(bin, 'launchctl'), `#!/bin/sh\n${variables} exec '${process.execPath}' '${fake}' "$@"\n`);
    chmodSync(join(bin, 'launchctl'), 0o755);
    const { env } = folders;
    Object.assign(env, { PATH: `${bin}:${env['PATH'] ?? ''}` });
    mountpoint = join(folders.home, 'my photos & <mehr> ü');
    agents = join(folders.home, 'Library/LaunchAgents');
    file = join(agents, `${LABEL}.plist`);
  });
  afterEach(async () => {
    await service('uninstall');
    await until('launchd has forgotten every job', () => jobs().length === 0);
    freeMountPoint(mountpoint);
    await emulator.close();
    folders.remove();
  });

  async function service(...args: string[]): Promise<Said> {
    let stdout = '';
    let stderr = '';
    const around = {
      env: folders.env,
      home: folders.home,
      platform: 'darwin',
      uid: UID,
      temporaryFolder: folders.root,
    } as const;
    const code = await runCli({
      args: ['service', ...args],
      around,
      person: { uid: UID, gid: process.getgid?.() ?? 0, umask: 0o022, currentFolder: folders.root },
      version: '0',
      programFile: program,
      stdin: Readable.from([]),
      stdout: { write: (text) => (stdout += text) },
      stderr: { write: (text) => (stderr += text), isTTY: false },
      columns: 80,
      now: () => Date.now(),
      isShortLived: () => undefined,
      runDaemon: () => assert.fail('a service command mounts nothing itself'),
      mountTools: () =>
        Promise.resolve({
          locate: async (path: string) => (await inspectMount(path)).path,
          state: () => assert.fail('not asked'),
          abort: () => assert.fail('not asked'),
          unmount: () => assert.fail('not asked'),
        }),
    });
    return { code, stdout, stderr };
  }

  function signIn(): void {
    const { id, secret } = emulator.oauth.client;
    mkdirSync(join(folders.config, 'default'), { mode: 0o700 });
    const write = (name: string, content: unknown): void =>
      writeFileSync(join(folders.config, name), JSON.stringify(content), { mode: 0o600 });
    write('client_secret.json', { installed: { client_id: id, client_secret: secret } });
    write('default/token.json', { refresh_token: emulator.env.GPHOTOS_REFRESH_TOKEN });
  }

  const jobs = (): string[] => (existsSync(join(launchd, 'jobs')) ? readdirSync(join(launchd, 'jobs')) : []);
  const pid = (): number | undefined => {
    try {
      return (JSON.parse(readFileSync(join(launchd, 'jobs', `${LABEL}.json`), 'utf8')) as { pid?: number }).pid;
    } catch {
      return undefined;
    }
  };
  const calls = (): string[] => readFileSync(join(launchd, 'calls'), 'utf8').trim().split('\n');
  const answers = (prepared: Record<string, { code: number; stderr: string }[]>): void =>
    writeFileSync(join(launchd, 'answers.json'), JSON.stringify(prepared));
  const isMounted = (): boolean => deviceOf(mountpoint) !== undefined;
  async function installed(...args: string[]): Promise<string> {
    signIn();
    const { code, stdout, stderr } = await service('install', mountpoint, ...args);
    assert.equal(code, 0, stderr);
    return stdout;
  }

  it('a service of macOS, rehearsed with a stand-in for launchd without a sign-in is refused with 77, and nothing is written', async () => {
    const { code, stderr } = await service('install', mountpoint);
    assert.equal(code, ExitCode.signIn, stderr);
    assert.deepEqual(readdirSync(folders.home), []);
    assert.deepEqual(readdirSync(folders.data), []);
    assert.deepEqual(jobs(), []);
  });

  it('a service of macOS, rehearsed with a stand-in for launchd is printed as a property list without being installed', async () => {
    const { code, stdout } = await service('install', '--print', '--poll-interval', '1h', mountpoint);
    assert.equal(code, 0);
    const { ProgramArguments: words } = parsePlist(stdout) as { ProgramArguments: string[] };
    assert.deepEqual(words.slice(2), [
      '__launchd',
      '--foreground',
      `--log-file=${join(folders.data, 'default/daemon.log')}`,
      '--poll-interval=1h',
      '--',
      mountpoint,
    ]);
    assert.equal(existsSync(agents), false);
  });

  it('a service of macOS, rehearsed with a stand-in for launchd is mounted when the install returns, although its path needs escapes, and its logs lie in the data folder', async () => {
    const said = await installed('--poll-interval', '1h');
    assert.ok((await readdir(mountpoint)).includes('README.txt'));
    assert.match(
      said,
      /is mounted, by the service io\.github\.gphotos-mount\.\n.*LaunchAgents.*\n.*at each login\.\n$/,
    );
    assert.deepEqual(
      calls().filter((call) => !call.startsWith('print')),
      [`enable gui/${UID}/${LABEL}`, `bootstrap gui/${UID} ${file}`],
    );
    const status = await service('status');
    assert.equal(status.code, 0, status.stderr);
    assert.match(status.stdout, new RegExp(`^${LABEL}: running \\(pid \\d+\\)\\n {2}mount: .*my photos`));
    assert.match(readFileSync(join(folders.data, 'default/daemon.log'), 'utf8'), /starts on/);
    assert.match(readFileSync(join(folders.data, 'default/service.log'), 'utf8'), /the service starts\n.*mounted at/s);
  });

  it('a service of macOS, rehearsed with a stand-in for launchd installed again unchanged goes on, and with another option is started anew', async () => {
    await installed();
    const first = pid();
    assert.equal((await service('install', mountpoint)).code, 0);
    assert.equal(pid(), first);
    const { code, stderr } = await service('install', mountpoint, '--poll-interval', '1h');
    assert.equal(code, 0, stderr);
    assert.notEqual(pid(), first);
    assert.match(readFileSync(file, 'utf8'), /--poll-interval=1h/);
    assert.ok((await readdir(mountpoint)).includes('README.txt'));
  });

  it('a service of macOS, rehearsed with a stand-in for launchd for another mount point is refused and names the first; a decomposed spelling of the first is no other', async () => {
    await installed();
    const other = await service('install', join(folders.home, 'other'));
    assert.equal(other.code, ExitCode.busy);
    assert.match(other.stderr, /installed already, for .*my photos & <mehr> ü\./);
    assert.equal(existsSync(join(folders.home, 'other')), false);
    assert.equal((await service('install', mountpoint.normalize('NFD'))).code, 0);
  });

  it('a service of macOS, rehearsed with a stand-in for launchd that was edited is not overwritten, and kept by the uninstall', async () => {
    await installed();
    const edited = readFileSync(file, 'utf8').replace('<integer>30<', '<integer>60<');
    writeFileSync(file, edited);
    const { code, stderr } = await service('install', mountpoint);
    assert.equal(code, ExitCode.config);
    assert.match(stderr, /was edited after it was installed, and is not overwritten/);
    assert.equal(readFileSync(file, 'utf8'), edited);
    assert.match((await service('status')).stdout, /the agent was edited/);
    const removed = await service('uninstall');
    assert.match(removed.stdout, /The agent was edited; it is kept as .*\.saved/);
    assert.deepEqual(readdirSync(agents), [`${LABEL}.plist.saved`]);
    assert.equal(isMounted(), false);
  });

  it('a service of macOS, rehearsed with a stand-in for launchd of the same name that is not ours is left as it is', async () => {
    signIn();
    mkdirSync(agents, { recursive: true });
    writeFileSync(file, '<plist version="1.0"><dict></dict></plist>\n');
    for (const verb of ['install', 'uninstall']) {
      const { code, stderr } = await service(verb);
      assert.equal(code, ExitCode.config, verb);
      assert.match(stderr, /was not written by gphotos-mount, and is left as it is/);
    }
    assert.match(readFileSync(file, 'utf8'), /<dict><\/dict>/);
  });

  it('a service of macOS, rehearsed with a stand-in for launchd is mounted again after its process was killed', async () => {
    await installed();
    const first = pid() ?? assert.fail('it runs');
    process.kill(first, 'SIGKILL');
    await until('another process', () => pid() !== undefined && pid() !== first);
    await until('the tree', async () => (await readdir(mountpoint).catch((): string[] => [])).includes('README.txt'));
    assert.match(readFileSync(join(folders.data, 'default/daemon.log'), 'utf8'), /took away the dead mount/);
  });

  it('whose sign-in is gone ends once and is not started again; status says 77 although launchd was told 0', async () => {
    await installed();
    const first = pid() ?? assert.fail('it runs');
    rmSync(join(folders.config, 'default/token.json'));
    process.kill(first, 'SIGKILL');
    await until('it has ended', async () => /not running/.test((await service('status')).stdout));
    const { code, stdout } = await service('status');
    assert.equal(code, ExitCode.notRunning);
    assert.match(stdout, /not running \(exit code 77\)[^]*mount: does not answer[^]*it is not started again/);
    const job = JSON.parse(readFileSync(join(launchd, 'jobs', `${LABEL}.json`), 'utf8')) as Record<string, unknown>;
    assert.equal(job['lastExit'], 0);
    assert.equal(job['runs'], 2);
  });

  it('a service of macOS, rehearsed with a stand-in for launchd that cannot start is refused with its own exit code and words, and nothing of it stays', async () => {
    signIn();
    writeFileSync(join(folders.config, 'config.json'), '{}', { mode: 0o600 });
    mkdirSync(join(folders.data, 'default/catalog.db'), { recursive: true, mode: 0o700 });
    const { code, stderr } = await service('install', mountpoint);
    assert.ok(code >= ExitCode.usage, stderr);
    assert.match(stderr, /does not start\.\n {2}It says:\n[^]*catalog\.db[^]*ended with exit code/);
    assert.deepEqual(readdirSync(agents), []);
    assert.equal(existsSync(mountpoint), false);
    await until('launchd has forgotten it', () => jobs().length === 0);
  });

  it('while launchd still ends the one of before is loaded as soon as that is gone', async () => {
    signIn();
    answers({ bootstrap: [{ code: 37, stderr: 'Bootstrap failed: 37: Operation already in progress\n' }] });
    const { code, stderr } = await service('install', mountpoint);
    assert.equal(code, 0, stderr);
    assert.equal(calls().filter((call) => call.startsWith('bootstrap')).length, 2);
  });

  it('over ssh, with nobody at the desktop, is refused with what to do, and nothing is written', async () => {
    signIn();
    writeFileSync(join(launchd, 'no-desktop'), '');
    const { code, stderr } = await service('install', mountpoint);
    assert.equal(code, ExitCode.system);
    assert.match(stderr, /no desktop session of yours .*\n.*Log in at the desktop/);
    assert.deepEqual(readdirSync(folders.home), []);
  });

  it('a service of macOS, rehearsed with a stand-in for launchd is removed although a file of it is open, and leaves catalog, sign-in and no mount', async () => {
    await installed();
    const stands = 'cd "$0" && exec < README.txt && echo ready && exec sleep 60';
    const reader = spawn('sh', ['-c', stands, mountpoint], { stdio: ['ignore', 'pipe', 'inherit'] });
    await once(reader.stdout, 'data');
    const { code, stdout } = await service('uninstall');
    reader.kill();
    assert.equal(code, 0);
    assert.match(stdout, /is removed; catalog, cache and sign-in stay\./);
    assert.equal(isMounted(), false);
    assert.deepEqual(readdirSync(agents), []);
    assert.ok(existsSync(join(folders.data, 'default/catalog.db')));
    assert.equal((await service('status')).code, ExitCode.notRunning);
    assert.equal((await gphotosMount(['status'], folders.env)).code, ExitCode.notRunning);
  });

  it('whose process has to be killed leaves no dead mount when it is removed', async () => {
    await installed();
    const running = pid() ?? assert.fail('it runs');
    // Ended behind launchd's back: the mount is dead when launchd has forgotten the service.
    writeFileSync(join(launchd, 'jobs', `${LABEL}.leaving`), '');
    process.kill(running, 'SIGKILL');
    await until('launchd has forgotten it', () => jobs().length === 0);
    assert.equal((await service('uninstall')).code, 0);
    assert.equal(isMounted(), false);
  });

  it('a service of macOS, rehearsed with a stand-in for launchd of the machine is a daemon of the domain of the system, with its user and the home folder', async () => {
    signIn();
    const lines: string[] = [];
    const daemons = join(folders.root, 'LaunchDaemons');
    const { username } = userInfo();
    const deps = {
      around: { env: folders.env, home: folders.home, platform: 'darwin', uid: UID, temporaryFolder: folders.root },
      run: programRunner(folders.env),
      profile: 'default',
      user: username,
      folder: daemons,
      say: (line: string) => lines.push(line),
      mountpoint,
      options: ['--poll-interval=1h'],
      node: process.execPath,
      program,
      prepare: prepareService,
    } as const;
    await installService(deps);
    assert.ok((await readdir(mountpoint)).includes('README.txt'));
    assert.match(lines.join('\n'), /It runs from boot on\.$/);
    const list = parsePlist(readFileSync(join(daemons, `${LABEL}.plist`), 'utf8')) as Record<string, unknown>;
    assert.equal(list['UserName'], username);
    assert.equal((list['EnvironmentVariables'] as Record<string, unknown>)['HOME'], folders.home);
    assert.ok(calls().includes(`bootstrap system ${join(daemons, `${LABEL}.plist`)}`));
    assert.equal(await serviceStatus(deps), true);
    await uninstallService(deps);
    assert.deepEqual(readdirSync(daemons), []);
    assert.equal(isMounted(), false);
  });
});
