import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { decodeText } from '../../../src/support/decode-text.js';

const TEXT = '{"größe": "5 €"}\r\n';
const utf16be = (text: string): Buffer => Buffer.from(text, 'utf16le').swap16();

describe('a text file', () => {
  const FORMS: Readonly<Record<string, Buffer>> = {
    'UTF-8': Buffer.from(TEXT),
    'UTF-8 with a mark': Buffer.from(`\ufeff${TEXT}`),
    'UTF-16 LE with a mark': Buffer.from(`\ufeff${TEXT}`, 'utf16le'),
    'UTF-16 LE without a mark': Buffer.from(TEXT, 'utf16le'),
    'UTF-16 BE with a mark': utf16be(`\ufeff${TEXT}`),
    'UTF-16 BE without a mark': utf16be(TEXT),
  };
  for (const [form, bytes] of Object.entries(FORMS))
    it(`a text file in ${form} reads as the same text`, () => {
      assert.equal(decodeText(bytes), TEXT);
    });

  it('a text file of no or one byte is read as UTF-8', () => {
    assert.equal(decodeText(Buffer.from('')), '');
    assert.equal(decodeText(Buffer.from('x')), 'x');
  });
});
