import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, truncateSync, writeFileSync, appendFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { crc32 } from 'node:zlib';
import { ArchiveError, type ArchiveFault } from '../../../src/takeout/archives/archive-error.js';
import type { ArchiveEntry } from '../../../src/takeout/archives/entry.js';
import { listPart, readDirectoryFacts, type PartListing } from '../../../src/takeout/archives/list-part.js';
import { PartFile } from '../../../src/takeout/archives/part-file.js';
import { patchDirectory, replaceBytes, writeZip, type ZippedFile } from './zip-files.js';

const place = mkdtempSync(join(tmpdir(), 'list-part-'));
after(() => rmSync(place, { recursive: true }));
let made = 0;

async function zipOf(files: readonly ZippedFile[]): Promise<string> {
  made += 1;
  const path = join(place, `takeout-${made}.zip`);
  await writeZip(path, files);
  return path;
}

async function listed(path: string): Promise<PartListing & { readonly found: ArchiveEntry[] }> {
  const file = PartFile.open(path);
  try {
    const found: ArchiveEntry[] = [];
    const listing = await listPart(file, (entries) => found.push(...entries));
    const { total, taken, folders, skipped, repeated, refusedCount } = listing.counts;
    assert.equal(total, taken + folders + skipped + repeated + refusedCount, 'each entry is counted once');
    assert.equal(found.length, taken);
    return { ...listing, found };
  } finally {
    file.close();
  }
}

async function assertFault(path: string, fault: ArchiveFault, words: RegExp): Promise<void> {
  await assert.rejects(listed(path), (error) => {
    assert.ok(error instanceof ArchiveError, String(error));
    assert.equal(error.fault, fault);
    assert.equal(error.file, path);
    assert.match(error.message, words);
    return true;
  });
}

const folder = 'Takeout/Google Photos/Photos from 2023';

