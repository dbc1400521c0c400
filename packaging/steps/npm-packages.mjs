// Node and the packages of npm, as the lock files name them, for another processor than this machine's too.
import { copyFileSync, cpSync, existsSync, mkdirSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { cached, root, run } from './common.mjs';

/** Run without install scripts, which would run for this machine: npm compares each package with its checksum. */
function install(folder, { node }) {
  const options = ['--ignore-scripts', '--omit=dev', '--no-audit', '--no-fund', '--os=linux', `--cpu=${node}`];
  run('npm', ['ci', ...options, '--libc=glibc'], { cwd: folder });
}

function copyManifests(from, to) {
  for (const name of ['package.json', 'package-lock.json']) copyFileSync(join(from, name), join(to, name));
}

/** The folder of npm's package with Node for a processor: `bin/node`, `include`, `LICENSE`. */
export function fetchNode(architecture) {
  const from = join(root, 'packaging/node');
  const name = `node-linux-${architecture.node}`;
  const lock = JSON.parse(readFileSync(join(from, 'package-lock.json'), 'utf8'));
  const folder = cached(name, lock.packages[`node_modules/${name}`], (made) => {
    copyManifests(from, made);
    install(made, architecture);
    if (!existsSync(join(made, 'node_modules', name, 'bin/node'))) throw new Error(`npm did not install ${name}`);
  });
  return join(folder, 'node_modules', name);
}

/** A folder whose node_modules holds the locked packages for a processor, without what is compiled. */
export function fetchModules(architecture) {
  const lock = readFileSync(join(root, 'package-lock.json'), 'utf8');
  return cached(`modules-${architecture.node}`, lock, (made) => {
    copyManifests(root, made);
    copyFileSync(join(root, '.npmrc'), join(made, '.npmrc'));
    // A package of this repository, by its path.
    const own = 'native-notes/binding/fuse-shared-library';
    cpSync(join(root, own), join(made, own), { recursive: true });
    install(made, architecture);
  });
}

/** Needed to install or compile only. */
const NOT_AT_RUN_TIME = new Set(['prebuild-install', 'nanoresource', 'napi-macros', 'fuse-shared-library']);
/** Types, texts and the sources of what is compiled, which nothing reads at run time. Licences stay. */
const LEFT_OUT =
  /\.(?:d\.[cm]?ts|ts|map|md|c|cc|cpp|h|hpp|gyp|gypi)$|(?:^|\/)(?:\.[^/]+|test|tests|example|examples)(?:\/|$)/;
/** Folders with what is compiled, or compiled for others. */
const LEFT_OUT_OF = { 'better-sqlite3': /^(?:deps|src|build)(?:\/|$)/, 'fuse-native': /^(?:prebuilds|build)(?:\/|$)/ };

function copyPackage(from, to, name) {
  const filter = (path) => {
    const below = path.slice(from.length + 1);
    if (below === '' || /licen[sc]e/i.test(below)) return true;
    return !below.startsWith('node_modules') && !LEFT_OUT.test(below) && !LEFT_OUT_OF[name]?.test(below);
  };
  cpSync(from, to, { recursive: true, filter });
}

/** Copies what the program needs at run time from one node_modules to another. Returns the folders, relative to it. */
export function copyRuntimeModules(from, to) {
  const copied = new Set();
  /** `at`: the folders in which Node looks for a package, the nearest first. */
  const copy = (name, at) => {
    if (NOT_AT_RUN_TIME.has(name)) return;
    const place = at.find((folder) => existsSync(join(from, folder, name, 'package.json')));
    // An optional one of another processor.
    if (place === undefined) return;
    const path = join(place, name);
    if (copied.has(path)) return;
    copied.add(path);
    mkdirSync(join(to, place), { recursive: true });
    copyPackage(join(from, path), join(to, path), name);
    const { dependencies, optionalDependencies } = JSON.parse(readFileSync(join(from, path, 'package.json'), 'utf8'));
    for (const inner of Object.keys({ ...dependencies, ...optionalDependencies }))
      copy(inner, [join(path, 'node_modules'), ...at]);
  };
  const { dependencies, optionalDependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  for (const name of Object.keys({ ...dependencies, ...optionalDependencies })) copy(name, ['.']);
  if (!readdirSync(to).includes('better-sqlite3')) throw new Error('better-sqlite3 was not installed');
  return [...copied].sort();
}
