import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '../../..');

function paragraphs(): string[] {
  const text = readFileSync(join(root, 'SEMANTICS.md'), 'utf8');
  return [...text.matchAll(/^\*\*([a-z0-9-]+)\*\* /gm)].map((match) => match[1] ?? '');
}

/** Tests of SEMANTICS start their title with the paragraph's name and a colon: `it('twins: …`. */
function tests(): string[] {
  const folder = join(root, 'test/mount');
  return readdirSync(folder)
    .filter((name) => /^(?:semantics|bytes)-.*\.mount\.test\.ts$/.test(name))
    .flatMap((name) => [
      ...readFileSync(join(folder, name), 'utf8').matchAll(/^\s*(?:await )?(?:it|t\.test)\(\s*['"`]([a-z0-9-]+): /gm),
    ])
    .map((match) => match[1] ?? '');
}

describe('SEMANTICS.md', () => {
  it('has at least one test on a real mount for each paragraph, and no test without a paragraph', () => {
    assert.ok(paragraphs().length > 25, 'the paragraphs were found');
    assert.deepEqual([...new Set(tests())].sort(), [...new Set(paragraphs())].sort());
  });

  it('SEMANTICS.md names each paragraph once', () => {
    assert.equal(new Set(paragraphs()).size, paragraphs().length);
  });

  it('opens with the four tenets', () => {
    const text = readFileSync(join(root, 'SEMANTICS.md'), 'utf8');
    assert.match(text, /^# Semantics[\s\S]{0,400}## Tenets\n\n1\. \*\*Never lie about bytes/);
    assert.ok(text.indexOf('## Tenets') < text.indexOf('## The tree'));
  });
});
