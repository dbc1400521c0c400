import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { qrLines } from '../../../src/cli/qr-code.js';

describe('a QR code in a terminal', () => {
  const lines = qrLines('https://accounts.google.com/o/oauth2/v2/auth?client_id=abc') ?? [];

  it('a QR code in a terminal is a square of half blocks with a quiet zone of four modules around it', () => {
    const width = lines[0]?.length ?? 0;
    assert.equal(lines.length, Math.ceil(width / 2));
    assert.equal((width - 8 - 17) % 4, 0, 'a size that the standard has');
    for (const line of lines) {
      assert.equal(line.length, width);
      assert.match(line, /^████.*████$/);
    }
    assert.equal(lines[0], '█'.repeat(width));
  });

  it('a QR code in a terminal begins with the finder pattern in its upper corners', () => {
    // Seven dark modules, then one light: the upper edge of a finder over its ring.
    assert.match(lines[2] ?? '', /^████ ▄▄▄▄▄ █.*█ ▄▄▄▄▄ ████$/);
  });

  it('a QR code in a terminal differs with the text', () => {
    assert.notDeepEqual(qrLines('a'), qrLines('b'));
  });

  it('a QR code in a terminal is left out if the text is too long for any code', () => {
    assert.equal(qrLines('x'.repeat(4000)), undefined);
  });
});

const hasReader = spawnSync('zbarimg', ['--version']).status === 0;

/** The lines as a picture of 4 pixels a module, in the plainest of the netpbm formats. */
function picture(lines: readonly string[]): string {
  const rows = lines.flatMap((line) => [
    Array.from(line, (char) => (char === '█' || char === '▀' ? '0' : '1')),
    Array.from(line, (char) => (char === '█' || char === '▄' ? '0' : '1')),
  ]);
  const pixels = rows.flatMap((row) => Array.from({ length: 4 }, () => row.map((pixel) => pixel.repeat(4)).join('')));
  return `P1\n${pixels[0]?.length ?? 0} ${pixels.length}\n${pixels.join('\n')}\n`;
}

describe('a QR code', { skip: !hasReader && 'zbarimg is not installed' }, () => {
  const address = `https://accounts.google.com/o/oauth2/v2/auth?${'client_id=123456789012-abc&state=x&'.repeat(40)}`;
  for (const length of [17, 134, 480, 718, 1300]) {
    it(`a QR code of ${length} characters is read back by another program`, () => {
      const folder = mkdtempSync(join(tmpdir(), 'gphotos-qr-'));
      try {
        const file = join(folder, 'code.pbm');
        writeFileSync(file, picture(qrLines(address.slice(0, length)) ?? []));
        const { stdout } = spawnSync('zbarimg', ['-q', '--raw', file], { encoding: 'utf8' });
        assert.equal(stdout.trimEnd(), address.slice(0, length));
      } finally {
        rmSync(folder, { recursive: true });
      }
    });
  }
});
