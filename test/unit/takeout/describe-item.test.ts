import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { describeItem } from '../../../src/takeout/matching/describe-item.js';
import type { DescribedFile, ItemSources } from '../../../src/takeout/matching/describe-item.js';
import { editedFilename, itemFilename, movingFilename } from '../../../src/takeout/matching/shown-name.js';
import type { SidecarValues } from '../../../src/takeout/matching/takeout-json.js';
import { timeInName } from '../../../src/takeout/matching/time-in-name.js';
import type { LocalTime } from '../../../src/takeout/matching/time-in-name.js';

const OLD = 'takeout-20260101T000000Z';
const NEW = 'takeout-20260301T000000Z';
const HOUR = 3_600_000;

const says = (values: Partial<SidecarValues> = {}): SidecarValues => ({
  description: '',
  favorite: false,
  archived: false,
  trashed: false,
  locked: false,
  people: [],
  fromPartner: false,
  ...values,
});

const file = (more: Partial<DescribedFile> = {}): DescribedFile => ({
  exportName: OLD,
  folder: '2020',
  isYearFolder: true,
  name: 'a.jpg',
  ...more,
});

/** Clocks two hours ahead of UTC. */
const instantOf = ({ year, month, day, hour, minute, second, millisecond }: LocalTime) =>
  Date.UTC(year, month - 1, day, hour, minute, second, millisecond) - 2 * HOUR;

const shown = (sources: ItemSources) => describeItem(sources, instantOf);

