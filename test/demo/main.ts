// `npm run demo [folder]`: a few hundred pictures of an emulated account and a small Takeout export, mounted until Ctrl-C.
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, rmdirSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { askDaemon } from '../../src/daemon/control-client.js';
import type { StatusDocument } from '../../src/daemon/status-document.js';
import { shellQuoted } from '../../src/support/shell-quoted.js';
import { startEmulator } from '../emulator/start-emulator.js';
import { freeMountPoint, deviceOf, exitOf, program, repositoryRoot } from '../support/mounted.js';
import { makePrivateFolders, type PrivateFolders } from '../support/private-folders.js';
import { run } from '../support/run-program.js';
import { until } from '../support/until.js';
import { writeDemoExport } from './demo-export.js';
import { shortTree } from './short-tree.js';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { once: { type: 'boolean', default: false } },
});
// npm runs scripts in the package's folder and says in INIT_CWD where the person stands.
const here = process.env['INIT_CWD'] ?? process.cwd();
const given = positionals[0];
const mountpoint = given === undefined ? join(repositoryRoot, 'demo-photos') : resolve(here, given);

let stopping = false;
const stop = new Promise<void>((done) => {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      stopping = true;
      done();
    });
  }
});
// A closed terminal must not end the cleaning up.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);

process.exitCode = await demo();

async function demo(): Promise<number> {
  const madeFolder = !existsSync(mountpoint);
  const folders = makePrivateFolders();
  const emulator = await startEmulator({ seed: 'demo' });
  let daemon: ChildProcess | undefined;
  try {
    if (madeFolder) mkdirSync(mountpoint, { recursive: true });
    const added = await addExport(folders);
    // In a group of its own: Ctrl-C goes to this process, which asks the daemon once.
    daemon = spawn(process.execPath, [program, '-f', '--log-level', 'warn', mountpoint], {
      env: { ...folders.env, ...emulator.env },
      detached: true,
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    const complaint = collect(daemon);
    const status = await firstSync(daemon, join(folders.runtime, 'default.sock'));
    if (status !== undefined) {
      await introduce(status, added);
      if (!values.once) await Promise.race([stop, once(daemon, 'exit')]);
    } else if (!stopping) {
      process.stderr.write(`The demo could not be mounted.\n${complaint()}`);
      return 1;
    }
    return 0;
  } catch (error) {
    process.stderr.write(`demo: ${error instanceof Error ? error.message : String(error)}\n`);
    return 1;
  } finally {
    if (daemon !== undefined) await endDaemon(daemon);
    await emulator.close();
    folders.remove();
    if (madeFolder) removeFolder();
    if (!values.once) process.stdout.write('\nUnmounted, and everything of the demo removed.\n');
  }
}

/** What adding an export prints, after the command as a person would type it. */
async function addExport(folders: PrivateFolders): Promise<string> {
  const downloads = join(folders.home, 'Downloads');
  await writeDemoExport(downloads);
  const { code, stdout, stderr } = await run(process.execPath, [program, 'takeout', 'add', downloads], {
    env: folders.env,
  });
  if (code !== 0) throw new Error(`the export could not be added: ${stderr}`);
  const lines = stdout.replaceAll(downloads, '~/Downloads').trimEnd().split('\n').slice(0, -1);
  return ['$ gphotos-mount takeout add ~/Downloads/takeout-*.zip', ...lines].map((line) => `  ${line}\n`).join('');
}

function collect(child: ChildProcess): () => string {
  let text = '';
  child.stderr?.setEncoding('utf8');
  child.stderr?.on('data', (chunk: string) => (text += chunk));
  return () => text;
}

/** The status after the first sync; undefined where the daemon ended, or Ctrl-C was pressed, before. */
async function firstSync(daemon: ChildProcess, socketFile: string): Promise<StatusDocument | undefined> {
  const ended = (): boolean => stopping || daemon.exitCode !== null || daemon.signalCode !== null;
  const status = await until(
    'the first sync of the demo',
    async () => {
      if (ended()) return 'ended';
      const reply = await askDaemon(socketFile, { command: 'status' }, 5000).catch(() => undefined);
      return reply?.ok === true && 'status' in reply && isWhole(reply.status) && reply.status;
    },
    60_000,
  );
  return status === 'ended' ? undefined : status;
}

function isWhole({ sync, takeout }: StatusDocument): boolean {
  return sync.firstSyncDone && takeout.reading === null;
}

async function introduce({ catalog }: StatusDocument, added: string): Promise<void> {
  const place = relative(here, mountpoint);
  const shown = place === '' || place.startsWith('..') ? mountpoint : `./${place}`;
  const { tree, picture, album } = await shortTree(mountpoint);
  const at = (...parts: string[]): string => shellQuoted([shown, ...parts].join('/'));
  process.stdout.write(`
${catalog.items} pictures and clips in ${catalog.albums} albums, mounted on ${shown}:

${tree}
${catalog.sources.app} of them come from a made-up account. ${catalog.sources.takeout} come from a made-up Takeout export, which is read in place and never unpacked:

${added}
The export has what real ones have: a name that Google cut, two photographs of one name, an edited version, the moving part
of a live photo, an album without copies, a scan of 1931, an archived receipt, broken and hostile entries:

  ls -l ${at('album/Lake Como')} ${at('people/Ada Lovelace')}
  ls -l ${at('media/by-year/1931')} ${at('feature/archive')}
  getfattr -d ${at('album/Lake Como/IMG_0001.jpg')}

Three commands worth trying in another terminal:

  ls -l ${at('album', album)}
  find ${at('media/by-year')} -name '*.mp4'
  file ${at(picture)}
${values.once ? '' : '\nCtrl-C unmounts and leaves nothing behind.\n'}`);
}

async function endDaemon(daemon: ChildProcess): Promise<void> {
  if (daemon.exitCode === null && daemon.signalCode === null) {
    daemon.kill('SIGTERM');
    const force = setTimeout(() => daemon.kill('SIGKILL'), 15_000);
    await exitOf(daemon);
    clearTimeout(force);
  }
  if (deviceOf(mountpoint) !== undefined) freeMountPoint(mountpoint);
}

function removeFolder(): void {
  try {
    rmdirSync(mountpoint);
  } catch {
    // Not empty: then it holds something that is not ours.
  }
}
