import assert from 'node:assert/strict';
import { copyFileSync, mkdirSync, readdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { describe, it } from 'node:test';
import type { MountedDaemon } from '../support/mounted.js';
import { gphotosMount } from '../support/run-program.js';
import { fingerprint, untilRead, withTakeouts, type TakeoutStage } from '../support/takeout-mount.js';
import { describeLibrary } from '../takeout/builder/library.js';
import * as odd from '../takeout/builder/oddities.js';
import { writeExport, type WrittenExport } from '../takeout/builder/write-export.js';
import { differencesFromTruth } from '../takeout/truth-check.js';

const PHOTOS = Array.from({ length: 12 }, (_, index) => ({
  title: `IMG_${1000 + index}.jpg`,
  takenMs: Date.UTC(2021, 2, 1 + index, 10),
}));

interface Given extends TakeoutStage {
  readonly made: WrittenExport;
  readonly parts: readonly [string, string, string];
  /** For files that are given beside the export. */
  readonly strange: string;
}

/** One path alone, given to `takeout add`. The first part is known. */
const CASES: readonly {
  readonly what: string;
  readonly path: (given: Given) => string;
  readonly code: 0 | 65;
  readonly says: RegExp;
}[] = [
  {
    what: 'the same part once more as "name (1).zip"',
    path: ({ parts: [one] }) => odd.downloadedAgain(one),
    code: 0,
    says: /^known already: .* \(1\)\.zip is /,
  },
  { what: 'a part that is known', path: ({ parts: [one] }) => one, code: 0, says: /^known already: / },
  {
    what: 'a part with export, group and number of a known one and other content',
    path: ({ parts: [one], strange }) => odd.sameNumberOtherContent(one, strange),
    code: 65,
    says: /^refused: .* is another file than .*\n.*takeout remove/,
  },
  {
    what: 'a FIFO with the name of a part',
    path: ({ strange }) => odd.fifo(strange),
    code: 65,
    says: /^refused: .* is a pipe \(FIFO\), not a file or folder\./,
  },
  {
    what: 'a download that goes on',
    path: ({ parts: [, two], strange }) => {
      copyFileSync(two, join(strange, basename(two)));
      return odd.unfinishedDownload(join(strange, basename(two)));
    },
    code: 65,
    says: /^refused: .*\.crdownload is a download that has not finished\.\n.*when the browser has finished/,
  },
  {
    what: 'a .tgz',
    path: ({ strange }) => odd.tarInsteadOfZip(strange),
    code: 65,
    says: /^refused: .* is a \.tgz, which cannot be read in place.*\n.*\.zip/,
  },
  {
    what: 'a folder with the last part, an unfinished download, a .tgz and a FIFO in it',
    path: ({ parts: [, , three], strange }) => {
      const folder = join(strange, 'all');
      mkdirSync(folder);
      copyFileSync(three, join(folder, basename(three)));
      odd.tarInsteadOfZip(folder);
      odd.fifo(folder);
      writeFileSync(join(folder, 'takeout-20260307T101112Z-001.zip.crdownload'), 'PK');
      writeFileSync(join(folder, 'notes.txt'), 'no word of me');
      return folder;
    },
    code: 65,
    says: /^added .*-003\.zip .*\nrefused: (?:.*\n)+refused: (?:.*\n)+refused: (?:.*\n)+1 part of 1 export added/,
  },
];

async function withGiven(body: (given: Given) => Promise<void>): Promise<void> {
  await withTakeouts(async (stage) => {
    const made = await writeExport(describeLibrary({ photos: PHOTOS }), { folder: stage.downloads, parts: 3 });
    const strange = join(stage.folders.home, 'strange');
    mkdirSync(strange);
    const [one = '', two = '', three = ''] = made.parts.map(({ file }) => file);
    await stage.add(one);
    await body({ ...stage, made, parts: [one, two, three], strange });
  });
}

async function giveEach(given: Given): Promise<void> {
  for (const { what, path, code, says } of CASES) {
    const file = path(given);
    const outcome = await given.takeout('add', file);
    assert.equal(outcome.code, code, `${what}: ${outcome.stdout}${outcome.stderr}`);
    assert.match(outcome.stdout, says, what);
    assert.doesNotMatch(outcome.stdout, /notes\.txt/);
    rmSync(file, { recursive: true });
  }
}

describe('takeout add of one path', () => {
  it('without a mount: ends with 0 only where nothing was refused, else with 65, and says what is wrong and what to do', () =>
    withGiven(giveEach));

  it('on a mount: ends with 0 only where nothing was refused, else with 65, and says what is wrong and what to do', () =>
    withGiven((given) =>
      given.mount({}, async (mounted) => {
        await untilRead(mounted);
        await giveEach(given);
      }),
    ));

  it('a folder of parts on a mount: all are taken and show, and given again it ends with 0 and changes nothing', () =>
    withGiven((given) =>
      given.mount({}, async (mounted) => {
        await untilRead(mounted);
        const { downloads, takeout, made } = given;
        const before = fingerprint(downloads);
        const added = await takeout('add', '--wait', downloads);
        assert.equal(added.code, 0, added.stdout);
        assert.match(added.stdout, /2 parts of 1 export added\. All of it is in the folder\./);
        assert.deepEqual(await differencesFromTruth(mounted.path, made.truth), []);
        const again = await takeout('add', '--wait', downloads);
        assert.equal(again.code, 0, again.stdout);
        assert.doesNotMatch(again.stdout, /added/);
        assert.equal(again.stdout.match(/^known already/gm)?.length, 3);
        assert.deepEqual(fingerprint(downloads), before);
      }),
    ));
});

describe('takeout add of what lies in a mount of this program', () => {
  const refusedAll = async (given: Given, mounted: MountedDaemon, profile: string): Promise<void> => {
    const { strange, folders } = given;
    const file = join(mounted.path, 'media/all/IMG_1000.jpg');
    const link = join(strange, 'takeout-20260310T101112Z-001.zip');
    symlinkSync(file, link);
    const folder = join(strange, 'album');
    symlinkSync(join(mounted.path, 'album'), folder);
    for (const path of [file, mounted.path, join(mounted.path, 'album'), link, folder]) {
      const { code, stdout, stderr } = await gphotosMount(['takeout', 'add', '--profile', profile, path], folders.env);
      assert.equal(code, 65, stdout + stderr);
      assert.ok(stdout.startsWith(`refused: ${path} lies inside a mount of gphotos-mount.`), stdout);
    }
    rmSync(link);
    rmSync(folder);
  };

  it('it is refused with 65, by whatever link, also for a profile that is not mounted', () =>
    withGiven((given) =>
      given.mount({}, async (mounted) => {
        await untilRead(mounted);
        await refusedAll(given, mounted, 'default');
        await refusedAll(given, mounted, 'other');
      }),
    ));

  it('a folder above a mount whose folders look like those of an export is none', () =>
    withGiven(async (given) => {
      const { folders, takeout } = given;
      await given.mount({ args: ['--root', 'media/by-year'] }, async (mounted) => {
        await untilRead(mounted);
        // `photos/2021/IMG_1000.jpg` lies below it, as in an extracted export.
        const { code, stdout, stderr } = await takeout('add', folders.root);
        assert.equal(code, 65, stdout + stderr);
        assert.ok(stdout.startsWith(`refused: ${folders.root} holds no Takeout export.`), stdout);
      });
    }));

  it('an extracted export that has the mount below it is taken without the files of the mount', () =>
    withGiven(async ({ folders, takeout, mount, strange }) => {
      const library = describeLibrary({ photos: [{ title: 'beside.jpg' }] });
      const stamp = '20260401T101112Z';
      const { parts } = await writeExport(library, { folder: strange, extracted: true, junk: false, stamp });
      const service = join(parts[0]?.file ?? '', 'Takeout/Google Photos');
      for (const name of readdirSync(service)) renameSync(join(service, name), join(folders.root, name));
      await mount({}, async (mounted) => {
        await untilRead(mounted);
        const added = await takeout('add', '--wait', folders.root);
        assert.equal(added.code, 0, added.stdout + added.stderr);
        assert.ok(readdirSync(join(mounted.path, 'media/all')).includes('beside.jpg'));
        const refused = await takeout('check', '--list', 'refused');
        assert.match(refused.stdout, new RegExp(`${basename(mounted.path)}.*it is a mount of gphotos-mount`));
        assert.doesNotMatch(refused.stdout, /media\/all/);
      });
    }));
});