describe('the values shown for an item of a Takeout', () => {
  it('the newest export decides, and in one export the sidecar of the year folder comes before that of an album', () => {
    const old = file({ sidecar: says({ description: 'old', favorite: true, people: ['Ada'], takenAt: 5 }) });
    const album = file({
      exportName: NEW,
      folder: 'Rome',
      isYearFolder: false,
      sidecar: says({ description: 'album' }),
    });
    const year = file({ exportName: NEW, sidecar: says({ description: 'year', takenAt: 9, title: 'T.jpg' }) });
    for (const files of [
      [old, album, year],
      [year, album, old],
    ] as const) {
      const item = shown({ files });
      assert.deepEqual([item.description, item.favorite, item.people, item.takenAt], ['year', false, [], 9]);
      assert.equal(item.filename, 'T.jpg');
    }
    const elsewhere = { exportName: NEW, folder: 'Rome', values: says({ favorite: true }) };
    assert.equal(shown({ files: [file({ sidecar: says() })], memberships: [elsewhere] }).favorite, true);
  });

  it('the time is that of a sidecar, else of the file, else of the name, else 1 January of the folder, else none', () => {
    const name = 'IMG_20190315_101112.jpg';
    const exif = { local: { year: 2018, month: 2, day: 3, hour: 4, minute: 5, second: 6, millisecond: 0 } };
    const time = (sources: ItemSources) => [shown(sources).timeSource, shown(sources).takenAt];
    const zero = says({ takenAt: 0 });
    assert.deepEqual(time({ files: [file({ name, sidecar: says({ takenAt: -5000 }) })], exif }), ['sidecar', -5000]);
    assert.deepEqual(time({ files: [file({ name, sidecar: zero })], exif }), ['exif', Date.UTC(2018, 1, 3, 2, 5, 6)]);
    assert.deepEqual(time({ files: [file({ name })], exif: { instant: 77 } }), ['exif', 77]);
    assert.deepEqual(time({ files: [file({ name, sidecar: zero })] }), ['name', Date.UTC(2019, 2, 15, 8, 11, 12)]);
    assert.deepEqual(time({ files: [file({ folderYear: 2020 })] }), ['folder', Date.UTC(2020, 0, 1, 10)]);
    assert.deepEqual(time({ files: [file()] }), [undefined, undefined]);
    const older = file({ sidecar: says({ takenAt: 8 }) });
    assert.deepEqual(time({ files: [file({ exportName: NEW, sidecar: zero }), older] }), ['sidecar', 8]);
  });

  it('the newest statement of any export says whether an item is locked, trashed or archived', () => {
    const locked = says({ locked: true, trashed: true, archived: true });
    const flags = (files: ItemSources['files']) => {
      const { archived, trashed, locked: isLocked } = shown({ files });
      return [archived, trashed, isLocked];
    };
    assert.deepEqual(flags([file({ sidecar: locked })]), [true, true, true]);
    assert.deepEqual(flags([file({ sidecar: locked }), file({ exportName: NEW, sidecar: says() })]), [
      false,
      false,
      false,
    ]);
    assert.deepEqual(flags([file({ sidecar: says() }), file({ exportName: NEW, sidecar: locked })]), [
      true,
      true,
      true,
    ]);
    // A newer file without a sidecar states nothing.
    assert.deepEqual(flags([file({ sidecar: locked }), file({ exportName: NEW })]), [true, true, true]);
  });

  it('in doubt an item is locked: one album sidecar, a possible sidecar or the locked folder is enough', () => {
    const isLocked = (files: ItemSources['files']) => shown({ files }).locked;
    const album = file({ folder: 'Rome', isYearFolder: false, sidecar: says({ locked: true }) });
    assert.equal(isLocked([file({ sidecar: says() }), album]), true);
    assert.equal(isLocked([file({ candidates: [says(), says({ locked: true })] })]), true);
    const hints = { archived: false, trashed: false, locked: true };
    assert.equal(isLocked([file({ hints })]), true);
    assert.equal(isLocked([file({ sidecar: says() }), file({ exportName: NEW, hints })]), true);
    assert.equal(isLocked([file({ hints }), file({ exportName: NEW, sidecar: says() })]), false);
    assert.equal(isLocked([file({ candidates: [says(), says()] })]), false);
  });

  it('an album copy that may have a locked sidecar leaves the item as it is where its own sidecar lies in the album too', () => {
    const own = { title: 'a.jpg', takenAt: 5 };
    const year = file({ sidecar: says(own) });
    const isLocked = (...candidates: SidecarValues[]) =>
      shown({ files: [year, file({ folder: 'Rome', isYearFolder: false, candidates })] }).locked;
    const other = says({ title: 'b.jpg', takenAt: 5, locked: true });
    assert.equal(isLocked(says(own), other), false);
    assert.equal(isLocked(says({ ...own, locked: true }), says({ title: 'b.jpg', takenAt: 5 })), true);
    assert.equal(isLocked(says({ ...own, takenAt: 6 }), other), true);
    assert.equal(isLocked(other), true);
  });

  it('a file without a sidecar in the bin or the archive is trashed or archived', () => {
    const item = shown({ files: [file({ hints: { archived: true, trashed: true, locked: false } })] });
    assert.deepEqual([item.archived, item.trashed, item.locked], [true, true, false]);
  });

  it('kind and MIME type follow from the extension of the file', () => {
    const types = ['a.HEIC', 'a.mov', 'a.CR2', 'a.MP~2'].map((name) => {
      const { kind, mimeType } = shown({ files: [file({ name })] });
      return `${kind} ${mimeType}`;
    });
    assert.deepEqual(types, [
      'photo image/heic',
      'video video/quicktime',
      'photo image/x-canon-cr2',
      'video video/mp4',
    ]);
  });

  it('an edited version without its original is named as one', () => {
    const only = file({ name: 'a-bearbeitet.jpg', isEdited: true, sidecar: says({ title: 'a.jpg' }) });
    assert.equal(shown({ files: [only] }).filename, 'a-edited.jpg');
  });
});

