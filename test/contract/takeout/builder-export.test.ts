import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { LANGUAGES, type Language } from '../../takeout/builder/languages.js';
import { describeLibrary } from '../../takeout/builder/library.js';
import { brokenSums } from '../../takeout/builder/truth.js';
import { writeExport, type ExportOptions, type WrittenExport } from '../../takeout/builder/write-export.js';

const LISTING = fileURLToPath(new URL('../../../../test/takeout/builder/zip-listing.py', import.meta.url));
const PYTHON = spawnSync('python3', ['-c', 'import zipfile']).status === 0;
const UNZIP = spawnSync('unzip', ['-v']).status === 0;

const LIBRARY = describeLibrary({
  photos: [
    { key: 'plain', title: 'IMG_1.jpg', people: ['Ada'], place: { latitude: 48.1, longitude: 11.5, altitude: 519 } },
    { key: 'twin', title: 'IMG_1.jpg', favorite: true },
    { key: 'edited', title: 'IMG_2.jpg', edited: true },
    { key: 'live', title: 'IMG_3.HEIC', moving: '.MP4' },
    { key: 'motion', title: 'PXL_4.MP.jpg', moving: '.MP' },
    { key: 'long', title: `${'x'.repeat(60)}.jpg`, edited: true },
    { key: 'no-sidecar', title: 'IMG_20190315_135713.jpg', sidecar: 'none' },
    { key: 'trashed', title: 'gone.png', trashed: true },
    { key: 'locked', title: 'secret.png', locked: true },
    { key: 'old', title: 'scan.jpg', takenMs: Date.UTC(1962, 3, 1) },
  ],
  albums: [
    { key: 'trip', title: 'Trip', members: ['twin', 'edited', 'live'], sidecarMembers: ['old'] },
    { key: 'untitled', title: '', members: ['plain'] },
    { key: 'empty', title: 'Nothing yet' },
  ],
  orphans: [{ title: 'lost.jpg', takenMs: Date.UTC(2023, 1, 1) }],
});

