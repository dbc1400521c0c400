import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { qrLines, qrModules } from '../../../src/cli/qr-code.js';

const hasReader = spawnSync('zbarimg', ['--version']).status === 0;

/** A picture that every reader of the netpbm formats takes, 4 pixels a module. */
function picture(modules: readonly (readonly boolean[])[]): string {
  const size = (modules.length + 8) * 4;
  const rows: string[] = [];
  for (let y = 0; y < size; y++) {
    let row = '';
    for (let x = 0; x < size; x++) row += modules[(y >> 2) - 4]?.[(x >> 2) - 4] === true ? '1 ' : '0 ';
    rows.push(row);
  }
  return `P1\n${size} ${size}\n${rows.join('\n')}\n`;
}

function read(text: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'gphotos-qr-'));
  try {
    const modules = qrModules(text);
    assert.ok(modules);
    const file = join(folder, 'code.pbm');
    writeFileSync(file, picture(modules));
    return spawnSync('zbarimg', ['-q', '--raw', file], { encoding: 'utf8' }).stdout.replace(/\n$/, '');
  } finally {
    rmSync(folder, { recursive: true });
  }
}

describe('a QR code', { skip: !hasReader && 'zbarimg is not installed' }, () => {
  const address = `https://accounts.google.com/o/oauth2/v2/auth?${'client_id=123456789012-abc&state=x&'.repeat(40)}`;
  for (const length of [1, 17, 32, 78, 134, 192, 230, 300, 480, 718, 858, 1100, 1300]) {
    it(`of ${length} characters is read back by another program`, () => {
      const text = address.slice(0, length);
      assert.equal(read(text), text);
    });
  }
});

describe('a QR code on a terminal', () => {
  it('is as wide as the code and its quiet zone, in half blocks', () => {
    const lines = qrLines('https://example.org') ?? [];
    assert.equal(lines[0]?.length, 25 + 8);
    assert.equal(lines.length, Math.ceil((25 + 8) / 2));
    assert.match(lines.join(''), /^[█▀▄ ]+$/);
  });

  it('is left out for a text too long for any', () => {
    assert.equal(qrLines('x'.repeat(3000)), undefined);
  });
});
