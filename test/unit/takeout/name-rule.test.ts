import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  cutSidecarStem,
  mediaNameOf,
  mediaReadings,
  SIDECAR_SUFFIX,
  sidecarReadings,
  splitExtension,
} from '../../../src/takeout/matching/name-rule.js';
import { isMediaName, mayBeMovingPart, mediaTypeOf } from '../../../src/takeout/matching/media-types.js';
import { learnSuffixes } from '../../../src/takeout/matching/learn-suffixes.js';

describe('the names in a Takeout', () => {
  it('an extension is one to five letters or digits after the last dot, perhaps with ~ and a number', () => {
    const extensions = ['a.jpg', 'PXL.MP~2', 'a.jpeg', '27_06_12 - 2', '21.12.11 - 1', 'a.', '.jpg', 'a.longer'];
    assert.deepEqual(
      extensions.map((name) => splitExtension(name).extension),
      ['.jpg', '.MP~2', '.jpeg', '', '', '', '', ''],
    );
  });

  it('a media name is cut to 51 units with its extension kept, and a pair of surrogates stays whole', () => {
    assert.equal(mediaNameOf(`${'a'.repeat(60)}.jpg`), `${'a'.repeat(47)}.jpg`);
    assert.equal(mediaNameOf(`${'a'.repeat(60)}.jpeg`), `${'a'.repeat(46)}.jpeg`);
    assert.equal(mediaNameOf(`${'a'.repeat(46)}😀b.jpg`), `${'a'.repeat(46)}😀.jpg`);
    assert.equal(mediaNameOf('a/b\\c:d?e*f"g<h>i|j\nk&l.jpg'), 'a_b_c_d_e_f_g_h_i_j_k&l.jpg');
  });

  it('the stem of a sidecar is cut to 46 units, and a pair of surrogates at the cut is left out', () => {
    assert.equal(
      cutSidecarStem(`IMG_20160819_201122-01.jpeg${SIDECAR_SUFFIX}`),
      'IMG_20160819_201122-01.jpeg.supplemental-metad',
    );
    assert.equal(cutSidecarStem(`${'a'.repeat(45)}😀.jpg`), 'a'.repeat(45));
  });

  it('a counter is read before the last dot or at the end, and brackets may be part of the title', () => {
    const counted = (name: string) => mediaReadings(name).map(({ base, number }) => [base, number]);
    assert.deepEqual(counted('a(2).jpg'), [
      ['a.jpg', 2],
      ['a(2).jpg', 0],
    ]);
    assert.deepEqual(counted('21.12(1).11 - 1')[0], ['21.12.11 - 1', 1]);
    assert.deepEqual(counted('MVIMG_2018(3)')[0], ['MVIMG_2018', 3]);
    assert.deepEqual(counted('a(0).jpg'), [['a(0).jpg', 0]]);
    assert.deepEqual(counted('(1).jpg'), [['(1).jpg', 0]]);
    const sidecar = (stem: string) => sidecarReadings(stem).map(({ base, number }) => [base, number]);
    assert.deepEqual(sidecar('a.jpg(1)')[1], ['a.jpg', 1]);
    assert.deepEqual(sidecar('a.HEIC(1).supplemental-met')[1], ['a.HEIC.supplemental-met', 1]);
  });

  it('files without extension and with a day for an extension are media, texts and pages are not', () => {
    const names = ['a', '2024.07.19', 'a.HEIC', 'a.MP~2', 'a.dng', 'a.html', 'a.txt', 'a.zip'];
    assert.deepEqual(names.filter(isMediaName), ['a', '2024.07.19', 'a.HEIC', 'a.MP~2', 'a.dng']);
    assert.deepEqual(mediaTypeOf('.JPG'), { kind: 'photo', mimeType: 'image/jpeg' });
    assert.deepEqual(mediaTypeOf('.MOV'), { kind: 'video', mimeType: 'video/quicktime' });
    assert.deepEqual(['.MP', '.mov', '', '.MP~2', '.avi', '.jpg'].map(mayBeMovingPart), [
      true,
      true,
      true,
      true,
      false,
      false,
    ]);
  });
});

describe('suffixes of edited versions', () => {
  const folder = (media: string[], withSidecar: string[]) => ({
    media,
    sidecars: withSidecar.map((name) => ({ name: `${name}.json`, title: name })),
    isAlbum: false,
  });

  it('a word that three files without a sidecar have beside their original is learnt over all folders', () => {
    const folders = ['2019', '2020', '2021'].map((year) =>
      folder([`IMG_${year}.jpg`, `IMG_${year}-แก้ไขแล้ว.jpg`], [`IMG_${year}.jpg`]),
    );
    assert.deepEqual(learnSuffixes(folders), ['-แก้ไขแล้ว'.normalize('NFC')]);
    assert.deepEqual(learnSuffixes(folders.slice(1)), []);
  });

  it('a word that mostly has sidecars of its own names photographs and is not learnt', () => {
    const cities = ['Paris', 'Rome', 'Berlin', 'Oslo', 'Bern'];
    const media = cities.flatMap((city) => [`${city}.jpg`, `${city}-evening.jpg`]);
    const owned = [...cities.map((city) => `${city}.jpg`), 'Oslo-evening.jpg', 'Bern-evening.jpg'];
    assert.deepEqual(learnSuffixes([folder(media, owned)]), []);
  });

  it('numbers, brackets and single letters after a dash are no suffix', () => {
    const names = ['a', 'b', 'c'];
    for (const ending of ['-1', '-e', '-(x)', '-2x']) {
      const media = names.flatMap((name) => [`${name}.jpg`, `${name}${ending}.jpg`]);
      assert.deepEqual(
        learnSuffixes([
          folder(
            media,
            names.map((name) => `${name}.jpg`),
          ),
        ]),
        [],
        ending,
      );
    }
  });
});
