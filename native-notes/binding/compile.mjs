// Compiles fuse-native's binding with the patches of this folder. Plain Node, no dependencies.
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

const here = dirname(fileURLToPath(import.meta.url));
const root = resolve(here, '../..');
const patches = readdirSync(here)
  .filter((name) => name.endsWith('.patch'))
  .sort();
const source = () => dirname(createRequire(join(root, 'package.json')).resolve('fuse-native'));

function run(program, args, cwd, env) {
  const { status, stdout, stderr, error } = spawnSync(program, args, {
    cwd,
    env,
    encoding: 'utf8',
    maxBuffer: 64 << 20,
  });
  if (status !== 0) throw new Error(`${program}: ${error?.message ?? `${stdout}${stderr}`.trim().slice(-2000)}`);
}

/** A hash of what the binding is made of. */
export function bindingIngredients() {
  const hash = createHash('sha256');
  const files = [
    join(source(), 'fuse-native.c'),
    ...patches.map((name) => join(here, name)),
    join(here, 'fuse-shared-library/lib.js'),
  ];
  for (const file of files) hash.update(readFileSync(file));
  return hash.digest('hex');
}

/** node-gyp as npm brings it along: npm names it to its scripts, else it lies beside the program that PATH leads to. */
export function nodeGyp() {
  const npms = (process.env.PATH ?? '').split(delimiter).map((folder) => join(folder, 'npm'));
  const folders = npms.filter((file) => existsSync(file)).map((file) => resolve(realpathSync(file), '../..'));
  const files = folders.map((folder) => join(folder, 'node_modules/node-gyp/bin/node-gyp.js'));
  const found = [process.env.npm_config_node_gyp ?? '', ...files].find((file) => existsSync(file));
  if (found === undefined) throw new Error('npm, which brings node-gyp along, is not in PATH');
  return found;
}

/** Writes the binding to `file`. `options`: further ones of node-gyp. Throws where it cannot be compiled. */
export function compileBinding(file, { options = [], env = process.env } = {}) {
  // Below the root, so that its node_modules are found.
  mkdirSync(join(root, 'build'), { recursive: true });
  const folder = mkdtempSync(join(root, 'build', 'native-'));
  try {
    for (const name of ['fuse-native.c', 'binding.gyp']) copyFileSync(join(source(), name), join(folder, name));
    writeFileSync(join(folder, 'package.json'), '{}');
    for (const name of patches)
      run('git', ['apply', '--unsafe-paths', `--directory=${folder}`, join(here, name)], tmpdir(), env);
    run(process.execPath, [nodeGyp(), 'rebuild', ...options], folder, env);
    mkdirSync(dirname(file), { recursive: true });
    copyFileSync(join(folder, 'build/Release/fuse.node'), file);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