describe('exports of the Takeout builder', () => {
  let folder: string;
  let count = 0;
  before(() => (folder = mkdtempSync(join(tmpdir(), 'takeout-builder-'))));
  after(() => rmSync(folder, { recursive: true, force: true }));

  function build(options: Partial<ExportOptions>): Promise<WrittenExport> {
    count += 1;
    return writeExport(LIBRARY, { folder, stamp: `20260301T10${String(1000 + count)}Z`, ...options });
  }

  it('the files of a library have the names and the counters of Google', async () => {
    const { plan } = await build({});
    const names = plan.files.map(({ path }) => path.replace('Takeout/Google Photos/', ''));
    for (const name of [
      'Photos from 2023/IMG_1.jpg',
      'Photos from 2023/IMG_1(1).jpg',
      'Photos from 2023/IMG_1.jpg.supplemental-metadata(1).json',
      'Photos from 2023/IMG_2-edited.jpg',
      'Photos from 2023/IMG_3.MP4',
      'Photos from 2023/PXL_4.MP',
      `Photos from 2023/${'x'.repeat(47)}.jpg`,
      `Photos from 2023/${'x'.repeat(47)}(1).jpg`,
      'Photos from 1962/scan.jpg',
      'Trash/gone.png',
      'Locked Folder/secret.png',
      'Trip/IMG_1.jpg',
      'Trip/IMG_3.MP4',
      'Trip/scan.jpg.supplemental-metadata.json',
      'Trip/metadata.json',
      'Untitled/metadata.json',
      'Nothing yet/metadata.json',
      'Photos from 2023/lost.jpg.supplemental-metadata.json',
    ])
      assert.ok(names.includes(name), `${name} is missing in ${names.join('\n')}`);
    assert.equal(new Set(names).size, names.length, 'no path is there twice');
  });

  it('the accounting of a library is that of its description, counted by hand', async () => {
    const { truth } = await build({ parts: 3, repeated: 4 });
    assert.deepEqual(truth.accounting, {
      entries: 48,
      media: 20,
      items: 10,
      copies: 4,
      edited: 3,
      moving: 3,
      sidecars: 15,
      matched: 13,
      memberships: 1,
      orphans: 1,
      albumFiles: 3,
      otherJson: 3,
      skipped: 3,
      unreadable: 0,
      repeated: 4,
      refused: 0,
      without: 1,
      unsure: 0,
    });
  });

  it('the truth names times, albums, flags and what belongs together', async () => {
    const { truth } = await build({});
    const of = (key: string, role = 'original') => truth.items.find((item) => item.key === key && item.role === role);
    assert.deepEqual(of('twin')?.albums, ['trip']);
    assert.deepEqual(of('old')?.albums, ['trip']);
    assert.equal(of('old')?.takenMs, Date.UTC(1962, 3, 1));
    assert.equal(of('no-sidecar')?.takenMs, Date.UTC(2019, 2, 15, 13, 57, 13));
    assert.equal(of('no-sidecar')?.timeSource, 'name');
    assert.equal(of('edited', 'edited')?.name, 'IMG_2-edited.jpg');
    assert.equal(of('edited', 'edited')?.editedOf, 'IMG_2.jpg');
    assert.equal(of('motion', 'moving')?.name, 'PXL_4.MP.mp4');
    assert.equal(of('live', 'moving')?.name, 'IMG_3.MP4');
    assert.equal(of('locked')?.locked, true);
  });

  for (const language of Object.keys(LANGUAGES) as Language[])
    for (const style of ['old', 'new', 'uncut'] as const)
      it(`the sums of an export hold: language ${language}, sidecars ${style}`, async () => {
        const { truth, plan } = await build({ language, style, parts: 2, repeated: 1 });
        assert.deepEqual(brokenSums(truth.accounting), []);
        const bases = plan.files.filter(({ role }) => ['original', 'edited', 'moving'].includes(role));
        for (const { path } of bases)
          assert.ok(path.slice(path.lastIndexOf('/') + 1).replace(/\(\d+\)/, '').length <= 51, path);
      });

  const kinds: [string, Partial<ExportOptions>][] = [
    ['usual', {}],
    ['stored', { compression: 'stored' }],
    ['deflated', { compression: 'deflated' }],
    ['mixed with data descriptors', { compression: 'mixed', descriptors: true }],
    ['stored with data descriptors', { compression: 'stored', descriptors: true }],
    ['zip64', { zip64: true }],
    ['of group 3 in Japanese, paths in NFD', { group: 3, language: 'ja', decomposed: true }],
  ];
  for (const [title, options] of kinds) {
    it(`Python reads from an export (${title}) what was written`, { skip: !PYTHON }, async () => {
      const { parts } = await build({ parts: 3, repeated: 2, ...options });
      const read = JSON.parse(
        execFileSync('python3', [LISTING, ...parts.map(({ file }) => file)], { encoding: 'utf8' }),
      ) as { name: string; sha256: string; size: number }[][];
      assert.deepEqual(
        read.map((entries) => entries.map(({ name, sha256, size }) => ({ name, sha256, size }))),
        parts.map(({ files }) =>
          files.map(({ path, bytes }) => ({
            name: path,
            sha256: createHash('sha256').update(bytes).digest('hex'),
            size: bytes.length,
          })),
        ),
      );
    });

    it(`unzip -t finds no fault in an export (${title})`, { skip: !UNZIP }, async () => {
      const { parts } = await build({ parts: 2, ...options });
      for (const { file } of parts) {
        const { status, stdout } = spawnSync('unzip', ['-t', file], { encoding: 'utf8' });
        assert.equal(status, 0, stdout);
      }
    });
  }

  it('files are scattered over the parts, none of them empty, and a repeated one lies in two', async () => {
    const { parts } = await build({ parts: 4, repeated: 6 });
    const homes = new Map<string, number[]>();
    for (const { number, files } of parts)
      for (const { path } of files) homes.set(path, [...(homes.get(path) ?? []), number]);
    assert.equal(parts.length, 4);
    assert.ok(parts.every(({ files }) => files.length > 0));
    const repeated = [...homes.values()].filter((numbers) => numbers.length > 1);
    assert.equal(repeated.length, 6);
    assert.ok(repeated.every(([first, second]) => first !== second));
    const apart = [...homes].filter(
      ([path, [home]]) => homes.get(`${path}.supplemental-metadata.json`)?.includes(home ?? 0) === false,
    );
    assert.ok(apart.length > 0, 'some sidecar lies in another part than its media');
  });

  it('an extracted export is a folder with all files of its parts', async () => {
    const { parts, plan } = await build({ parts: 3, extracted: true });
    const root = parts[0]?.file ?? '';
    const found = readdirSync(root, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
    assert.equal(found.length, plan.files.length);
    for (const { path, bytes } of plan.files) assert.ok(readFileSync(join(root, path)).equals(bytes), path);
  });

  it('an incremental export has the photographs it was asked for and only albums of them', async () => {
    const { truth, plan } = await build({ only: new Set(['edited', 'old']) });
    assert.deepEqual(
      truth.items.map(({ key, role }) => `${key} ${role}`),
      ['edited original', 'edited edited', 'old original'],
    );
    assert.deepEqual(
      truth.albums.map(({ key }) => key),
      ['trip'],
    );
    assert.ok(plan.files.every(({ photo }) => photo === undefined || ['edited', 'old'].includes(photo)));
  });
});
