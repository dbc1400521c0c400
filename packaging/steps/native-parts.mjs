// What is compiled for a processor: `node` (stripped), `better_sqlite3.node`, `fuse.node`, `libfuse.so.2`.
import { copyFileSync, cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bindingIngredients, compileBinding, nodeGyp } from '../../native-notes/binding/compile.mjs';
import { cached, root, run, say, toolPrefix } from './common.mjs';

/** The libfuse of an arm64 system comes from this release of Debian: npm has none. */
const LIBFUSE_RELEASE = 'bookworm';

export function nativeParts(name, architecture, node) {
  const prefix = toolPrefix(architecture);
  const env = {
    ...process.env,
    CC: `${prefix}gcc`,
    CXX: `${prefix}g++`,
    AR: `${prefix}ar`,
    STRIP: `${prefix}strip`,
    // What npm tells its scripts of this machine is not so there.
    npm_config_nodedir: node,
    npm_config_arch: architecture.node,
  };
  const lock = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')).packages;
  const ingredients = {
    node: readFileSync(join(node, 'package.json'), 'utf8'),
    sqlite: lock['node_modules/better-sqlite3'].integrity,
    fuse: lock['node_modules/fuse-native'].integrity,
    binding: bindingIngredients(),
    compiler: run(env.CXX, ['--version']),
    steps: readFileSync(new URL(import.meta.url), 'utf8'),
  };
  return cached(`native-${name}`, ingredients, (folder) => {
    const options = [`--arch=${architecture.node}`, `--nodedir=${node}`];
    copyFileSync(join(node, 'bin/node'), join(folder, 'node'));
    say(`compiling better-sqlite3 for ${name}, which takes a minute or two ...`);
    compileSqlite(join(folder, 'better_sqlite3.node'), options, env);
    compileBinding(join(folder, 'fuse.node'), { options, env });
    for (const file of ['node', 'better_sqlite3.node', 'fuse.node']) run(env.STRIP, [join(folder, file)]);
    copyLibfuse(join(folder, 'libfuse.so.2'), name, architecture);
  });
}

function compileSqlite(file, options, env) {
  const folder = mkdtempSync(join(tmpdir(), 'deb-sqlite-'));
  try {
    const source = join(root, 'node_modules/better-sqlite3');
    const isBuilt = (path) => path.startsWith(join(source, 'build'));
    cpSync(source, folder, { recursive: true, filter: (path) => !isBuilt(path) });
    run(process.execPath, [nodeGyp(), 'rebuild', '--release', '--jobs=2', ...options], { cwd: folder, env });
    copyFileSync(join(folder, 'build/Release/better_sqlite3.node'), file);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function copyLibfuse(to, name, architecture) {
  if (architecture.node === 'x64') {
    copyFileSync(join(root, 'node_modules/fuse-native/prebuilds/linux-x64/libfuse.so'), to);
    return;
  }
  const folder = mkdtempSync(join(tmpdir(), 'deb-libfuse-'));
  try {
    // Unpacks the packages below a folder; nothing is installed or registered on this machine.
    run('mmdebstrap', [`--architectures=${name}`, '--variant=extract', '--include=libfuse2', LIBFUSE_RELEASE, folder]);
    copyFileSync(join(folder, `lib/${architecture.compiler.slice(0, -1)}/libfuse.so.2`), to);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
