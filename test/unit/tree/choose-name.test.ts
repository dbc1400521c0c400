import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { chooseName, chooseTitle, nameKey } from '../../../src/tree/choose-name.js';
import { cleanFileName } from '../../../src/tree/clean-name.js';
import { HOSTILE_TWINS } from '../../behaviour/hostile-names.js';

const nothingTaken = (): boolean => false;

function among(names: readonly string[]): (key: string) => boolean {
  const keys = new Set(names.map(nameKey));
  return (key) => keys.has(key);
}

/** Base 32 by another way than the code's: five bits of a long string of bits at a time. */
function base32(id: string): string {
  const bits = [...createHash('sha256').update(id).digest()].map((byte) => byte.toString(2).padStart(8, '0')).join('');
  return (bits.match(/.{5}/g) ?? []).map((five) => 'abcdefghijklmnopqrstuvwxyz234567'[parseInt(five, 2)]).join('');
}

describe('choosing a name', () => {
  it('choosing a name takes the wanted one where it is free', () => {
    assert.equal(chooseName('IMG_1.jpg', 'id', nothingTaken), 'IMG_1.jpg');
  });

  it('choosing a name marks a namesake with six characters of the hash of its id before the extension', () => {
    assert.equal(chooseName('IMG_1.jpg', 'id', among(['IMG_1.jpg'])), `IMG_1~${base32('id').slice(0, 6)}.jpg`);
    assert.equal(chooseName('clip', 'id', among(['clip'])), `clip~${base32('id').slice(0, 6)}`);
  });

  it('choosing a name lengthens the mark where that name is taken as well', () => {
    const mark = base32('id');
    const taken = ['a.jpg', `a~${mark.slice(0, 6)}.jpg`, `A~${mark.slice(0, 7).toUpperCase()}.JPG`];
    assert.equal(chooseName('a.jpg', 'id', among(taken)), `a~${mark.slice(0, 8)}.jpg`);
  });

  it('choosing a name fails rather than repeat a name when every one is taken', () => {
    assert.throws(() => chooseName('a.jpg', 'id', () => true), /is taken/);
  });

  it('choosing a name stays within 255 bytes with mark and extension', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 300 }), (text) => {
        const wanted = cleanFileName(text, 'image/jpeg');
        const chosen = chooseName(wanted, 'id', among([wanted]));
        assert.ok(Buffer.byteLength(chosen) <= 255);
        assert.match(chosen, /~[a-z2-7]{6}\.[^.]+$/);
        assert.equal(chosen.normalize('NFC'), chosen);
      }),
    );
  });

  it('choosing a name gives every twin a name of its own, also where case or composition is ignored', () => {
    for (const twins of HOSTILE_TWINS) {
      const chosen: string[] = [];
      twins.forEach((twin, index) => {
        chosen.push(chooseName(cleanFileName(twin, 'image/jpeg'), `id ${index}`, among(chosen)));
      });
      assert.equal(new Set(chosen.map(nameKey)).size, twins.length, chosen.join(', '));
      assert.equal(chosen[0], cleanFileName(twins[0] ?? '', 'image/jpeg'), 'the first keeps its name');
    }
  });

  it('choosing a name puts the mark of a folder at its end', () => {
    assert.equal(chooseTitle('Dr.Who', 'id', among(['dr.who'])), `Dr.Who~${base32('id').slice(0, 6)}`);
  });
});

describe('a name key', () => {
  it('a name key is equal for names that differ by case or composition', () => {
    const pairs = [
      ['IMG.JPG', 'img.jpg'],
      ['Café', 'CAFE\u0301'],
      ['Straße', 'STRASSE'],
      ['ΟΔΟΣ', 'οδος'],
      ['ﬁn', 'FIN'],
    ] as const;
    for (const [one, other] of pairs) assert.equal(nameKey(one), nameKey(other));
    assert.notEqual(nameKey('Cafe'), nameKey('Café'));
  });

  it('a name key is equal for a name and its upper case and decomposed forms, whatever the name', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (name) => {
        assert.equal(nameKey(name.normalize('NFD')), nameKey(name));
        assert.equal(nameKey(name.toUpperCase()), nameKey(name));
      }),
    );
  });
});
