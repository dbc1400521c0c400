import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { treeOf } from '../support/mounted-files.js';
import { gphotosMount } from '../support/run-program.js';
import { untilRead, withTakeouts } from '../support/takeout-mount.js';
import { describeLibrary } from '../takeout/builder/library.js';
import * as odd from '../takeout/builder/oddities.js';
import { writeExport } from '../takeout/builder/write-export.js';
import { addEntries } from '../takeout/builder/zip-surgery.js';

/** In the names of all that is locked: of files, albums, people and descriptions. */
const SECRET = /zorro/i;
const YEAR_FOLDER = 'Takeout/Google Photos/Photos from 2021';
const LOCKED_FOLDER = 'Takeout/Google Photos/Locked Folder';

const takenMs = Date.UTC(2021, 4, 5, 6);
const hidden = { takenMs, locked: true, people: ['Zorro Lea'], description: 'zorro at home' };
const PHOTOS = [
  { title: 'open.jpg', takenMs, people: ['Anna'] },
  { title: 'other.jpg', takenMs: takenMs + 1000 },
  { ...hidden, title: 'zorro-1.jpg', favorite: true },
  { ...hidden, title: 'zorro-2.jpg', edited: true },
  { ...hidden, title: 'zorro-3.heic', moving: '.MP4' },
  { ...hidden, title: 'zorro-crc.jpg' },
  { ...hidden, title: 'zorro-sidecar.jpg' },
  { ...hidden, title: 'zorro-encrypted.jpg' },
];

function sidecar(title: string, taken: number): Buffer {
  const photoTakenTime = { timestamp: String(taken / 1000) };
  return Buffer.from(JSON.stringify({ title, photoTakenTime, inLockedFolder: true }));
}

/** Every way in which an entry of a locked item can be counted: well, orphaned, refused, unreadable, damaged. */
async function lockedExport(folder: string): Promise<{ file: string; name: string }> {
  const albums = [
    { title: 'Zorro', members: ['p2', 'p3'] },
    { title: 'Both', members: ['p0', 'p2'] },
  ];
  const { parts, name } = await writeExport(describeLibrary({ photos: PHOTOS, albums }), { folder });
  const [part] = parts;
  const file = part?.file ?? '';
  const pathsOf = (words: RegExp): string[] =>
    (part?.files ?? []).flatMap(({ path }) => (words.test(path) ? path : []));
  for (const path of pathsOf(/zorro-crc\.jpg$/)) odd.wrongCrc(file, path);
  for (const path of pathsOf(/zorro-sidecar\.jpg\..*json$/)) odd.wrongCrc(file, path);
  for (const path of pathsOf(/zorro-encrypted\.jpg$/)) odd.encrypted(file, path);
  odd.brokenJson(file, LOCKED_FOLDER);
  addEntries(file, [
    { name: `${LOCKED_FOLDER}/zorro-bare.jpg`, bytes: Buffer.from('without a sidecar') },
    { name: `${YEAR_FOLDER}/zorro-orphan.jpg.json`, bytes: sidecar('zorro-orphan.jpg', takenMs) },
    { name: `${YEAR_FOLDER}/zorro-link.jpg`, bytes: Buffer.from('/etc/passwd'), mode: 0o120777 },
    { name: `${YEAR_FOLDER}/zorro-link.jpg.json`, bytes: sidecar('zorro-link.jpg', takenMs) },
    { name: `${YEAR_FOLDER}/broken.jpg.json`, bytes: Buffer.from('{"title":') },
  ]);
  return { file, name };
}

describe('locked items of a Takeout export', () => {
  it('no name of one is told by the mount, its log, README.txt, status at any moment, doctor, the bundle, or takeout add, list and check with any list; the sums count their entries', () =>
    withTakeouts(async ({ downloads: folder, folders, takeout, mount }) => {
      const { file } = await lockedExport(folder);
      const told: [where: string, text: string][] = [];
      const tell = async (where: string, ...args: string[]): Promise<string> => {
        const { stdout, stderr } = await gphotosMount(args, folders.env);
        told.push([where, stdout + stderr]);
        return stdout;
      };
      await tell('add', 'takeout', 'add', file);
      await mount({}, async (mounted) => {
        for (let status = await mounted.status(); ; status = await mounted.status()) {
          told.push(['status while reading', JSON.stringify(status)]);
          // Not even that there is a locked folder.
          assert.doesNotMatch(JSON.stringify(status.takeout), /Locked Folder/);
          if (status.takeout.reading === null) break;
        }
        told.push(['the tree', (await treeOf(mounted.path)).join('\n')]);
        const { exports } = JSON.parse(await tell('check', 'takeout', 'check', '--json')) as {
          exports: { sums: { refused: number; unreadable: number }; broken: string[] }[];
        };
        assert.deepEqual(exports[0]?.broken, []);
        // One sidecar with a wrong CRC, five that are broken in the locked folder, and one that may be named.
        assert.equal(exports[0].sums.unreadable, 7);
        assert.equal(exports[0].sums.refused, 2);
        await tell('check', 'takeout', 'check');
        for (const list of ['ambiguous', 'without', 'orphans', 'refused'])
          for (const json of [[], ['--json']]) {
            const text = await tell(`check --list ${list}`, 'takeout', 'check', '--list', list, ...json);
            assert.doesNotMatch(text, /Locked Folder/);
            if (list === 'refused') assert.match(text, /broken\.jpg\.json: it is no JSON/);
          }
        const bytes = await tell('check --bytes', 'takeout', 'check', '--bytes');
        assert.match(bytes, /1 wrong\n.* is damaged: a file in it has a wrong CRC/);
        await tell('list', 'takeout', 'list');
        await tell('list --json', 'takeout', 'list', '--json');
        await tell('status', 'status');
        await tell('status --json', 'status', '--json');
        await tell('doctor', 'doctor');
        await tell('bundle', 'doctor', '--yes', '--bundle', join(folders.root, 'report.txt'));
        told.push(
          ['README.txt', await readFile(join(mounted.path, 'README.txt'), 'utf8')],
          ['the bundle', await readFile(join(folders.root, 'report.txt'), 'utf8')],
          ['the log', mounted.log()],
        );
        const { catalog } = await mounted.status();
        assert.equal(catalog.items, 2);
      });
      assert.ok(told.length > 15);
      for (const [where, text] of told) assert.doesNotMatch(text, SECRET, where);
      assert.equal((await takeout('check', '--list', 'without')).stdout, '');
    }));

  it('with --show-locked they are all in feature/locked/, and nowhere else', () =>
    withTakeouts(async ({ downloads: folder, add, mount }) => {
      await add('--wait', (await lockedExport(folder)).file);
      await mount({ args: ['--show-locked'] }, async (mounted) => {
        await untilRead(mounted);
        const secret = (await treeOf(mounted.path)).filter((path) => SECRET.test(path));
        assert.deepEqual(
          secret.filter((path) => !path.startsWith('feature/locked/')),
          [],
        );
        for (const title of ['zorro-1.jpg', 'zorro-2.jpg', 'zorro-3.heic', 'zorro-sidecar.jpg', 'zorro-bare.jpg'])
          assert.ok(secret.includes(`feature/locked/${title}`), `${title}\n${secret.join('\n')}`);
      });
    }));
});
