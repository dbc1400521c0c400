import assert from 'node:assert/strict';
import { closeSync, mkdirSync, mkdtempSync, openSync, rmSync, ftruncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { ArchiveError } from '../../../src/takeout/archives/archive-error.js';
import type { ArchiveEntry } from '../../../src/takeout/archives/entry.js';
import { listFolder } from '../../../src/takeout/archives/list-folder.js';
import { listPart } from '../../../src/takeout/archives/list-part.js';
import { PartFile } from '../../../src/takeout/archives/part-file.js';
import { readJsonEntries, readJsonFiles, type JsonBatch } from '../../../src/takeout/archives/read-json-entries.js';
import { damageContent, patchDirectory, replaceBytes, writeZip, type ZippedFile } from './zip-files.js';

const place = mkdtempSync(join(tmpdir(), 'read-json-'));
after(() => rmSync(place, { recursive: true }));
const path = join(place, 'part.zip');

interface Read {
  readonly texts: Record<string, string>;
  readonly faults: Record<string, string>;
  readonly batches: number;
}

function named(entries: readonly ArchiveEntry[], batches: Iterable<JsonBatch>): Read {
  const read: Read = { texts: {}, faults: {}, batches: 0 };
  let count = 0;
  for (const { texts, faults } of batches) {
    count += 1;
    for (const { index, text } of texts) read.texts[entries[index]?.name ?? ''] = text;
    for (const { index, reason } of faults) read.faults[entries[index]?.name ?? ''] = reason;
  }
  return { ...read, batches: count };
}

async function readAll(): Promise<Read> {
  const file = PartFile.open(path);
  try {
    const entries: ArchiveEntry[] = [];
    await listPart(file, (some) => entries.push(...some));
    return named(entries, readJsonEntries(file, entries));
  } finally {
    file.close();
  }
}

async function zipped(files: readonly ZippedFile[]): Promise<void> {
  await writeZip(path, files);
}

describe('reading the JSON files of a part', () => {
  it('stored and deflated texts come whole, without a byte order mark, also where they lie far apart', async () => {
    await zipped([
      { name: 'T/a.json', bytes: '{"title":"ä"}' },
      { name: 'T/video.mp4', bytes: Buffer.alloc(3_000_000, 'x') },
      { name: 'T/b.json', bytes: `\uFEFF{"title":"${'b'.repeat(500)}"}`, isDeflated: true },
      { name: 'T/empty.json', bytes: '' },
      { name: 'T/c.json', bytes: 'c'.repeat(200_000), isDeflated: true, hasDescriptor: true },
    ]);
    const { texts, faults } = await readAll();
    assert.deepEqual(Object.keys(faults), ['video.mp4']);
    assert.equal(texts['a.json'], '{"title":"ä"}');
    assert.equal(texts['b.json'], `{"title":"${'b'.repeat(500)}"}`);
    assert.equal(texts['empty.json'], '');
    assert.equal(texts['c.json'], 'c'.repeat(200_000));
  });

  it('a wrong CRC, damaged bytes, a size too small or too large is a fault of that entry alone', async () => {
    await zipped([
      { name: 'T/crc.json', bytes: 'the stored text' },
      { name: 'T/bomb.json', bytes: 'b'.repeat(5000), isDeflated: true },
      { name: 'T/short.json', bytes: 's'.repeat(5000), isDeflated: true },
      { name: 'T/header.json', bytes: 'h' },
      { name: 'T/good.json', bytes: '{}' },
    ]);
    damageContent(path, 'the stored text');
    patchDirectory(path, 'T/bomb.json', 'size', () => 4000);
    patchDirectory(path, 'T/short.json', 'size', () => 6000);
    patchDirectory(path, 'T/header.json', 'headerOffset', (offset) => offset + 1);
    const { texts, faults } = await readAll();
    assert.deepEqual(faults, {
      'crc.json': 'its CRC is wrong',
      'bomb.json': 'it has more bytes than its declared size',
      'short.json': 'its declared size is wrong',
      'header.json': 'its local header is damaged',
    });
    assert.deepEqual(texts, { 'good.json': '{}' });
  });

  it('compressed bytes that cannot be unpacked are a fault of that entry alone', async () => {
    await zipped([{ name: 'T/a.json', bytes: 'abcabcabc'.repeat(100), isDeflated: true }]);
    const entries: ArchiveEntry[] = [];
    const file = PartFile.open(path);
    await listPart(file, (some) => entries.push(...some));
    const [entry] = entries;
    assert.ok(entry);
    // Its bytes begin later: what is there is no deflate stream.
    const faults = named(entries, readJsonEntries(file, [{ ...entry, packed: entry.packed - 3 }])).faults;
    assert.deepEqual(faults, { 'a.json': 'its compressed bytes are damaged' });
    file.close();
  });

  it('a JSON file of 100 MB is reported as too large and not read', async () => {
    await zipped([
      { name: 'T/huge.json', bytes: Buffer.alloc(100_000_000, ' '), isDeflated: true },
      { name: 'T/good.json', bytes: '{}' },
    ]);
    const { texts, faults } = await readAll();
    assert.deepEqual(faults, { 'huge.json': 'it is too large for a sidecar (100000000 bytes)' });
    assert.deepEqual(texts, { 'good.json': '{}' });
  });

  it('many texts come in several batches', async () => {
    await zipped(Array.from({ length: 3000 }, (_, index) => ({ name: `T/${index}.json`, bytes: `{"n":${index}}` })));
    const { texts, batches } = await readAll();
    assert.equal(texts['2999.json'], '{"n":2999}');
    assert.equal(Object.keys(texts).length, 3000);
    assert.equal(batches, 3);
  });

  it('a part that is cut while its texts are read ends the reading with an error that names it', async () => {
    await zipped(Array.from({ length: 40 }, (_, index) => ({ name: `T/${index}.json`, bytes: 'x'.repeat(100_000) })));
    const file = PartFile.open(path);
    const entries: ArchiveEntry[] = [];
    await listPart(file, (some) => entries.push(...some));
    const descriptor = openSync(path, 'r+');
    ftruncateSync(descriptor, 1_000_000);
    closeSync(descriptor);
    const { texts, faults } = named(entries, readJsonEntries(file, entries));
    assert.ok(Object.keys(texts).length < 11);
    assert.equal(Object.keys(texts).length + Object.keys(faults).length, 40);
    assert.throws(() => file.assertUnchanged(), ArchiveError);
    file.close();
  });

  it('texts of an extracted folder are read, and a file that changed or went is a fault of that file alone', () => {
    const root = join(place, 'folder');
    mkdirSync(join(root, 'T'), { recursive: true });
    for (const name of ['a', 'b', 'c']) writeFileSync(join(root, `T/${name}.json`), `{"n":"${name}"}`);
    const entries = [...listFolder(root)].flat().sort((a, b) => (a.name < b.name ? -1 : 1));
    writeFileSync(join(root, 'T/b.json'), 'longer than it was before');
    rmSync(join(root, 'T/c.json'));
    const { texts, faults } = named(entries, readJsonFiles(root, entries));
    assert.deepEqual(texts, { 'a.json': '{"n":"a"}' });
    assert.equal(faults['b.json'], 'its size has changed');
    assert.match(faults['c.json'] ?? '', /is not there/);
  });

  it('a local header that is not where the directory says is a fault of that entry alone', async () => {
    await zipped([{ name: 'T/a.json', bytes: '{}' }]);
    replaceBytes(path, 'PK\x03\x04', 'PK\x03\x05');
    assert.deepEqual((await readAll()).faults, { 'a.json': 'its local header is damaged' });
  });
});
