import assert from 'node:assert/strict';
import { closeSync, mkdirSync, openSync, statSync, writeSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { describe, it } from 'node:test';
import { noise } from '../emulator/filler.js';
import { picked } from '../support/chance.js';
import { outcome, readToEnd } from '../support/mounted-files.js';
import { untilRead, withTakeouts } from '../support/takeout-mount.js';
import { until } from '../support/until.js';
import { describeLibrary, type Library } from '../takeout/builder/library.js';
import * as odd from '../takeout/builder/oddities.js';
import { writeExport } from '../takeout/builder/write-export.js';
import { differencesFromTruth } from '../takeout/truth-check.js';

/** Far more than the kernel, or this program, reads ahead. */
const VIDEO_BYTES = 16 * 1024 * 1024;
const STEP = 128 * 1024;
/** The daemon looks at a part again when a read has failed. */
const LOOK_MS = 15_000;

function libraryOf(seed: number): Library {
  const photos = [
    { title: 'VID.mp4', takenMs: Date.UTC(2021, 2, 1), size: VIDEO_BYTES },
    { title: 'IMG.jpg', takenMs: Date.UTC(2021, 2, 2), size: 5000 },
  ];
  return describeLibrary({ photos, seed });
}

/** Reads on to the end. Returns the error that ended it, or `ok`; rejects at the first byte that is not that of `wanted`. */
async function readOn(file: Awaited<ReturnType<typeof open>>, wanted: Buffer, from: number): Promise<string> {
  const buffer = Buffer.alloc(STEP);
  for (let at = from; at < wanted.length;) {
    const read = await file
      .read(buffer, 0, STEP, at)
      .catch((error: unknown) => (error as NodeJS.ErrnoException).code ?? '');
    if (typeof read === 'string') return read;
    assert.ok(read.bytesRead > 0, `the file ends at ${at}`);
    const piece = buffer.subarray(0, read.bytesRead);
    assert.ok(piece.equals(wanted.subarray(at, at + piece.length)), `other bytes at ${at}`);
    at += piece.length;
  }
  return 'ok';
}

function rewrite(file: string): void {
  const { size } = statSync(file);
  const descriptor = openSync(file, 'r+');
  writeSync(descriptor, noise(5, size).read(0, size), 0, size, 0);
  closeSync(descriptor);
}

const CHANGES: readonly { readonly how: string; readonly change: (file: string, other: string) => void }[] = [
  { how: 'rewritten in place with as many other bytes', change: rewrite },
  { how: 'cut short', change: (file) => odd.truncated(file, 0.3) },
  { how: 'replaced by a rename', change: (file, other) => odd.replaced(file, other) },
];

describe('a Takeout archive that changes while a program reads a file of it', () => {
  for (const compression of ['stored', 'deflated'] as const)
    for (const { how, change } of compression === 'stored' ? CHANGES : picked(CHANGES))
      it(`a part that is ${how} while a ${compression} video is read: the reader gets the old bytes or EIO, never others, and what the part holds then is what shows`, () =>
        withTakeouts(async ({ downloads: folder, folders, add, mount }) => {
          const made = await writeExport(libraryOf(1), { folder, compression });
          const elsewhere = join(folders.home, 'other');
          mkdirSync(elsewhere);
          const other = await writeExport(libraryOf(2), { folder: elsewhere, compression });
          const [file = '', by = ''] = [made, other].map(({ parts }) => parts[0]?.file ?? '');
          const wanted = made.plan.files.find(({ path }) => basename(path) === 'VID.mp4')?.bytes ?? Buffer.alloc(0);
          await add('--wait', file);
          await mount({}, async (mounted) => {
            await untilRead(mounted);
            const video = join(mounted.path, 'media/all/VID.mp4');
            const reader = await open(video);
            try {
              const first = Buffer.alloc(STEP);
              await reader.read(first, 0, STEP, 0);
              assert.ok(first.equals(wanted.subarray(0, STEP)));
              change(file, by);
              const ended = await readOn(reader, wanted, STEP);
              // What is unpacked goes into the cache, and may all be there already.
              if (compression === 'stored') assert.equal(ended, 'EIO');
              else assert.ok(['ok', 'EIO'].includes(ended), ended);
            } finally {
              await reader.close();
            }
            if (how.startsWith('replaced')) {
              // Until the part is looked at, status tells the old one's state.
              let differences: readonly string[] = ['nothing was looked at'];
              const isShown = async (): Promise<boolean> => {
                // Names go while they are listed.
                differences = await differencesFromTruth(mounted.path, other.truth).catch((gone: unknown) => [
                  String(gone),
                ]);
                return differences.length === 0;
              };
              await until('the mount shows what the new part holds', isShown, LOOK_MS).catch(() => undefined);
              assert.deepEqual(differences, []);
              return;
            }
            const photo = join(mounted.path, 'media/all/IMG.jpg');
            assert.equal(await readToEnd(photo), 'EIO');
            await mounted.untilStatus(
              'status names the part',
              ({ errors, takeout }) =>
                (takeout.exports[0]?.parts[0]?.error?.includes(file) ?? false) &&
                errors.some(({ message, resolvedAt }) => resolvedAt === null && message.includes(file)),
              LOOK_MS,
            );
            assert.equal(statSync(photo).size, 5000);
          });
        }));

  it('a file of an extracted export that is replaced while it is read: the reader gets the old bytes or EIO, and a new reader the new bytes', () =>
    withTakeouts(async ({ downloads: folder, add, mount }) => {
      const made = await writeExport(libraryOf(1), { folder, extracted: true });
      const [root = ''] = made.parts.map(({ file }) => file);
      const entry = made.plan.files.find(({ path }) => basename(path) === 'VID.mp4');
      const wanted = entry?.bytes ?? Buffer.alloc(0);
      await add('--wait', root);
      await mount({}, async (mounted) => {
        await untilRead(mounted);
        const video = join(mounted.path, 'media/all/VID.mp4');
        const reader = await open(video);
        const first = Buffer.alloc(STEP);
        await reader.read(first, 0, STEP, 0);
        rewrite(join(root, entry?.path ?? ''));
        assert.equal(await readOn(reader, wanted, STEP).finally(() => reader.close()), 'EIO');
        assert.equal(await outcome(open(video).then((again) => again.close())), 'ok');
      });
    }));
});
