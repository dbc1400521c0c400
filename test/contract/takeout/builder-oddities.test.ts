import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, lstatSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { bigExport } from '../../takeout/builder/big-export.js';
import { describeLibrary } from '../../takeout/builder/library.js';
import * as oddities from '../../takeout/builder/oddities.js';
import { deflatedVideoPart, storedVideoPart, type VideoPart } from '../../takeout/builder/video-part.js';
import { writeExport } from '../../takeout/builder/write-export.js';
import { entryNames, statedSize } from '../../takeout/builder/zip-surgery.js';

const UNZIP = spawnSync('unzip', ['-v']).status === 0;
const PYTHON = spawnSync('python3', ['-c', 'import zipfile']).status === 0;
const MKFIFO = spawnSync('mkfifo', ['--version']).error === undefined;
const PHOTO = 'Takeout/Google Photos/Photos from 2023/IMG_1.jpg';

describe('damaged exports of the Takeout builder', () => {
  let folder: string;
  let file: string;
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'takeout-odd-'));
    const library = describeLibrary({ photos: [{ title: 'IMG_1.jpg' }, { title: 'IMG_2.jpg' }] });
    file = (await writeExport(library, { folder, junk: false })).parts[0]?.file ?? '';
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const unzipTest = (): string => spawnSync('unzip', ['-t', file], { encoding: 'utf8' }).stdout;
  /** unzip believes the bytes, not the stated size. */
  const unpacked = (path: string): Buffer => spawnSync('unzip', ['-p', file, path], { maxBuffer: 2 ** 27 }).stdout;
  /** What Python's zipfile says when it reads an entry whole. */
  const readByPython = (path: string): string =>
    spawnSync('python3', ['-c', 'import sys, zipfile\nzipfile.ZipFile(sys.argv[1]).read(sys.argv[2])', file, path], {
      encoding: 'utf8',
    }).stderr;

  it('hostile names and a link are in the archive as they are', () => {
    const { paths } = oddities.hostileNames(file);
    const link = oddities.symlinkEntry(file).paths;
    assert.deepEqual(entryNames(file).slice(-9), [...paths, ...link]);
    assert.ok(paths.some((path) => path.includes('\0')) && paths.some((path) => path.includes('\\')));
    assert.equal(entryNames(file).length, 4 + 9);
  });

  it('entries that were added leave the others whole', { skip: !UNZIP }, () => {
    oddities.brokenJson(file);
    oddities.hugeJson(file, undefined, 200_000);
    assert.match(unzipTest(), /No errors detected/);
  });

  it('a path is twice in the directory', () => {
    oddities.duplicatePath(file, PHOTO);
    assert.equal(entryNames(file).filter((name) => name === PHOTO).length, 2);
  });

  for (const [title, damage] of [
    ['a wrong CRC in the directory', oddities.wrongCrc],
    ['a damaged byte', oddities.damagedBytes],
  ] as const)
    it(`${title} makes one entry bad and leaves the other well`, { skip: !PYTHON }, () => {
      damage(file, PHOTO);
      assert.match(readByPython(PHOTO), /Bad CRC-32/);
      assert.equal(readByPython(PHOTO.replace('IMG_1', 'IMG_2')), '');
    });

  it('a bomb states 1,000 bytes and unpacks to a million', { skip: !UNZIP }, () => {
    const path = PHOTO.replace('IMG_1', 'bomb');
    oddities.declaredTooSmall(file, path, 1_000_000);
    assert.ok(statSync(file).size < 20_000);
    assert.equal(statedSize(file, path), 1000);
    assert.equal(unpacked(path).length, 1_000_000);
  });

  for (const path of [PHOTO, `${PHOTO}.supplemental-metadata.json`])
    it(`an entry states a million bytes more than it has: ${path.slice(-4)}`, { skip: !UNZIP }, () => {
      const before = unpacked(path).length;
      oddities.declaredTooLarge(file, path);
      assert.equal(unpacked(path).length, before);
      assert.equal(statedSize(file, path), before + 1_000_000);
    });

  it('an encrypted entry asks for a password', { skip: !PYTHON }, () => {
    oddities.encrypted(file, PHOTO);
    assert.match(readByPython(PHOTO), /password required/);
  });

  it('json of 100 MB takes a thousandth of that in the archive', () => {
    const before = statSync(file).size;
    oddities.hugeJson(file);
    assert.ok(statSync(file).size - before < 200_000);
  });

  it('a truncated part has no directory, a part of other content the same name', () => {
    const other = join(folder, 'other');
    mkdirSync(other);
    const second = oddities.sameNumberOtherContent(file, other);
    assert.equal(basename(second), basename(file));
    assert.notDeepEqual(entryNames(second), entryNames(file));
    assert.ok(readFileSync(oddities.downloadedAgain(file)).equals(readFileSync(file)));
    oddities.truncated(file);
    assert.throws(() => entryNames(file), /no zip file/);
    assert.ok(existsSync(oddities.unfinishedDownload(file)));
  });

  it('archives of other things are zip files without a photograph', () => {
    for (const path of [oddities.withoutGooglePhotos(folder), oddities.noTakeout(folder), oddities.emptyZip(folder)])
      assert.ok(entryNames(path).every((name) => !name.endsWith('.jpg')));
    assert.throws(() => entryNames(oddities.pageInsteadOfZip(folder)), /no zip file/);
  });

  it('a FIFO stands where a part should be', { skip: !MKFIFO }, () => {
    assert.ok(lstatSync(oddities.fifo(folder)).isFIFO());
  });

  it('a big export has the entries it was asked for and holds what it says', { skip: !UNZIP }, () => {
    const { files, entries, items, copies, sidecars, albums } = bigExport(folder, 2000, 3);
    assert.equal(entries, 2000);
    assert.equal(items + copies + sidecars + albums, entries);
    assert.equal(files.flatMap(entryNames).length, entries);
    for (file of files) assert.match(unzipTest(), /No errors detected/);
  });

  const size = 40 * 1024 * 1024 + 17;
  const videos: [string, () => VideoPart | Promise<VideoPart>][] = [
    ['stored', () => storedVideoPart(folder, size)],
    ['stored, with a data descriptor', () => storedVideoPart(folder, size, { descriptor: true })],
    ['deflated', () => deflatedVideoPart(folder, size)],
  ];
  for (const [title, make] of videos)
    it(`a part with a video (${title}) is a whole zip file`, { skip: !UNZIP }, async () => {
      const part = await make();
      file = part.file;
      assert.match(unzipTest(), /No errors detected/);
      assert.equal(entryNames(file).length, 4);
      const video = unpacked(part.video);
      assert.equal(video.length, size);
      assert.ok(video.equals(part.read(0, size)), 'the bytes are those that the part says');
    });
});
