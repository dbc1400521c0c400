import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  folderHintsOf,
  folderKindOf,
  isSkippedPath,
  placeOf,
  serviceFoldersOf,
  yearOfFolder,
} from '../../../src/takeout/matching/folder-kind.js';

const folder = (path: string, sidecars: number, media = 0, hasAlbumJson = false) => ({
  path,
  sidecars,
  media,
  hasAlbumJson,
});

describe('the folders of a Takeout', () => {
  it('a year folder has four digits at its start or end in any language, and no album json', () => {
    const years = [
      'Photos from 2023',
      '2023 年の写真',
      '2023년의 사진',
      'Photos from 1969',
      'Room 12345',
      '1 anno fa',
      'Top 0001',
    ];
    assert.deepEqual(years.map(yearOfFolder), [2023, 2023, 2023, 1969, undefined, undefined, undefined]);
    assert.equal(folderKindOf('Photos from 2023', false), 'year');
    assert.equal(folderKindOf('Summer 2023', true), 'album');
    assert.equal(folderKindOf('Trash', false), 'other');
  });

  it('folder and name of an entry are the same wherever the export begins', () => {
    for (const start of ['', 'Takeout/', 'Takeout 2/', 'home/me/Takeout/']) {
      const place = placeOf(`${start}Google Fotos/Rom/a.jpg`);
      assert.deepEqual(place, { service: 'Google Fotos', folder: 'Rom', name: 'a.jpg' });
    }
    assert.deepEqual(placeOf('a.jpg'), { service: '', folder: '', name: 'a.jpg' });
  });

  it('the service folder is the parent of folders with sidecars, whatever its name', () => {
    const folders = [
      folder('Takeout/Photos de Google/2020', 5, 5),
      folder('Takeout 2/Photos de Google/Rome', 0, 5, true),
      folder('Takeout/Drive/2020', 0, 9),
    ];
    assert.deepEqual([...serviceFoldersOf(folders)], ['Takeout/Photos de Google']);
    assert.deepEqual([...serviceFoldersOf([folder('2020', 1, 1)])], ['']);
  });

  it('without any sidecar a known name counts, else the parent of year folders', () => {
    assert.deepEqual(
      [...serviceFoldersOf([folder('T/Google Fotos/x', 0, 1), folder('T/Drive/2020', 0, 1)])],
      ['T/Google Fotos'],
    );
    assert.deepEqual([...serviceFoldersOf([folder('T/Neu/2020', 0, 1), folder('T/Drive/x', 0, 1)])], ['T/Neu']);
    assert.deepEqual([...serviceFoldersOf([folder('T/Drive/x', 0, 1)])], []);
  });

  it('bin, archive and locked folder are known by name, an unknown locked folder by its sidecars', () => {
    assert.equal(folderHintsOf('Papierkorb', 'other').trashed, true);
    assert.equal(folderHintsOf('Archive', 'other').archived, true);
    assert.equal(folderHintsOf('Dossier verrouillé'.normalize('NFD'), 'other').locked, true);
    assert.equal(folderHintsOf('โฟลเดอร์', 'other', [{ locked: true }]).locked, true);
    assert.equal(folderHintsOf('โฟลเดอร์', 'other', [{ locked: true }, { locked: false }]).locked, false);
    assert.deepEqual(folderHintsOf('Archive', 'album'), { archived: false, trashed: false, locked: false });
  });

  it('files of operating systems are skipped', () => {
    const paths = [
      '__MACOSX/T/._a.jpg',
      'T/G/2020/._a.jpg',
      'T/.DS_Store',
      'T/@eaDir/a.jpg',
      'T/Thumbs.db',
      'T/desktop.ini',
    ];
    assert.deepEqual(
      paths.map(isSkippedPath),
      paths.map(() => true),
    );
    assert.equal(isSkippedPath('T/G/2020/a.jpg'), false);
  });
});
