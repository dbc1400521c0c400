import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import {
  editedName,
  FolderNames,
  mediaName,
  movingName,
  sidecarName,
  LONGEST_NAME,
} from '../../takeout/builder/names.js';

// Names as they were seen in exports of real people.
describe('names of the Takeout builder', () => {
  it('a sidecar of the old style is cut to 51 units with its .json', () => {
    assert.equal(
      sidecarName('MSGR_PHOTO_FOR_UPLOAD_1441735152231_1234567890.jpg', 'old'),
      'MSGR_PHOTO_FOR_UPLOAD_1441735152231_1234567890.json',
    );
    assert.equal(sidecarName('PXL_20211013_220651983.jpg', 'old'), 'PXL_20211013_220651983.jpg.json');
  });

  it('a sidecar of the new style loses as much of its suffix as 51 units ask', () => {
    assert.equal(
      sidecarName('MVIMG_20191230_232926.jpg', 'new'),
      'MVIMG_20191230_232926.jpg.supplemental-metadat.json',
    );
    assert.equal(
      sidecarName('Screenshot_20241227_105539_Edge.jpg', 'new'),
      'Screenshot_20241227_105539_Edge.jpg.supplement.json',
    );
    assert.equal(sidecarName('20161105_170829.jpg', 'new'), '20161105_170829.jpg.supplemental-metadata.json');
  });

  it('an uncut sidecar has the whole title, its media is cut', () => {
    const title = `${'a'.repeat(60)}.jpg`;
    assert.equal(sidecarName(title, 'uncut'), `${title}.supplemental-metadata.json`);
    assert.equal(mediaName(title, 'jpeg'), `${'a'.repeat(47)}.jpg`);
  });

  it('media keeps its extension within 51 units, and gets one where its title has none', () => {
    assert.equal(mediaName(`${'b'.repeat(60)}.heic`, 'heic'), `${'b'.repeat(46)}.heic`);
    assert.equal(mediaName('Peanut Butter Balls', 'jpeg'), 'Peanut Butter Balls.jpg');
    assert.equal(sidecarName('Peanut Butter Balls', 'new'), 'Peanut Butter Balls.supplemental-metadata.json');
    assert.equal(mediaName('27/06/12 - 1.mov', 'mov'), '27_06_12 - 1.mov');
  });

  it('a surrogate pair at the cut stays whole in media and is left out of a sidecar', () => {
    const title = `${'c'.repeat(46)}😀${'d'.repeat(9)}.jpg`;
    assert.equal(mediaName(title, 'jpeg'), `${'c'.repeat(46)}😀.jpg`);
    assert.equal(sidecarName(`${'c'.repeat(45)}😀.jpg`, 'old'), `${'c'.repeat(45)}.json`);
  });

  it('an edited version is cut as a whole, down to the name of its original', () => {
    assert.equal(editedName('IMG_1.jpg', 'jpeg', '-edited'), 'IMG_1-edited.jpg');
    assert.equal(
      editedName('00000IMG_00000_BURST20190315135713927_C.jpg', 'jpeg', '-bearbeitet'),
      '00000IMG_00000_BURST20190315135713927_C-bearbei.jpg',
    );
    const long = `${'e'.repeat(50)}.jpg`;
    assert.equal(editedName(long, 'jpeg', '-edited'), mediaName(long, 'jpeg'));
    for (const length of [3, 40, 44, 47, 80])
      assert.ok(editedName(`${'f'.repeat(length)}.jpg`, 'jpeg', '-edited').length <= LONGEST_NAME);
  });

  it('a moving part has the stem of its still', () => {
    assert.equal(movingName('IMG_2552.HEIC', '.MP4'), 'IMG_2552.MP4');
    assert.equal(movingName('PXL_2023.MP.jpg', '.MP'), 'PXL_2023.MP');
    assert.equal(movingName('IMG_2552.HEIC', ''), 'IMG_2552');
  });

  it('twins of one output name are counted before the last dot', () => {
    const names = new FolderNames();
    const taken = ['a.jpg', 'a.jpg', 'b', 'b', 'a.jpg', 'a.json', 'a.json'].map((name) => names.take(name));
    assert.deepEqual(taken, ['a.jpg', 'a(1).jpg', 'b', 'b(1)', 'a(2).jpg', 'a.json', 'a(1).json']);
  });
});

describe('the rules of the Takeout builder', () => {
  it('no file of test/takeout imports one of src, so that it finds faults of src', () => {
    const folder = fileURLToPath(new URL('../../../../test/takeout', import.meta.url));
    const sources = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts'));
    assert.ok(sources.length > 10, 'the sources were found');
    const imports = sources.flatMap((name) =>
      [...readFileSync(join(folder, name), 'utf8').matchAll(/from '([^']+)'/g)].map(([, from]) => `${name}: ${from}`),
    );
    assert.deepEqual(
      imports.filter((line) => line.includes('/src/')),
      [],
    );
  });
});
