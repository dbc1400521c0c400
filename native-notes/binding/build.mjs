// Compiles fuse-native's binding with the patches of this folder into build/native/, where load-fuse-binding.ts prefers it to the
// package's own. Does nothing where that has been done. Without compiler or headers it says so and ends with 1: the package's
// own binding serves, too. Plain Node, no dependencies.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { npmHeaders } from '../../test/support/npm-headers.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const root = resolve(here, '../..');
const target = join(root, 'build/native', `${process.platform}-${process.arch}`);
const source = dirname(createRequire(join(root, 'package.json')).resolve('fuse-native'));
const patches = readdirSync(here)
  .filter((name) => name.endsWith('.patch'))
  .sort();

function run(program, args, cwd) {
  const env = { ...npmHeaders(), ...process.env };
  const { status, stdout, stderr, error } = spawnSync(program, args, { cwd, env, encoding: 'utf8' });
  if (status !== 0) throw new Error(`${program}: ${error?.message ?? `${stdout}${stderr}`.trim().slice(-2000)}`);
}

/** What the binding is made of. */
function ingredients() {
  const hash = createHash('sha256');
  for (const file of [join(source, 'fuse-native.c'), ...patches.map((name) => join(here, name))])
    hash.update(readFileSync(file));
  return hash.digest('hex');
}

/** node-gyp as npm brings it along: npm names it to its scripts, else it lies beside the program that PATH leads to. */
function nodeGyp() {
  const npms = (process.env.PATH ?? '').split(delimiter).map((folder) => join(folder, 'npm'));
  const folders = npms.filter((file) => existsSync(file)).map((file) => resolve(realpathSync(file), '../..'));
  const files = folders.map((folder) => join(folder, 'node_modules/node-gyp/bin/node-gyp.js'));
  const found = [process.env.npm_config_node_gyp ?? '', ...files].find((file) => existsSync(file));
  if (found === undefined) throw new Error('npm, which brings node-gyp along, is not in PATH');
  return found;
}

function build() {
  // Below the root, so that its node_modules are found.
  mkdirSync(join(root, 'build'), { recursive: true });
  const folder = mkdtempSync(join(root, 'build', 'native-'));
  try {
    for (const file of ['fuse-native.c', 'binding.gyp']) copyFileSync(join(source, file), join(folder, file));
    writeFileSync(join(folder, 'package.json'), '{}');
    for (const name of patches)
      run('git', ['apply', '--unsafe-paths', `--directory=${folder}`, join(here, name)], tmpdir());
    run(process.execPath, [nodeGyp(), 'rebuild'], folder);
    mkdirSync(target, { recursive: true });
    copyFileSync(join(folder, 'build/Release/fuse.node'), join(target, 'fuse.node'));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const marker = join(target, 'ingredients');
const wanted = ingredients();
if (!existsSync(marker) || readFileSync(marker, 'utf8') !== wanted) {
  try {
    build();
    writeFileSync(marker, wanted);
  } catch (error) {
    process.stderr.write(`native: fuse-native is used as it comes (${error.message})\n`);
    process.exit(1);
  }
}
