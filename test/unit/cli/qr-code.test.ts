import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { qrLines } from '../../../src/cli/qr-code.js';

describe('a QR code in a terminal', () => {
  const lines = qrLines('https://accounts.google.com/o/oauth2/v2/auth?client_id=abc') ?? [];

  it('is a square of half blocks with a quiet zone of four modules around it', () => {
    const width = lines[0]?.length ?? 0;
    assert.equal(lines.length, Math.ceil(width / 2));
    assert.equal((width - 8 - 17) % 4, 0, 'a size that the standard has');
    for (const line of lines) {
      assert.equal(line.length, width);
      assert.match(line, /^████.*████$/);
    }
    assert.equal(lines[0], '█'.repeat(width));
  });

  it('begins with the finder pattern in its upper corners', () => {
    // Seven dark modules, then one light: the upper edge of a finder over its ring.
    assert.match(lines[2] ?? '', /^████ ▄▄▄▄▄ █.*█ ▄▄▄▄▄ ████$/);
  });

  it('differs with the text', () => {
    assert.notDeepEqual(qrLines('a'), qrLines('b'));
  });

  it('is left out where the text is too long for any', () => {
    assert.equal(qrLines('x'.repeat(4000)), undefined);
  });
});