describe('listing a part', () => {
  it('stored, deflated and zip64 entries and those with data descriptors are listed with size, CRC and place', async () => {
    const files = [
      { name: `${folder}/a.jpg`, bytes: 'aaaa' },
      { name: `${folder}/b.jpg`, bytes: 'b'.repeat(1000), isDeflated: true },
      { name: `${folder}/c.mp4`, bytes: 'cc', hasDescriptor: true },
      { name: `${folder}/d.mp4`, bytes: 'ddd', isZip64: true },
      { name: `${folder}/empty.jpg`, bytes: '' },
    ];
    const { found, counts, entries } = await listed(await zipOf(files));
    assert.deepEqual([counts.refused, entries], [[], 5]);
    assert.deepEqual(
      found.map(({ folder: at, name, size, crc, method }) => [`${at}/${name}`, size, crc, method]),
      files.map(({ name, bytes, isDeflated }) => [
        name,
        bytes.length,
        crc32(bytes),
        isDeflated === true ? 'deflated' : 'stored',
      ]),
    );
    assert.equal(found[0]?.headerOffset, 0);
  });

  it('names without the flag for UTF-8 are UTF-8 where their bytes are, else CP437', async () => {
    const path = await zipOf([
      { name: 'Takeout/Zdjęcia/é.jpg', bytes: 'a' },
      { name: 'Takeout/Fotos/x_.jpg', bytes: 'b' },
    ]);
    patchDirectory(path, 'Takeout/Zdjęcia/é.jpg', 'flags', (flags) => flags & ~0x800);
    // é of CP437
    patchDirectory(path, 'Takeout/Fotos/x_.jpg', 'flags', (flags) => flags & ~0x800);
    replaceBytes(path, 'Fotos/x_.jpg', 'Fotos/x\x82.jpg');
    const { found } = await listed(path);
    assert.deepEqual(
      found.map(({ name }) => name),
      ['é.jpg', 'xé.jpg'],
    );
  });

  it('each entry with a hostile name is refused by itself and named, and the others are taken', async () => {
    const path = await zipOf([
      { name: 'Takeout/x/good.jpg', bytes: 'a' },
      { name: 'Takeout/aa/evil1.jpg', bytes: 'b' },
      { name: 'takeout/x/evil2.jpg', bytes: 'c' },
      { name: 'Takeout/x/evil3_.jpg', bytes: 'd' },
      { name: 'Takeout/x/evil4_.jpg', bytes: 'e' },
      { name: 'Cxx/evil5.jpg', bytes: 'f' },
      { name: 'Takeout/x/_/evil6.jpg', bytes: 'g' },
    ]);
    replaceBytes(path, 'Takeout/aa/evil1', 'Takeout/../evil1');
    replaceBytes(path, 'takeout/x/evil2', '/akeout/x/evil2');
    replaceBytes(path, 'evil3_', 'evil3\0');
    replaceBytes(path, 'evil4_', 'evil4\\');
    replaceBytes(path, 'Cxx/evil5', 'C:x/evil5');
    replaceBytes(path, 'x/_/evil6', 'x/./evil6');
    const { found, counts } = await listed(path);
    assert.deepEqual(
      found.map(({ name }) => name),
      ['good.jpg'],
    );
    assert.deepEqual(
      counts.refused.map(({ reason }) => reason),
      [
        'its path leads out of the archive (..)',
        'its path is absolute',
        'its name holds a NUL byte',
        'its name holds a backslash',
        'its path is absolute',
        'its path has an empty part',
      ],
    );
  });

  it('links, encrypted and unknown methods, impossible sizes and places are refused by entry', async () => {
    const names = ['link', 'locked', 'method', 'stored', 'bomb', 'outside', 'device', 'good'];
    const path = await zipOf([
      { name: 'T/link', bytes: 'x', mode: 0o120777 },
      ...names.slice(1, 6).map((name) => ({ name: `T/${name}`, bytes: name, isDeflated: name === 'bomb' })),
      { name: 'T/device', bytes: 'x', mode: 0o020644 },
      { name: 'T/good', bytes: 'x' },
    ]);
    patchDirectory(path, 'T/locked', 'flags', (flags) => flags | 1);
    patchDirectory(path, 'T/method', 'method', () => 12);
    patchDirectory(path, 'T/stored', 'size', (size) => size + 1);
    patchDirectory(path, 'T/bomb', 'size', () => 1_000_000);
    patchDirectory(path, 'T/outside', 'headerOffset', () => 1_000_000);
    const { found, counts } = await listed(path);
    assert.deepEqual(
      found.map(({ name }) => name),
      ['good'],
    );
    assert.deepEqual(
      counts.refused.map(({ name, reason }) => `${name}: ${reason}`),
      [
        'T/link: it is a symbolic link',
        'T/locked: it is encrypted',
        'T/method: it is packed by a method that is not known (12)',
        'T/stored: its declared size cannot be true',
        'T/bomb: its declared size cannot be true',
        'T/outside: its bytes lie outside the file',
        'T/device: it is neither a file nor a folder',
      ],
    );
  });

  it('a path that stands twice counts as repeated with equal bytes, and is refused with others', async () => {
    const path = await zipOf([
      { name: 'T/a.jpg', bytes: 'one' },
      { name: 'T/b.jpg', bytes: 'one' },
      { name: 'T/c.jpg', bytes: 'two' },
    ]);
    replaceBytes(path, 'T/b.jpg', 'T/a.jpg');
    replaceBytes(path, 'T/c.jpg', 'T/a.jpg');
    const { found, counts } = await listed(path);
    assert.deepEqual(
      found.map(({ crc }) => crc),
      [crc32('one')],
    );
    assert.equal(counts.repeated, 1);
    assert.match(counts.refused[0]?.reason ?? '', /with other bytes/);
  });

  it('folders and junk of systems and file servers are counted and not listed', async () => {
    const { found, counts } = await listed(
      await zipOf([
        { name: 'T/empty/', bytes: '' },
        { name: '__MACOSX/T/._a.jpg', bytes: 'x' },
        { name: 'T/._a.jpg', bytes: 'x' },
        { name: 'T/.DS_Store', bytes: 'x' },
        { name: 'T/Thumbs.db', bytes: 'x' },
        { name: 'T/desktop.ini', bytes: 'x' },
        { name: 'T/@eaDir/a.jpg', bytes: 'x' },
        { name: 'T/a.jpg', bytes: 'x' },
      ]),
    );
    assert.deepEqual([found.length, counts.folders, counts.skipped], [1, 1, 6]);
  });

  it('a part that is empty, cut, no zip or no plain file is refused with its path', async () => {
    const path = await zipOf([{ name: 'T/a.jpg', bytes: 'x'.repeat(5000) }]);
    truncateSync(path, 4000);
    await assertFault(path, 'damaged', /cut short/);
    writeFileSync(path, '');
    await assertFault(path, 'damaged', /empty/);
    writeFileSync(path, 'no zip at all, but a text of some length');
    await assertFault(path, 'damaged', /no zip/);
    await assertFault(join(place, 'none.zip'), 'missing', /is not there/);
    await assertFault(place, 'not-a-file', /is a folder/);
  });

  it('a part whose directory is broken in the middle is refused', async () => {
    const path = await zipOf([
      { name: 'T/a.jpg', bytes: 'x' },
      { name: 'T/b.jpg', bytes: 'x' },
    ]);
    replaceBytes(path, 'PK\x01\x02', 'PK\x01\x03');
    await assertFault(path, 'damaged', /is damaged/);
    appendFileSync(path, 'more');
    await assertFault(path, 'damaged', /damaged/);
  });

  it('the CRC of the directory stays while the part is unchanged and differs after another file was zipped', async () => {
    const factsOf = async (bytes: string): Promise<number> => {
      const file = PartFile.open(await zipOf([{ name: 'T/a.jpg', bytes }]));
      const facts = await readDirectoryFacts(file);
      const again = await listPart(file, () => undefined);
      assert.equal(again.directoryCrc, facts.directoryCrc);
      assert.equal(again.directoryOffset, facts.directoryOffset);
      file.close();
      return facts.directoryCrc;
    };
    assert.notEqual(await factsOf('one'), await factsOf('two'));
  });

  it('5,000 entries come in batches, all of them', async () => {
    const files = Array.from({ length: 5000 }, (_, index) => ({ name: `T/f/${index}.jpg`, bytes: '' }));
    const { found } = await listed(await zipOf(files));
    assert.equal(new Set(found.map(({ name }) => name)).size, 5000);
  });
});
