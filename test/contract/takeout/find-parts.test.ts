import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { linkSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { after, describe, it } from 'node:test';
import { findParts, type FoundParts } from '../../../src/takeout/archives/find-parts.js';
import { refusalText } from '../../../src/takeout/archives/refused-paths.js';
import { writeZip } from './zip-files.js';

const place = mkdtempSync(join(tmpdir(), 'find-parts-'));
after(() => rmSync(place, { recursive: true }));
let made = 0;

/** A folder with these files; a text is a file, undefined is a small zip. */
async function folderOf(files: Readonly<Record<string, string | undefined>>): Promise<string> {
  made += 1;
  const folder = join(place, String(made));
  mkdirSync(folder);
  for (const [name, text] of Object.entries(files)) {
    const path = join(folder, name);
    mkdirSync(join(path, '..'), { recursive: true });
    if (text === undefined) await writeZip(path, [{ name: 'Takeout/Google Photos/a/a.jpg', bytes: 'a' }]);
    else writeFileSync(path, text);
  }
  return folder;
}

function found(paths: readonly string[], ownMount = '/none'): FoundParts {
  return findParts(paths, (path) => path === ownMount || path.startsWith(`${ownMount}/`));
}

function namesOf({ parts }: FoundParts): string[] {
  return parts.map(({ kind, path }) => `${kind} ${basename(path)}`).sort();
}

function assertRefused(path: string, words: RegExp, hint: RegExp, ownMount?: string): void {
  const { parts, refused } = found([path], ownMount);
  assert.deepEqual(parts, []);
  const [first] = refused;
  assert.ok(first !== undefined && refused.length === 1);
  assert.ok(refusalText(first).startsWith(path));
  assert.match(first.reason, words);
  assert.match(first.hint, hint);
}

const photo = { 'Photos from 2023/a.jpg': 'a', 'Photos from 2023/a.jpg.supplemental-metadata.json': '{}' };
function below(prefix: string, files: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(files).map(([name, text]) => [`${prefix}/${name}`, text]));
}

