import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '../../../..');
const notes = join(root, 'native-notes');

interface Fact {
  readonly title: string;
  readonly lines: ReadonlyMap<string, string>;
}

const facts: Fact[] = readdirSync(notes)
  .filter((file) => file.endsWith('.md') && file !== 'README.md')
  .flatMap((file) => readFileSync(join(notes, file), 'utf8').split(/^## /m).slice(1))
  .map((section) => ({
    title: section.split('\n')[0] ?? '',
    lines: new Map([...section.matchAll(/^- \*\*(.+?):\*\* (.+)$/gm)].map(([, key = '', text = '']) => [key, text])),
  }));

const probes = readdirSync(join(notes, 'probes'))
  .filter((file) => file.endsWith('.ts') && file !== 'main.ts')
  .map((file) => file.replace(/\.ts$/, ''));

describe('the native notes', () => {
  it('the native notes say of each fact what it is, how it was seen, what it costs, where it is answered and when to look again', () => {
    assert.ok(facts.length > 20);
    for (const { title, lines } of facts) {
      for (const key of ['Fact', 'Seen', 'Costs', 'Answered in', 'Look again'])
        assert.ok(lines.has(key), `${title}: ${key}`);
    }
  });

  it('the native notes and the probes name each other, one probe a fact', () => {
    const named = facts.flatMap(({ lines }) => /^`(.+)`$/.exec(lines.get('Probe') ?? '')?.[1] ?? []);
    assert.deepEqual(named.sort(), probes.sort());
  });

  it('the native notes name files that are there', () => {
    for (const { title, lines } of facts) {
      for (const [, path = ''] of (lines.get('Answered in') ?? '').matchAll(/`((?:src|test)\/[^`]+)`/g)) {
        assert.ok(existsSync(join(root, path)), `${title}: ${path}`);
      }
    }
  });

  it('the native notes leave no fact that code relies on without a probe or the test that holds it', () => {
    for (const { title, lines } of facts) {
      const answered = lines.get('Answered in') ?? '';
      const held = lines.has('Probe') || answered.startsWith('nothing') || answered.includes('held by');
      assert.ok(held, title);
    }
  });
});
