// Runs `check` and `test` under another Node: `npm run test:node -- 22`. `npm run test:node -- 22 check` runs one of the two, and
// `npm run test:node -- 22 contract,core [part-of-name]` folders of tests. Plain Node, no dependencies.
// That Node comes from npm, headers for native modules included. The tree is copied into a cache folder and has its packages there.
import { spawnSync } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readlinkSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { createHash } from 'node:crypto';
import { homedir } from 'node:os';
import { delimiter, dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '../..');
const [version = '', ...what] = process.argv.slice(2);
/** Not copied, and kept in the copy. */
const OWN = new Set(['node_modules', 'build', '.eslintcache']);

function fail(line) {
  process.stderr.write(`test:node: ${line}\n`);
  process.exit(1);
}

function run(program, args, options) {
  const { status, error } = spawnSync(program, args, { stdio: 'inherit', ...options });
  if (error) fail(`${program}: ${error.message}`);
  return status ?? 1;
}

/** The folder of npm's package with the newest Node of this version, fetched where it is missing. */
function fetchNode(folder) {
  const name = `node-${process.platform === 'win32' ? 'win' : process.platform}-${process.arch}`;
  mkdirSync(folder, { recursive: true });
  const install = ['install', '--prefix', folder, '--no-audit', '--no-fund', '--no-package-lock', '--no-save'];
  const status = run('npm', [...install, `${name}@${version}`], { cwd: folder });
  const node = join(folder, 'node_modules', name);
  if (status !== 0 && !existsSync(join(node, 'bin/node'))) fail(`npm has no ${name}@${version}`);
  return node;
}

/** Makes `copy` hold the tree's files as they are now, committed or not, and no others. */
function copyTree(copy) {
  const listed = spawnSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
    cwd: root,
    encoding: 'utf8',
    maxBuffer: 64 << 20,
  });
  if (listed.status !== 0) fail(`git ls-files failed: ${listed.stderr}`);
  mkdirSync(copy, { recursive: true });
  for (const entry of readdirSync(copy)) if (!OWN.has(entry)) rmSync(join(copy, entry), { recursive: true });
  for (const path of listed.stdout.split('\0')) {
    const from = join(root, path);
    const found = path === '' ? undefined : lstatSync(from, { throwIfNoEntry: false });
    if (found === undefined || OWN.has(path.split('/')[0])) continue;
    mkdirSync(dirname(join(copy, path)), { recursive: true });
    if (found.isSymbolicLink()) symlinkSync(readlinkSync(from), join(copy, path));
    else copyFileSync(from, join(copy, path));
  }
}

if (!/^\d+(\.\d+){0,2}$/.test(version)) fail('name a version of Node: npm run test:node -- 22');

const cache = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'gphotos-mount-test-node');
const node = fetchNode(join(cache, `node-${version}`));
// Two trees of one person must not share a copy.
const copy = join(cache, `tree-${version}-${createHash('sha256').update(root).digest('hex').slice(0, 8)}`);
copyTree(copy);

const env = { ...process.env, PATH: `${join(node, 'bin')}${delimiter}${process.env.PATH ?? ''}` };
// What `npm run` here has told of this Node is not so there.
for (const name of Object.keys(env))
  if (/^(npm_|NODE$)/i.test(name) && !/^npm_config_(cache|registry)$/i.test(name)) delete env[name];
const there = { cwd: copy, env };
const program = join(node, 'bin/node');
const found = `Node ${spawnSync(program, ['--version'], { encoding: 'utf8' }).stdout.trim()}`;
process.stderr.write(`test:node: ${found} in ${copy}\n`);

const isFolder = what.length > 0 && !what.includes('check') && !what.includes('test');
const setup = run(
  program,
  ['test/support/setup.mjs', isFolder || what.length === 0 || what.includes('test') ? 'test' : 'unit'],
  there,
);
if (setup !== 0) process.exit(setup);
if (isFolder) process.exit(run(program, ['test/support/run-tests.mjs', ...what], there));
const results = (what.length === 0 ? ['check', 'test'] : what).map((script) => {
  const began = Date.now();
  const status = run('npm', ['run', script], there);
  return { script, status, seconds: Math.round((Date.now() - began) / 1000) };
});
for (const { script, status, seconds } of results)
  process.stderr.write(
    `test:node: ${script} ${status === 0 ? 'passed' : 'FAILED'} under ${found} after ${seconds} s\n`,
  );
process.exit(results.find(({ status }) => status !== 0)?.status ?? 0);
