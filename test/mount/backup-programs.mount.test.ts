import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { readToEnd } from '../support/mounted-files.js';
import { run } from '../support/run-program.js';
import { until } from '../support/until.js';
import { withLibrary } from '../support/with-library.js';

const QUIET = ['--poll-interval', '1h', '--attr-timeout', '0', '--cache-max-age', '0s'];

interface Scratch {
  /** Runs a program with its state in the scratch folder; it has to succeed. Answers its standard output. */
  readonly run: (program: string, ...args: string[]) => Promise<string>;
  readonly folder: string;
}

/** A program that copies what changed since its last run. */
interface BackupProgram {
  readonly name: string;
  prepare?(scratch: Scratch): Promise<unknown>;
  /** Answers how many files it read. */
  backUp(scratch: Scratch, source: string): Promise<number>;
  /** The last copy of a file below the source. */
  restored(scratch: Scratch, source: string, name: string): Promise<Buffer>;
}

const rsync: BackupProgram = {
  name: 'rsync -a',
  async backUp({ run, folder }, source) {
    const told = await run('rsync', '-a', '--itemize-changes', `${source}/`, join(folder, 'copy/'));
    return told.split('\n').filter((line) => line.startsWith('>f')).length;
  },
  restored: ({ folder }, _source, name) => readFile(join(folder, 'copy', name)),
};

const restic: BackupProgram = {
  name: 'restic',
  prepare: ({ run }) => run('restic', 'init'),
  async backUp({ run }, source) {
    const told = (await run('restic', 'backup', '--json', source)).trim().split('\n').at(-1) ?? '';
    const summary = JSON.parse(told) as { files_new: number; files_changed: number };
    return summary.files_new + summary.files_changed;
  },
  async restored({ run, folder }, source, name) {
    const target = join(folder, 'restored');
    await run('restic', 'restore', 'latest', '--target', target, '--include', join(source, name));
    return readFile(join(target, source, name));
  },
};

let archives = 0;
const borg: BackupProgram = {
  name: 'borg',
  prepare: ({ run }) => run('borg', 'init', '--encryption', 'none'),
  async backUp({ run, folder }, source) {
    // It never trusts the file with the newest ctime of a run: that is this one.
    const newest = join(folder, 'newest');
    writeFileSync(newest, `${++archives}`);
    const told = await run('borg', 'create', '--list', '--filter', 'AM', '--log-json', `::${archives}`, source, newest);
    return told.split('\n').filter((line) => line.includes('"file_status"') && line.includes('.jpg')).length;
  },
  async restored({ run, folder }, source, name) {
    const target = join(folder, 'restored');
    await run('bash', '-c', 'mkdir -p "$1" && cd "$1" && borg extract "::$2"', 'bash', target, `${archives}`);
    return readFile(join(target, source, name));
  },
};

const PROGRAMS: readonly BackupProgram[] = [rsync, restic, borg];

async function withScratch<T>(use: (scratch: Scratch) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'gpm-backup-'));
  const env = {
    ...process.env,
    RESTIC_REPOSITORY: join(folder, 'restic'),
    RESTIC_PASSWORD: 'test',
    RESTIC_CACHE_DIR: join(folder, 'restic-cache'),
    BORG_REPO: join(folder, 'borg'),
    BORG_BASE_DIR: join(folder, 'borg-base'),
    BORG_UNKNOWN_UNENCRYPTED_REPO_ACCESS_IS_OK: 'yes',
  };
  try {
    return await use({
      folder,
      run: async (program, ...args) => {
        const { code, stdout, stderr } = await run(program, args, { env, deadlineMs: 60_000 });
        assert.equal(code, 0, `${program} ${args[0]}: ${stdout}${stderr}`);
        // borg tells what it does on the standard error output.
        return stdout === '' ? stderr : stdout;
      },
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

describe('backup programs over a mount', () => {
  it('rsync, restic and borg read a file again whose bytes changed at the same length before a restart, and no other', () =>
    withLibrary(
      (library) =>
        ['a', 'b', 'c'].map(
          (key) => library.add({ filename: `${key}.jpg`, size: 50_000, creationTime: '2021-03-04T05:06:07Z' }).id,
        ),
      ({ mount, library, made: [first = ''], folders }) =>
        withScratch(async (scratch) => {
          const source = join(folders.mountpoint, 'media/all');
          const backUp = async (files: number, why: string): Promise<void> => {
            for (const program of PROGRAMS)
              assert.equal(await program.backUp(scratch, source), files, `${program.name}: ${why}`);
          };
          for (const program of PROGRAMS) await program.prepare?.(scratch);
          const truth = await mount({ until: 'measured', args: QUIET }, async () => {
            await backUp(3, 'all is new');
            await backUp(0, 'nothing changed');
            library.replaceBytes(first, { size: 50_000 });
            const bytes = await library.bytesOf(first);
            const file = join(source, 'a.jpg');
            await until('the new version is read', async () => {
              // The open that meets the new version fails, whichever it is.
              const now = await readToEnd(file);
              return Buffer.isBuffer(now) && now.equals(bytes);
            });
            return bytes;
          });
          await mount({ until: 'mounted', args: QUIET }, async () => {
            await backUp(1, 'the one that changed');
            await backUp(0, 'once');
          });
          for (const program of PROGRAMS)
            assert.ok(
              (await program.restored(scratch, source, 'a.jpg')).equals(truth),
              `${program.name} has new bytes`,
            );
        }),
    ));
});
