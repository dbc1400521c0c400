import assert from 'node:assert/strict';
import { copyFileSync, mkdirSync, readFileSync, renameSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { open, readdir, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { describe, it } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { picked } from '../support/chance.js';
import { canHangDrives, hangingDrive } from '../support/hanging-drive.js';
import { deviceOf, type MountedDaemon } from '../support/mounted.js';
import { names, outcome, readToEnd, treeOf } from '../support/mounted-files.js';
import { fingerprint, untilRead, withTakeouts } from '../support/takeout-mount.js';
import { describeLibrary } from '../takeout/builder/library.js';
import * as odd from '../takeout/builder/oddities.js';
import { brokenSums } from '../takeout/builder/truth.js';
import { writeExport, type WrittenExport } from '../takeout/builder/write-export.js';
import { differencesFromTruth } from '../takeout/truth-check.js';

/** Time for a part that comes back to be found: the daemon looks every 10 s. */
const BACK_MS = 15_000;

const PHOTOS = Array.from({ length: 12 }, (_, index) => ({
  title: `IMG_${1000 + index}.jpg`,
  takenMs: Date.UTC(2021, 2, 1 + index, 10),
  size: 300_000,
}));

function smallExport(folder: string, options: Partial<Parameters<typeof writeExport>[1]> = {}): Promise<WrittenExport> {
  return writeExport(describeLibrary({ photos: PHOTOS }), { folder, ...options });
}

/** Paths of the media that a part of an export has. */
function mediaOf({ parts }: WrittenExport, index: number): string[] {
  return parts[index]?.files.filter(({ role }) => role === 'original').map(({ path }) => basename(path)) ?? [];
}

async function digestOutcomes({ path }: MountedDaemon): Promise<Record<string, string>> {
  const all = join(path, 'media/all');
  const found: Record<string, string> = {};
  for (const name of await readdir(all)) {
    const bytes = await readToEnd(join(all, name));
    found[name] = typeof bytes === 'string' ? bytes : 'ok';
  }
  return found;
}

/** What goes wrong with the part, and how it becomes well again. */
const FAULTS: readonly { readonly title: string; readonly spoil: (file: string) => () => void }[] = [
  {
    title: 'moved away',
    spoil: (file) => {
      renameSync(file, `${file}.away`);
      return () => renameSync(`${file}.away`, file);
    },
  },
  {
    title: 'cut short',
    spoil: (file) => {
      const [bytes, { atime, mtime }] = [readFileSync(file), statSync(file)];
      odd.truncated(file, 0.5);
      return () => {
        writeFileSync(file, bytes);
        utimesSync(file, atime, mtime);
      };
    },
  },
  {
    title: 'replaced by a zip file of other things',
    spoil: (file) => {
      renameSync(file, `${file}.away`);
      const other = odd.noTakeout(join(file, '..'));
      renameSync(other, file);
      return () => renameSync(`${file}.away`, file);
    },
  },
  {
    title: 'replaced by a FIFO',
    spoil: (file) => {
      renameSync(file, `${file}.away`);
      renameSync(odd.fifo(join(file, '..')), file);
      return () => renameSync(`${file}.away`, file);
    },
  },
];

describe('Takeout archives that go and come back', () => {
  for (const { title, spoil } of [...new Set([...FAULTS.slice(0, 1), ...picked(FAULTS.slice(1))])])
    it(`a part that is ${title}: its items stay listed and opening them is EIO, status names it, and it is well again by itself, without a remount`, () =>
      withTakeouts(async ({ downloads: folder, add, mount, takeout }) => {
        const made = await smallExport(folder, { parts: 2 });
        const [first, second] = made.parts.map(({ file }) => file) as [string, string];
        await add('--wait', first, second);
        await mount({}, async (mounted) => {
          await untilRead(mounted);
          const before = await treeOf(mounted.path);
          const repair = spoil(second);
          const gone = mediaOf(made, 1);
          const wanted = Object.fromEntries(
            PHOTOS.map(({ title: name }) => [name, gone.includes(name) ? 'EIO' : 'ok']),
          );
          assert.deepEqual(await digestOutcomes(mounted), wanted);
          await mounted.untilStatus(
            'status names the part',
            ({ takeout: { exports }, errors }) =>
              (exports[0]?.parts.find(({ file }) => file === second)?.error?.includes(second) ?? false) &&
              errors.some(({ message, resolvedAt }) => resolvedAt === null && message.includes(second)),
            BACK_MS,
          );
          assert.deepEqual(await treeOf(mounted.path), before);
          assert.deepEqual(await digestOutcomes(mounted), wanted);
          for (const { title: name } of PHOTOS)
            assert.equal((await stat(join(mounted.path, 'media/all', name))).size, sizeOf(made, name));
          assert.equal((await takeout('check')).code, 65);
          repair();
          await mounted.untilStatus(
            'the part is well again',
            ({ takeout: { exports, reading } }) =>
              reading === null && (exports[0]?.parts.every(({ state }) => state === 'ready') ?? false),
            BACK_MS,
          );
          assert.deepEqual(await differencesFromTruth(mounted.path, made.truth), []);
          assert.deepEqual(await treeOf(mounted.path), before);
          assert.ok((await mounted.status()).errors.every(({ resolvedAt }) => resolvedAt !== null));
        });
      }));

  it('a remount with the archive moved away lists everything and reads it when it is back; added at a new place it is found', () =>
    withTakeouts(async ({ downloads: folder, folders, add, mount }) => {
      const made = await smallExport(folder);
      const [file = ''] = made.parts.map((part) => part.file);
      await add('--wait', file);
      const before = await mount({}, async (mounted) => {
        await untilRead(mounted);
        return inodes(mounted);
      });
      renameSync(file, `${file}.away`);
      await mount({}, async (mounted) => {
        await mounted.untilStatus('it is missed', ({ takeout }) => takeout.exports[0]?.parts[0]?.state === 'missing');
        assert.deepEqual(await inodes(mounted), before);
        assert.equal(await outcome(readdir(join(mounted.path, 'media/all'))), 'ok');
        assert.deepEqual(new Set(Object.values(await digestOutcomes(mounted))), new Set(['EIO']));
        renameSync(`${file}.away`, file);
        await mounted.untilStatus(
          'it is back',
          ({ takeout }) => takeout.exports[0]?.parts[0]?.state === 'ready',
          BACK_MS,
        );
        assert.deepEqual(await differencesFromTruth(mounted.path, made.truth), []);
        const elsewhere = join(folders.home, basename(file));
        renameSync(file, elsewhere);
        await add('--wait', elsewhere);
        assert.deepEqual(await differencesFromTruth(mounted.path, made.truth), []);
        assert.deepEqual(await inodes(mounted), before);
        const [part] = (await mounted.status()).takeout.exports[0]?.parts ?? [];
        assert.deepEqual([part?.file, part?.state], [elsewhere, 'ready']);
      });
    }));

  for (const compression of ['stored', 'deflated'] as const)
    it(`a ${compression} entry with a wrong CRC: reading it ends with EIO at its last block at the latest, opening it is EIO from then on, status names the part, and check --bytes ends with 65`, () =>
      withTakeouts(async ({ downloads: folder, add, mount, takeout }) => {
        const made = await smallExport(folder, { compression });
        const [part] = made.parts;
        const [bad = ''] = mediaOf(made, 0);
        const entry = part?.files.find(({ path }) => path.endsWith(bad));
        odd.wrongCrc(part?.file ?? '', entry?.path ?? '');
        await add('--wait', part?.file ?? '');
        await mount({}, async (mounted) => {
          await untilRead(mounted);
          const file = join(mounted.path, 'media/all', bad);
          assert.equal(await readToEnd(file), 'EIO');
          assert.equal(await outcome(openFile(file)), 'EIO');
          assert.deepEqual(
            Object.entries(await digestOutcomes(mounted)).filter(([, ended]) => ended !== 'ok'),
            [[bad, 'EIO']],
          );
          const { errors } = await mounted.status();
          assert.ok(
            errors.some(({ message, resolvedAt }) => resolvedAt === null && message.includes(part?.file ?? '-')),
            JSON.stringify(errors),
          );
          const check = await takeout('check', '--bytes', '--json');
          assert.equal(check.code, 65, check.stdout + check.stderr);
          const { bytes } = JSON.parse(check.stdout) as { bytes: { files: number; wrong: string[] } };
          assert.equal(bytes.files, PHOTOS.length);
          assert.equal(bytes.wrong.length, 1);
          assert.ok(bytes.wrong[0]?.includes(bad));
          assert.equal((await takeout('check')).code, 0);
        });
      }));

  it('takeout check: a gap in the numbers of parts ends it with 65 and names the part; with the part added it ends with 0', () =>
    withTakeouts(async ({ downloads: folder, add, mount, takeout }) => {
      const made = await smallExport(folder, { parts: 3, group: 2 });
      const [one, two, three] = made.parts.map(({ file }) => file) as [string, string, string];
      await add('--wait', one, three);
      await mount({}, async (mounted) => {
        const check = await takeout('check');
        assert.equal(check.code, 65, check.stdout);
        assert.match(check.stdout, /002/);
        assert.deepEqual((await mounted.status()).takeout.exports[0]?.missingParts, [2]);
        await add('--wait', two);
        assert.equal((await takeout('check')).code, 0);
        assert.deepEqual(await differencesFromTruth(mounted.path, made.truth), []);
      });
    }));
});

describe('a drive with Takeout archives that does not answer', { skip: canHangDrives ? false : 'cc is needed' }, () => {
  it('listings and stat do not wait for it, and the daemon ends all the same, with the mount gone', () =>
    withTakeouts(async ({ downloads: folder, folders, add, mount }) => {
      const made = await smallExport(folder, { parts: 2 });
      const [one, two] = made.parts.map(({ file }) => file) as [string, string];
      await add('--wait', one);
      const drive = hangingDrive(folders);
      await mount({ env: drive.env }, async (mounted) => {
        await untilRead(mounted);
        const all = join(mounted.path, 'media/all');
        const [name = ''] = await names(all);
        drive.begin();
        // Either thread pool has one that hangs: for a reader, and for reading a part.
        const adding = add(two).catch(() => undefined);
        const reading = readToEnd(join(all, name));
        assert.equal(await Promise.race([reading, pause(500, 'it waits')]), 'it waits');
        const before = performance.now();
        await treeOf(mounted.path);
        await stat(join(all, name));
        assert.ok(performance.now() - before < 5000);
        const ended = await Promise.race([mounted.end(), pause(20_000, 'it still runs')]);
        assert.notEqual(ended, 'it still runs');
        assert.equal(deviceOf(mounted.path), undefined);
        drive.end();
        await Promise.all([adding, reading]);
      }).finally(() => drive.end());
      await mount({}, async (mounted) => {
        await untilRead(mounted);
        assert.ok((await names(join(mounted.path, 'media/all'))).length > 0);
      });
    }));
});

describe('takeout add of files that are no parts', () => {
  it('each is refused by name with what to do, exit code 65, and the good parts beside them are taken', () =>
    withTakeouts(async ({ downloads: folder, folders, takeout, add, mount }) => {
      const made = await smallExport(folder, { parts: 3 });
      const [one, two, three] = made.parts.map(({ file }) => file) as [string, string, string];
      await add(one);
      const strange = join(folders.home, 'strange');
      mkdirSync(strange);
      const unfinished = join(strange, basename(two));
      copyFileSync(two, unfinished);
      const cut = join(strange, 'takeout-20260309T101112Z-001.zip');
      copyFileSync(two, cut);
      odd.truncated(cut);
      const otherFiles = join(folders.home, 'letters');
      mkdirSync(otherFiles);
      writeFileSync(join(otherFiles, 'letter.txt'), 'Dear all');
      const nothing = join(strange, 'takeout-20260308T101112Z-001.zip');
      writeFileSync(nothing, '');
      const bad: [string, RegExp][] = [
        [odd.unfinishedDownload(unfinished), /has not finished/],
        [cut, /cut short/],
        [odd.tarInsteadOfZip(strange), /\.tgz.*\n.*\.zip/],
        [odd.noTakeout(strange), /no Takeout/],
        [odd.withoutGooglePhotos(strange), /without Google Photos/],
        [odd.pageInsteadOfZip(strange), /no zip/],
        [odd.emptyZip(strange), /Takeout/],
        [odd.fifo(strange), /FIFO/],
        [nothing, /is empty/],
        [odd.sameNumberOtherContent(one, strange), /another file/],
        [otherFiles, /no Takeout/],
        [join(strange, 'not-there.zip'), /not there/],
        ['/dev/null', /device/],
      ];
      const before = [fingerprint(strange), fingerprint(folder)];
      const offline = await takeout('add', ...bad.map(([path]) => path), two);
      await mount({}, async (mounted) => {
        await untilRead(mounted);
        const own = join(mounted.path, 'media/all', 'IMG_1000.jpg');
        const online = await takeout(
          'add',
          ...bad.map(([path]) => path),
          own,
          mounted.path,
          three,
          odd.downloadedAgain(one),
        );
        for (const { code, stdout, stderr } of [offline, online]) {
          assert.equal(code, 65, stdout + stderr);
          for (const [path, words] of bad) {
            const line = stdout.slice(stdout.indexOf(`refused: ${path} `));
            assert.ok(stdout.includes(`refused: ${path} `), `${path}\n${stdout}`);
            assert.match(line.split('\n').slice(0, 2).join('\n'), words);
          }
          assert.equal(stdout.split('\n').filter((line) => line.startsWith('added ')).length, 1, stdout);
        }
        for (const path of [own, mounted.path]) assert.ok(online.stdout.includes(`refused: ${path} lies inside`), path);
        assert.match(online.stdout, /known already: .* \(1\)\.zip/);
        await untilRead(mounted);
        assert.deepEqual(await differencesFromTruth(mounted.path, made.truth), []);
      });
      assert.deepEqual(fingerprint(strange), before[0]);
    }));
});

describe('hostile entries in Takeout archives', () => {
  it('each entry is counted once, the sums hold, all else is read, and nothing is written into or beside an archive', () =>
    withTakeouts(async (stage) => {
      const { downloads: folder, folders, add, takeout, mount } = stage;
      const made = await smallExport(folder, { parts: 2, compression: 'mixed' });
      const [one, two] = made.parts.map(({ file }) => file) as [string, string];
      const inPart = (index: number): string[] =>
        made.parts[index]?.files.filter(({ role }) => role === 'original').map(({ path }) => path) ?? [];
      const [target = '', short = '', secret = '', described = ''] = inPart(0);
      // The sidecars of these two cannot be read; they come all the same.
      const sidecarOf = (path: string): { file: string; path: string } => {
        for (const { file, files } of made.parts)
          for (const entry of files)
            if (entry.role === 'sidecar' && basename(entry.path).startsWith(`${basename(path)}.`))
              return { file, path: entry.path };
        return assert.fail(`no sidecar of ${path}`);
      };
      const wrong = sidecarOf(described);
      odd.wrongCrc(wrong.file, wrong.path);
      const bomb = 'Takeout/Google Photos/Photos from 2021/bomb.jpg.supplemental-metadata.json';
      odd.declaredTooSmall(one, bomb);
      const bad = [
        odd.hostileNames(one),
        odd.symlinkEntry(one),
        odd.duplicatePath(one, target),
        odd.brokenJson(two),
        odd.hugeJson(two),
        odd.conflictingPath(two, target),
        odd.declaredTooSmall(two, 'Takeout/Google Photos/Photos from 2021/bomb.jpg'),
        odd.declaredTooLarge(one, short),
        odd.encrypted(one, secret),
      ];
      const of = (effect: string): number =>
        bad.filter((one) => one.effect === effect).reduce((sum, { paths }) => sum + paths.length, 0);
      const before = fingerprint(folders.home);
      await add('--wait', one, two);
      await mount({}, async (mounted) => {
        const check = await takeout('check', '--json');
        const [seen] = (
          JSON.parse(check.stdout) as {
            exports: { sums: WrittenExport['truth']['accounting']; entries: number; broken: string[] }[];
          }
        ).exports;
        assert.ok(seen, check.stdout);
        assert.deepEqual(seen.broken, []);
        assert.deepEqual(brokenSums({ ...seen.sums, entries: seen.entries }), []);
        const added = bad.slice(0, 7).reduce((sum, { paths }) => sum + paths.length, 1);
        assert.equal(seen.entries, made.truth.accounting.entries + added);
        assert.equal(seen.sums.unreadable, of('unreadable') + 2);
        assert.ok(seen.sums.refused >= of('refused') && seen.sums.refused <= of('refused') + 2, `${seen.sums.refused}`);
        const refused = await takeout('check', '--list', 'refused');
        for (const word of ['escaped.jpg', 'link.jpg', 'huge.jpg.json', 'deep.jpg.json'])
          assert.ok(refused.stdout.includes(word), `${word}\n${refused.stdout}`);
        for (const line of [
          `${wrong.path}: its CRC is wrong`,
          `${bomb}: it has more bytes than its declared size`,
          'huge.jpg.json: it is too large for a sidecar (100000000 bytes)',
          'cut.jpg.json: it is no JSON',
        ])
          assert.ok(refused.stdout.includes(`${line}\n`), `${line}\n${refused.stdout}`);
        const read = await digestOutcomes(mounted);
        const strange = ['bomb.jpg', basename(short), basename(secret), basename(target)];
        for (const { title } of PHOTOS) if (!strange.includes(title)) assert.equal(read[title], 'ok', title);
        assert.deepEqual(
          Object.entries(read).filter(([name, ended]) => name.startsWith('bomb') && ended === 'ok'),
          [],
        );
        assert.deepEqual(
          (await names(join(mounted.path, 'media/all'))).filter((name) => /escaped|passwd|outside|drive/.test(name)),
          [],
        );
        assert.ok((await takeout('check', '--bytes')).code === 65);
      });
      assert.deepEqual(fingerprint(folders.home), before);
    }));
});

function sizeOf({ truth }: WrittenExport, name: string): number | undefined {
  return truth.items.find((item) => item.name === name)?.size;
}

async function inodes({ path }: MountedDaemon): Promise<string[]> {
  const all = join(path, 'media/all');
  return Promise.all((await names(all)).map(async (name) => `${name} ${(await stat(join(all, name))).ino}`));
}

async function openFile(path: string): Promise<void> {
  await (await open(path)).close();
}
