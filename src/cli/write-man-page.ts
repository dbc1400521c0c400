import { statSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { manPage } from './man-page.js';

// Run by `npm run man` with the file to write. The date is that of the option table, so that a rebuild changes nothing.
const [file = 'gphotos-mount.1'] = process.argv.slice(2);
const { mtime } = statSync(fileURLToPath(new URL('./option-table.js', import.meta.url)));
const date = mtime.toLocaleDateString('en-US', { year: 'numeric', month: 'long', day: 'numeric', timeZone: 'UTC' });
writeFileSync(file, manPage(date));