describe('what a path given by a person is', () => {
  it('zip parts are found with what their names say, and a part given twice, also by a link, stands once', async () => {
    const folder = await folderOf({ 'takeout-20260301T101112Z-3-001.zip': undefined, 'renamed.zip': undefined });
    const first = join(folder, 'takeout-20260301T101112Z-3-001.zip');
    linkSync(first, join(folder, 'hard.zip'));
    symlinkSync(first, join(folder, 'soft.zip'));
    const paths = [first, join(folder, 'renamed.zip'), join(folder, 'hard.zip'), join(folder, 'soft.zip'), first];
    const { parts, refused, repeated } = found(paths);
    assert.deepEqual(refused, []);
    assert.deepEqual(
      parts.map(({ kind, name, isGuess }) => [kind, name?.group, name?.number, isGuess]),
      [
        ['zip', 3, 1, false],
        ['zip', undefined, undefined, false],
      ],
    );
    assert.deepEqual(
      repeated.map(({ sameAs }) => basename(sameAs)),
      Array(3).fill(basename(first)),
    );
  });

  it('a folder of parts gives its zips and extracted exports, names what is unfinished, and passes over other files', async () => {
    const folder = await folderOf({
      'takeout-20260301T101112Z-001.zip': undefined,
      'takeout-20260301T101112Z-002.zip.crdownload': 'half',
      'takeout-20260301T101112Z-003.tgz': 'tar',
      'takeout-20260301T101112Z-004.zip': 'no zip',
      'other.zip': undefined,
      'broken.zip': 'no zip either',
      'holiday.jpg': 'x',
      'music.tgz': 'x',
      ...below('Takeout 2/Google Photos', photo),
      ...below('takeout-20260301T101112Z-005/Takeout/Google Photos', photo),
      ...below('deeper/Takeout/Google Photos', photo),
    });
    const outcome = found([folder]);
    assert.deepEqual(namesOf(outcome), [
      'folder Takeout 2',
      'folder takeout-20260301T101112Z-005',
      'zip other.zip',
      'zip takeout-20260301T101112Z-001.zip',
    ]);
    assert.deepEqual(
      outcome.parts.filter(({ isGuess }) => isGuess).map(({ path }) => basename(path)),
      ['other.zip'],
    );
    assert.deepEqual(
      outcome.refused.map(({ path, reason }) => `${basename(path)} ${reason.slice(0, 20)}`),
      [
        'takeout-20260301T101112Z-002.zip.crdownload is a download that h',
        'takeout-20260301T101112Z-003.tgz is a .tgz, which can',
        'takeout-20260301T101112Z-004.zip is no zip file',
      ],
    );
  });

  for (const [where, at] of [
    ['above Takeout', ''],
    ['at Takeout', 'Takeout'],
    ['at the service folder', 'Takeout/Google Photos'],
  ] as const)
    it(`an extracted export may be given ${where}`, async () => {
      const folder = join(await folderOf(below('Takeout/Google Photos', photo)), at);
      const outcome = found([folder]);
      assert.deepEqual(outcome.refused, []);
      assert.equal(outcome.parts[0]?.kind, 'folder');
      assert.equal(outcome.parts.length, 1);
    });

  it('an extracted export in a language that is not known is found by its sidecars', async () => {
    const folder = await folderOf(below('Takeout/Jotkin Kuvat', { 'x/a.jpg.suppl.json': '{}' }));
    assert.equal(found([join(folder, 'Takeout')]).parts.length, 1);
  });

  it('what cannot be used is refused with what is wrong and what to do', async () => {
    const folder = await folderOf({
      'a.tgz': 'x',
      'b.tar.gz': 'x',
      'c.zip.crdownload': 'x',
      'empty.zip': '',
      'text.zip': 'no zip',
      'other/a.txt': 'x',
      'Takeout/Mail/All mail.mbox': 'x',
    });
    assertRefused(join(folder, 'a.tgz'), /\.tgz.*as much disk again/, /as \.zip/);
    assertRefused(join(folder, 'b.tar.gz'), /\.tgz/, /as \.zip/);
    assertRefused(join(folder, 'c.zip.crdownload'), /not finished/, /when the browser/);
    assertRefused(join(folder, 'empty.zip'), /is empty/, /again/);
    assertRefused(join(folder, 'text.zip'), /is no zip/, /Give the \.zip/);
    assertRefused(join(folder, 'other'), /holds no Takeout export/, /Give the \.zip/);
    assertRefused(join(folder, 'Takeout'), /without Google Photos/, /Choose Google Photos/);
    assertRefused(join(folder, 'none.zip'), /is not there/, /spelling/);
    for (const path of ['a.tgz', 'b.tar.gz'])
      assert.doesNotMatch(found([join(folder, path)]).refused[0]?.hint ?? '', /repack/);
  });

  it('a FIFO and a device are refused and never opened, in a folder of parts too', async () => {
    const folder = await folderOf({ 'takeout-20260301T101112Z-001.zip': undefined });
    const pipe = join(folder, 'takeout-20260301T101112Z-002.zip');
    execFileSync('mkfifo', [pipe]);
    assertRefused(pipe, /is a pipe \(FIFO\)/, /Give the \.zip/);
    assertRefused('/dev/null', /is a device/, /Give the \.zip/);
    const outcome = found([folder]);
    assert.deepEqual([outcome.parts.length, outcome.refused.length], [1, 1]);
  });

  it('a path inside a mount of ours, also through a link, is refused before anything of it is opened', async () => {
    const folder = await folderOf({ 'mount/takeout-20260301T101112Z-001.zip': undefined });
    const mount = join(folder, 'mount');
    symlinkSync(join(mount, 'takeout-20260301T101112Z-001.zip'), join(folder, 'link.zip'));
    for (const path of [
      mount,
      join(mount, 'takeout-20260301T101112Z-001.zip'),
      join(mount, 'not there'),
      join(folder, 'link.zip'),
    ])
      assertRefused(path, /inside a mount of gphotos-mount/, /Put the export on a disk/, mount);
  });
});
