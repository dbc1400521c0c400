// Runs the compiled tests with Node's own runner. `run-tests.mjs unit` runs build/test/unit, `all` runs every folder but
// `service`, which boots an init system. `long` plays all that tests of chance, wherever they are, have to play
// (test/support/chance.ts), of which `unit` plays three of a hundred and the others a tenth. With --no-skips a skipped test is a failure. Failed tests are listed at the end.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { npmHeaders } from './npm-headers.mjs';
import { runWhereAllCanRead } from './where-all-can-read.mjs';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '../..');
const compiled = join(root, 'build/test');
const FOLDERS = ['unit', 'contract', 'core', 'model', 'cli', 'mount', 'crash'];
/** Most tests of chance are here. */
const LONG = ['model', 'crash'];

// Node 20's runner takes files, not patterns.
function testFiles(folder) {
  const found = [];
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) found.push(...testFiles(path));
    // A test whose source is gone must not run from an old build.
    else if (entry.name.endsWith('.test.js') && hasSource(path)) found.push(path);
  }
  return found;
}

function hasSource(path) {
  return statSync(path.replace(`${join(root, 'build')}/`, `${root}/`).replace(/\.js$/, '.ts'), {
    throwIfNoEntry: false,
  });
}

function isIn(folder, file) {
  return file.startsWith(join(compiled, folder, '/'));
}

function isOfChance(file) {
  return readFileSync(file, 'utf8').includes('/support/chance.js');
}

const words = process.argv.slice(2);
const noSkips = words.includes('--no-skips');
const [which = 'all', ...only] = words.filter((word) => word !== '--no-skips');
const folders = which === 'all' || which === 'long' ? FOLDERS : which.split(',');
const isPlayed = (file) => which !== 'long' || LONG.some((folder) => isIn(folder, file)) || isOfChance(file);
// Tests of these folders start the program as other users.
if (folders.some((folder) => folder !== 'unit' && FOLDERS.includes(folder))) runWhereAllCanRead(root, words);
const files = folders
  .filter((folder) => statSync(join(compiled, folder), { throwIfNoEntry: false }))
  .flatMap((folder) => testFiles(join(compiled, folder)))
  .filter(isPlayed)
  .filter((file) => only.length === 0 || only.some((part) => file.includes(part)));
if (files.length === 0) {
  console.error(`no compiled tests in ${folders.join(', ')}: run \`npm run build\` first`);
  process.exit(1);
}
const env = { ...npmHeaders(), ...process.env };
const SHARES = { long: '1', unit: '0.03' };
if (SHARES[which] !== undefined) env.GPHOTOS_TEST_SHARE ??= SHARES[which];
if (folders.some((folder) => LONG.includes(folder))) {
  // One for all files, so that one line repeats the whole run.
  env.GPHOTOS_TEST_SEED ||= String(1 + Math.floor(Math.random() * (2 ** 31 - 1)));
  console.error(`GPHOTOS_TEST_SEED=${env.GPHOTOS_TEST_SEED} repeats the tests of chance as they are played now`);
}
const folder = mkdtempSync(join(tmpdir(), 'run-tests-'));
const report = join(folder, 'failed.jsonl');
const run = spawnSync(
  process.execPath,
  [
    '--enable-source-maps',
    '--test',
    '--test-concurrency=2',
    `--test-reporter=${process.stdout.isTTY ? 'spec' : 'tap'}`,
    '--test-reporter-destination=stdout',
    `--test-reporter=${join(root, 'test/support/failed-tests.mjs')}`,
    `--test-reporter-destination=${report}`,
    ...files.sort(),
  ],
  { stdio: 'inherit', cwd: root, env },
);
const entries = statSync(report, { throwIfNoEntry: false })
  ? readFileSync(report, 'utf8')
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line))
  : [];
rmSync(folder, { recursive: true });
const failed = entries.filter((entry) => entry.name !== undefined);
for (const [index, { file, line, name, error }] of failed.entries()) {
  const place = file === undefined ? '' : `${relative(root, file)}:${line} `;
  console.error(`\nfailed ${index + 1} of ${failed.length}: ${place}${name}\n${error.replace(/^/gm, '    ')}`);
}
const skipped = entries.find((entry) => entry.skipped !== undefined)?.skipped;
if (noSkips && skipped !== 0) {
  console.error(`${skipped ?? 'unknown'} tests were skipped, and none may be here`);
  process.exit(run.status || 1);
}
process.exit(run.status ?? 1);
