import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { manPage } from '../../../src/cli/man-page.js';
import { EXIT_MEANINGS } from '../../../src/support/user-error.js';
import { repositoryRoot } from '../../support/mounted.js';

const TABLE = Object.entries(EXIT_MEANINGS);

describe('the table of exit codes', () => {
  it('stands in README as it is', () => {
    const readme = readFileSync(join(repositoryRoot, 'README.md'), 'utf8');
    const section = readme.slice(readme.indexOf('### Exit codes'));
    const rows = [...section.matchAll(/^\| (\d+) +\| (.*?) +\|$/gm)].map(([, code, meaning]) => [code, meaning]);
    assert.deepEqual(rows, TABLE);
  });

  it('stands in the man page as it is, in its order', () => {
    const page = manPage('January 31, 2026');
    const section = page.slice(page.indexOf('.Sh EXIT STATUS'), page.indexOf('.Sh SEE ALSO'));
    const items = section
      .split('.It ')
      .slice(1)
      .map((item) => item.replace(/\n(?:\.El\n)?/g, ' ').trim());
    assert.deepEqual(
      items,
      TABLE.map(([code, meaning]) => `${code} ${meaning.replaceAll('`', '')}`),
    );
  });
});
