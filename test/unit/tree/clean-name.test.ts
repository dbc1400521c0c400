import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { cleanCameraName, cleanFileName, cleanTitle } from '../../../src/tree/clean-name.js';
import { extensionForMimeType, extensionOf } from '../../../src/tree/extension.js';
import { HOSTILE_NAMES, HOSTILE_TITLES } from '../../behaviour/hostile-names.js';

const awkward = fc.array(
  fc.oneof(
    fc.constantFrom(
      '/',
      '.',
      '..',
      '\0',
      '\n',
      '\u007f',
      '\u0085',
      '\ud83e',
      '\udd94',
      '\u0301',
      'e',
      '~',
      '.jpg',
      ' ',
      '\u200B',
      '\u200C',
      '\u200D',
      '\u202E',
      '\uFEFF',
    ),
    fc.string({ unit: 'binary', maxLength: 60 }),
    fc.string({ unit: 'grapheme', maxLength: 300 }),
  ),
  { maxLength: 8 },
);
const anyName = awkward.map((parts) => parts.join(''));
const anyType = fc.oneof(
  fc.constantFrom('image/jpeg', 'video/mp4', 'image/x-unheard', 'application/octet-stream', '', 'image/svg+xml; q=1'),
  fc.string(),
);

function assertFitForAFolder(name: string): void {
  assert.notEqual(name, '');
  assert.ok(name !== '.' && name !== '..');
  assert.doesNotMatch(name, /[/\u0000-\u001f\u007f-\u009f]/);
  assert.ok(Buffer.byteLength(name) <= 255, `${Buffer.byteLength(name)} bytes`);
  assert.doesNotMatch(name, /[\u200B\u200E\u200F\u202A-\u202E\u2060\u2066-\u2069\uFEFF]/);
  assert.equal(name.normalize('NFC'), name);
  assert.equal(Buffer.from(name, 'utf8').toString('utf8'), name, 'it survives UTF-8');
}

describe('a clean file name', () => {
  for (const { about, given, shown } of HOSTILE_NAMES) {
    it(`a file name of ${about} is cleaned as documented`, () => {
      assert.equal(cleanFileName(given, 'image/jpeg'), shown);
    });
  }

  it('a clean file name is fit for a folder whatever Google calls the item', () => {
    fc.assert(fc.property(anyName, anyType, (name, type) => assertFitForAFolder(cleanFileName(name, type))));
  });

  it('a clean file name does not change when it is cleaned again', () => {
    fc.assert(
      fc.property(anyName, anyType, (name, type) => {
        const once = cleanFileName(name, type);
        assert.equal(cleanFileName(once, type), once);
      }),
    );
  });

  it('a clean file name keeps the extension, however long the rest is', () => {
    fc.assert(
      fc.property(anyName, fc.constantFrom('.jpg', '.HEIC', '.mp4', '.3gp'), (stem, extension) => {
        assert.ok(cleanFileName(`x${stem}${extension}`, 'image/png').endsWith(extension));
      }),
    );
  });

  it('a clean file name always has an extension when the MIME type tells one', () => {
    fc.assert(fc.property(anyName, (name) => assert.notEqual(extensionOf(cleanFileName(name, 'image/jpeg')), '')));
  });

  it('a clean file name says what the item is when Google gives no name', () => {
    assert.equal(cleanFileName('', 'video/mp4'), 'video.mp4');
    assert.equal(cleanFileName('  ', 'image/heic'), 'photo.heic');
    assert.equal(cleanFileName('', ''), 'file');
  });

  it('a clean file name says what the item is when nothing of the name can be seen, and keeps a way up harmless', () => {
    assert.equal(cleanFileName(' \u200B\u202E', 'image/jpeg'), 'photo.jpg');
    assert.equal(cleanFileName('.\u2060.', 'image/jpeg'), '\uFF0E\uFF0E.jpg');
  });

  it('a clean file name keeps the joiners of Persian words and of emoji families', () => {
    for (const name of ['می\u200Cروم.jpg', '👩\u200D👩\u200D👧.jpg'])
      assert.equal(cleanFileName(name, 'image/jpeg'), name);
  });

  it('a clean file name leaves a good name as it is', () => {
    for (const name of ['IMG_1234.JPG', 'my.holiday.jpeg', 'St. Petersburg.jpg', 'PXL_2023.RAW-02.ORIGINAL.dng']) {
      assert.equal(cleanFileName(name, 'image/jpeg'), name);
    }
  });
});

describe('an extension', () => {
  it('an extension comes from the MIME type, known or plainly spelt', () => {
    const expected = {
      'image/jpeg': '.jpg',
      'VIDEO/QuickTime': '.mov',
      'image/x-foo': '.foo',
      'video/mp4; codecs=x': '.mp4',
    };
    for (const [type, extension] of Object.entries(expected)) assert.equal(extensionForMimeType(type), extension);
    for (const type of ['', 'text', 'application/pdf', 'image/', 'image/a/b', 'image/a.b-c', 'constructor']) {
      assert.equal(extensionForMimeType(type), '', type);
    }
  });

  it('the part after the last dot is no extension if it is empty, has digits only or a space, or is the whole name', () => {
    for (const name of ['2024.07.19', 'St. Petersburg', 'x.', '.hidden', 'Version 1.0'])
      assert.equal(extensionOf(name), '');
  });
});

describe('a clean title', () => {
  for (const { about, given, shown } of HOSTILE_TITLES) {
    it(`a title of ${about} is cleaned as documented`, () => assert.equal(cleanTitle(given), shown));
  }

  it('a clean title is fit for a folder, and stays so, whatever the album is called', () => {
    fc.assert(
      fc.property(anyName, (title) => {
        assertFitForAFolder(cleanTitle(title));
        assert.equal(cleanTitle(cleanTitle(title)), cleanTitle(title));
      }),
    );
  });

  it('a clean title is readable where the title is missing', () =>
    assert.equal(cleanTitle(undefined), 'Untitled album'));
});

describe('a camera’s name', () => {
  it('a camera’s name says the make once', () => {
    assert.equal(cleanCameraName('Canon', 'Canon EOS 5D'), 'Canon EOS 5D');
    assert.equal(cleanCameraName('Google', 'Pixel 8'), 'Google Pixel 8');
    assert.equal(cleanCameraName('SONY', undefined), 'SONY');
    assert.equal(cleanCameraName(undefined, 'DSC/1'), 'DSC\uFF0F1');
    assert.equal(cleanCameraName(' ', undefined), 'Unknown camera');
    assert.equal(cleanCameraName('Can\u200Bon', '\uFEFFCanon \u202EEOS 5D'), 'Canon EOS 5D');
    assert.equal(cleanCameraName('\u200B', '\u2069'), 'Unknown camera');
  });
});
