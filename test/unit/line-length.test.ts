import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, it } from 'node:test';

const source = fileURLToPath(new URL('../../../src', import.meta.url));

/** The formatter holds code at 120 columns, but breaks neither texts nor comments. */
const MOST_COLUMNS = 140;

describe('the sources', () => {
  it('no line of src, code or comment, has more than 140 columns', () => {
    const files = readdirSync(source, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'));
    assert.ok(files.length > 100, 'the sources were found');
    const long = files.flatMap((file) =>
      readFileSync(join(source, file), 'utf8')
        .split('\n')
        .flatMap((line, index) => (line.length > MOST_COLUMNS ? [`src/${file}:${index + 1}: ${line.length}`] : [])),
    );
    assert.deepEqual(long, []);
  });
});