describe('names shown for files of a Takeout', () => {
  it('an item has its title, with the extension of its file where the title has none or one of another kind', () => {
    assert.equal(itemFilename('a:b?.JPG', 'a_b_.jpg'), 'a:b?.JPG');
    assert.equal(itemFilename('27/06/12 - 2', '27_06_12 - 2.jpg'), '27/06/12 - 2.jpg');
    assert.equal(itemFilename('Dr. No', 'Dr. No.mp4'), 'Dr. No.mp4');
    assert.equal(itemFilename('v1.2', 'v1.2.jpg'), 'v1.2.jpg');
    assert.equal(itemFilename('IMG_1976.HEIC', 'IMG_1976(1).MP4'), 'IMG_1976.MP4');
    assert.equal(itemFilename(undefined, 'a(1).jpg'), 'a(1).jpg');
    assert.equal(itemFilename('  ', 'a.jpg'), 'a.jpg');
    assert.equal(itemFilename('01.02.12 - 2', '01.02.12 - 2'), '01.02.12 - 2');
  });

  it('an edited version has -edited before the extension in every language', () => {
    assert.equal(editedFilename('IMG_1.JPG', 'IMG_1-ha editado(1).JPG'), 'IMG_1-edited.JPG');
    assert.equal(editedFilename('IMG_1.HEIC', 'IMG_1-edited.jpg'), 'IMG_1-edited.jpg');
    assert.equal(editedFilename('Dr. No', 'Dr. No-edited.jpg'), 'Dr. No-edited.jpg');
  });

  it('a moving part has the name of its still: MP4 and MOV are kept, .mp4 is added to .MP, .MV and none', () => {
    assert.equal(movingFilename('IMG_1.HEIC', 'IMG_1(1).MP4'), 'IMG_1.MP4');
    assert.equal(movingFilename('IMG_1.HEIC', 'IMG_1.mov'), 'IMG_1.mov');
    assert.equal(movingFilename('PXL_1.MP.jpg', 'PXL_1.MP'), 'PXL_1.MP.mp4');
    assert.equal(movingFilename('PXL_1.jpg', 'PXL_1.MV'), 'PXL_1.MV.mp4');
    assert.equal(movingFilename('MVIMG_2.jpg', 'MVIMG_2'), 'MVIMG_2.mp4');
  });
});

describe('times in file names', () => {
  const local = (name: string) => {
    const hint = timeInName(name);
    return hint !== undefined && 'local' in hint ? new Date(instantOf(hint.local) + 2 * HOUR).toISOString() : hint;
  };

  it('cameras, phones and messengers write the local time in digits', () => {
    assert.equal(local('IMG_20190315_101112.jpg'), '2019-03-15T10:11:12.000Z');
    assert.equal(local('VID_20190315_101112345.mp4'), '2019-03-15T10:11:12.345Z');
    assert.equal(local('Screenshot_2020-03-01-16-11-51.png'), '2020-03-01T16:11:51.000Z');
    assert.equal(local('Screenshot_20200301-161151.png'), '2020-03-01T16:11:51.000Z');
    assert.equal(local('Photo_2023-12-25_14-30-45.jpeg'), '2023-12-25T14:30:45.000Z');
    assert.equal(local('Screenshot 2021-05-06 at 07.08.09.png'), '2021-05-06T07:08:09.000Z');
    assert.equal(local('00000PORTRAIT_00000_BURST20190315135713927.jpg'), '2019-03-15T13:57:13.927Z');
  });

  it('a day without a time is the middle of that day', () => {
    assert.equal(local('VID-20190102-WA0001.mp4'), '2019-01-02T12:00:00.000Z');
    assert.equal(local('2013-12-23(1).jpg'), '2013-12-23T12:00:00.000Z');
  });

  it('Pixel names and names of milliseconds are moments', () => {
    assert.deepEqual(timeInName('PXL_20211013_220651983.jpg'), { instant: Date.UTC(2021, 9, 13, 22, 6, 51, 983) });
    assert.deepEqual(timeInName('MSGR_PHOTO_1522315122420.jpg'), { instant: 1_522_315_122_420 });
  });

  it('digits that are no date of the calendar give no time', () => {
    const names = ['IMG_20190230_101112.jpg', 'IMG_20191315.jpg', '15250796_10158125619575157.jpg', 'IMG_4573.HEIC'];
    for (const name of names) assert.equal(timeInName(name), undefined, name);
    assert.equal(local('IMG_20190228_996112.jpg'), '2019-02-28T12:00:00.000Z');
  });
});
