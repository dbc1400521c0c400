// fuse-native's binding.gyp prints this: the library to link. The package of npm that had this name has libraries for x86-64 and
// 32-bit ARM only. On Linux this one compiles a library without code in its place: it has the name of libfuse 2 and the
// functions that the binding calls, each with its version. Without versions the loader would take the oldest function of a
// name, which expects other structures. At run time the real libfuse.so.2 is loaded.
const { spawnSync } = require('node:child_process');
const { mkdirSync, writeFileSync } = require('node:fs');
const { join } = require('node:path');

const FUNCTIONS = {
  'FUSE_2.2': ['fuse_loop_mt', 'fuse_destroy'],
  'FUSE_2.6': ['fuse_new', 'fuse_mount', 'fuse_unmount', 'fuse_session_remove_chan'],
  'FUSE_2.8': ['fuse_get_context'],
};

function compileStandIn() {
  // node-gyp runs this in the folder of binding.gyp.
  const folder = join(process.cwd(), 'build/libfuse');
  mkdirSync(folder, { recursive: true });
  const [source, versions, library] = ['libfuse.c', 'versions', 'libfuse.so'].map((name) => join(folder, name));
  writeFileSync(
    source,
    Object.values(FUNCTIONS)
      .flat()
      .map((name) => `void ${name}(void) {}\n`)
      .join(''),
  );
  writeFileSync(
    versions,
    Object.entries(FUNCTIONS)
      .map(([version, names]) => `${version} { global: ${names.join('; ')}; };\n`)
      .join(''),
  );
  const [compiler, ...words] = (process.env.CC || 'cc').split(/\s+/);
  const options = ['-shared', '-fPIC', '-nostdlib', '-Wl,-soname,libfuse.so.2', `-Wl,--version-script=${versions}`];
  const { status, error } = spawnSync(compiler, [...words, ...options, '-o', library, source], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  if (status !== 0) throw new Error(`${compiler}: ${error?.message ?? 'could not make a library to link'}`);
  return library;
}

if (process.platform === 'darwin') require('fuse-shared-library-darwin/lib');
else console.log(compileStandIn());
