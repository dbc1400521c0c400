import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readlinkSync, renameSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { bytesOfSources } from '../../../src/filesystem/bytes-of-sources.js';
import type { OpenBytes } from '../../../src/filesystem/content-access.js';
import { FsError } from '../../../src/filesystem/file-system.js';
import { LocalFiles, type LocalBytes } from '../../../src/filesystem/local-files.js';
import type { MediaId } from '../../../src/library/media-item.js';

const ARCHIVE = Buffer.from('header|first photo|second photo|directory');
const FIRST = 'takeout:1' as MediaId;

interface World {
  readonly folder: string;
  readonly archive: string;
  readonly files: LocalFiles;
  readonly open: (id?: MediaId, size?: number) => Promise<OpenBytes>;
  /** Descriptors of this process on the archive. */
  readonly openCount: () => number;
}

function isOn(archive: string, descriptor: string): boolean {
  try {
    return readlinkSync(`/proc/self/fd/${descriptor}`).startsWith(archive);
  } catch {
    return false;
  }
}

async function withArchive(work: (world: World) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'local-files-'));
  const archive = join(folder, 'takeout-001.zip');
  writeFileSync(archive, ARCHIVE);
  const places: Record<string, LocalBytes> = {
    [FIRST]: { file: archive, offset: 7, length: 11 },
    'takeout:2': { file: archive, offset: 19, length: 12 },
  };
  const files = new LocalFiles({
    locate: (id) => {
      const place = places[id];
      if (place === undefined) throw new FsError('EIO', 'takeout-002.zip is not there (/mnt/usb)');
      return place;
    },
  });
  try {
    await work({
      folder,
      archive,
      files,
      open: (id = FIRST, size = places[id]?.length ?? 0) =>
        Promise.resolve(files.open({ ref: { id, kind: 'photo' }, size })),
      openCount: () => readdirSync('/proc/self/fd').filter((descriptor) => isOn(archive, descriptor)).length,
    });
  } finally {
    files.close();
    rmSync(folder, { recursive: true });
  }
}

async function text(file: OpenBytes, position = 0, length = 100): Promise<string> {
  const buffer = Buffer.alloc(length);
  return buffer.toString('utf8', 0, await file.read(buffer, position));
}

describe('bytes that are on this machine', () => {
  it('are those of the item alone, at any position, and none after its end', () =>
    withArchive(async ({ open }) => {
      const file = await open();
      assert.equal(file.size, 11);
      assert.equal(await text(file), 'first photo');
      assert.equal(await text(file, 6, 3), 'pho');
      assert.equal(await text(file, 11), '');
      assert.equal(await text(file, 500), '');
      assert.equal(await text(await open('takeout:2' as MediaId)), 'second photo');
    }));

  it(
    'share one descriptor for all readers of an archive, and leave none behind',
    { skip: process.platform !== 'linux' },
    () =>
      withArchive(async ({ files, open, openCount }) => {
        const readers = await Promise.all([open(), open('takeout:2' as MediaId)]);
        readers.push(await open());
        assert.ok(openCount() <= 2, 'two that opened at once may have one each');
        files.close();
        assert.equal(await text(readers[0]), 'first photo', 'a reader goes on after the file is given up');
        for (const reader of [...readers, ...readers]) reader.close();
        while (openCount() > 0) await new Promise(setImmediate);
      }),
  );

  it('are an error that names the file where it is missing, cut or a folder, and come back with it', () =>
    withArchive(async ({ folder, archive, open }) => {
      await assert.rejects(open('takeout:9' as MediaId, 5), { code: 'EIO', message: /takeout-002\.zip is not there/ });
      const away = join(folder, 'away');
      renameSync(archive, away);
      await assert.rejects(open(), { code: 'EIO', message: `${archive} is not there` });
      renameSync(away, archive);
      const file = await open();
      assert.equal(await text(file), 'first photo');
      truncateSync(archive, 10);
      await assert.rejects(text(file), { code: 'EIO', message: /was cut while it was read/ });
      await assert.rejects(open(), { code: 'EIO', message: /was cut: it has 10 bytes/ });
    }));

  it('are never those of another length than is shown', () =>
    withArchive(async ({ open }) => {
      await assert.rejects(open(FIRST, 12), { code: 'EIO', message: /other bytes than are listed/ });
    }));

  it('come from the file that stands at the path when an item is opened', () =>
    withArchive(async ({ folder, archive, open }) => {
      const before = await open();
      writeFileSync(join(folder, 'new'), ARCHIVE.toString().toUpperCase());
      renameSync(join(folder, 'new'), archive);
      assert.equal(await text(await open()), 'FIRST PHOTO');
      assert.equal(await text(before), 'first photo');
    }));

  it('are chosen by the source of the copy that is shown', async () => {
    const from = (name: string) => ({ open: () => ({ size: name.length, read: () => 0, close: () => undefined }) });
    const bytes = bytesOfSources({ app: from('of Google'), takeout: from('of the archive') });
    const sizeOf = (id: string): Promise<number> =>
      Promise.resolve(bytes.open({ ref: { id: id as MediaId, kind: 'photo' }, size: 1 })).then(({ size }) => size);
    assert.equal(await sizeOf('AF1Qip'), 9);
    assert.equal(await sizeOf('takeout:AF1Qip'), 14);
    assert.throws(() => bytes.open({ ref: { id: 'picked:1' as MediaId, kind: 'photo' }, size: 1 }), { code: 'EIO' });
  });
});
