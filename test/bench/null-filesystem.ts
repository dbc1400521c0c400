// The ceiling of the binding: fuse-native as its authors ship it, without timers, over a table of fixed names.
//   node build/test/bench/null-filesystem.js MOUNTPOINT --files N --size BYTES [--plain FILE]
// With --plain each of its files has the bytes of that file, read by pread; else they come from memory.
// Prints `ready` when mounted and unmounts on SIGINT or SIGTERM.
import { execFile } from 'node:child_process';
import { openSync, readSync } from 'node:fs';
import { createRequire } from 'node:module';
import { parseArgs } from 'node:util';
import { loadFuseBinding } from '../../src/mount/load-fuse-binding.js';

type Callback<Rest extends unknown[] = []> = (result: number, ...rest: Rest) => void;

interface Stat {
  readonly mode: number;
  readonly size: number;
  readonly ino: number;
  readonly nlink: number;
  readonly uid: number;
  readonly gid: number;
  readonly mtime: number;
  readonly atime: number;
  readonly ctime: number;
}

interface StockFuse {
  mount(done: (error: Error | null) => void): void;
}

type StockFuseClass = new (mountpoint: string, operations: object, options: object) => StockFuse;

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: {
    files: { type: 'string', default: '10000' },
    size: { type: 'string', default: '1000000' },
    plain: { type: 'string' },
  },
});
const [mountpoint] = positionals;
if (mountpoint === undefined) throw new Error('usage: null-filesystem.js MOUNTPOINT --files N --size BYTES');

const count = Number(values.files);
const size = Number(values.size);
const TIME = Date.UTC(2024, 0, 1);
const common = {
  nlink: 1,
  uid: process.getuid?.() ?? 0,
  gid: process.getgid?.() ?? 0,
  mtime: TIME,
  atime: TIME,
  ctime: TIME,
};
const root: Stat = { ...common, mode: 0o040555, size: 0, ino: 1 };
const stats = new Map<string, Stat>([['/', root]]);
const names: string[] = [];
for (let index = 0; index < count; index += 1) {
  const name = `IMG_${String(index).padStart(6, '0')}.jpg`;
  names.push(name);
  stats.set(`/${name}`, { ...common, mode: 0o100444, size, ino: index + 2 });
}
const listed = names.map((name) => stats.get(`/${name}`));
const bytes = Buffer.alloc(1 << 20, 0x5a);
const plain = values.plain === undefined ? undefined : openSync(values.plain, 'r');
const ENOENT = -2;

const operations = {
  getattr(path: string, done: Callback<[stat?: Stat]>): void {
    const stat = stats.get(path);
    if (stat === undefined) done(ENOENT);
    else done(0, stat);
  },
  fgetattr(path: string, _handle: number, done: Callback<[stat?: Stat]>): void {
    operations.getattr(path, done);
  },
  readdir(path: string, done: Callback<[names?: string[], stats?: unknown[]]>): void {
    if (path === '/') done(0, names, listed);
    else done(ENOENT);
  },
  open(_path: string, _flags: number, done: Callback<[handle: number]>): void {
    done(0, 1);
  },
  read(_path: string, _handle: number, buffer: Buffer, length: number, position: number, done: Callback): void {
    const wanted = Math.max(0, Math.min(length, size - position));
    done(plain === undefined ? bytes.copy(buffer, 0, 0, wanted) : readSync(plain, buffer, 0, wanted, position));
  },
  release(_path: string, _handle: number, done: Callback): void {
    done(0);
  },
};

// Loads the shipped libfuse first, where the system has none.
loadFuseBinding();
const Fuse = createRequire(import.meta.url)('fuse-native') as StockFuseClass;
// It puts no use_ino by itself, and options it does not know have no other way in.
class NullFileSystem extends Fuse {
  _fuseOptions(): string {
    return '-oro,use_ino,attr_timeout=1,entry_timeout=1,auto_cache,fsname=null,subtype=null';
  }
}
const fuse = new NullFileSystem(mountpoint, operations, { timeout: false });
fuse.mount((error) => {
  if (error !== null) throw error;
  console.log('ready');
});
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    execFile('fusermount3', ['-u', '-z', '--', mountpoint], () => process.exit(0));
  });
}
