// Serves one scenario on the bare binding: `server.js SCENARIO MOUNTPOINT`. Apart from loading, none of the mount room's code takes part.
import { spawn } from 'node:child_process';
import { stat } from 'node:fs/promises';
import { statSync } from 'node:fs';
import type { FuseBinding, FuseRequest } from '../../../src/mount/fuse-binding.js';
import { loadFuseBinding } from '../../../src/mount/load-fuse-binding.js';

const [scenario = 'plain', mountpoint = ''] = process.argv.slice(2);
const binding = loadFuseBinding();

/** How often each operation was called, and what the probes want to know besides. */
const counts: Record<string, number> = {};
let mtime = 1_000_000_000_000;
const files = new Set(['/a', '/b', '/c']);
const SIZE = 1_000_000;
const ENOENT = -2;
const OPTIONS: Readonly<Record<string, string>> = {
  'no-use-ino': '-oro,attr_timeout=0,entry_timeout=0',
  caching: '-oro,use_ino,auto_cache,attr_timeout=0,entry_timeout=60,ac_attr_timeout=0',
  writable: '-ouse_ino',
};

function words(isFolder: boolean, inode: number): Uint32Array {
  const stat = new Uint32Array(18);
  stat[0] = isFolder ? 0o40755 : 0o100444;
  stat[3] = isFolder ? 0 : SIZE;
  stat[6] = 1;
  stat[7] = inode;
  // As the package's own JavaScript splits a time.
  const time = scenario === 'old-date' && !isFolder ? -86_400_000 : mtime;
  for (const index of [12, 14, 16]) {
    stat[index] = time % 2 ** 32;
    stat[index + 1] = (time - (stat[index] ?? 0)) / 2 ** 32;
  }
  return stat;
}

function count(name: string): void {
  counts[name] = (counts[name] ?? 0) + 1;
}

const handlers: Record<string, (request: FuseRequest, opcode: number, ...rest: never[]) => void> = {
  init(request) {
    binding.fuse_native_signal_init(request, 0);
    process.send?.({ ready: true });
  },
  getattr(request, _opcode, ...[path = '']: string[]) {
    count('getattr');
    if (path.length > 256) count('long names');
    const known = path === '/' || files.has(path);
    binding.fuse_native_signal_getattr(request, known ? 0 : ENOENT, words(path === '/', path === '/' ? 1 : 4242));
  },
  readdir(request) {
    const names = [...files].map((path) => path.slice(1));
    if (scenario === 'long-name') names.push('n'.repeat(256));
    if (scenario === 'slash-name') names.push('a/b');
    binding.fuse_native_signal_readdir(
      request,
      0,
      names,
      names.map(() => words(false, 4242)),
    );
  },
  open(request) {
    count('open');
    binding.fuse_native_signal_open(request, 0, scenario === 'handle-zero' ? 0 : 77);
  },
  read(request, _opcode, ...rest: unknown[]) {
    const [path, handle, buffer, length, low] = rest as [string, number, Buffer, number, number];
    count('read');
    counts['handle'] = handle;
    counts['longest read'] = Math.max(counts['longest read'] ?? 0, length);
    const answer = (): void => {
      binding.fuse_native_signal_read(request, Math.max(0, Math.min(length, SIZE - low)), 0, buffer.buffer);
    };
    if (scenario === 'slow' && path === '/a') setTimeout(answer, 1500);
    else answer();
  },
  ...(scenario === 'xattr' || scenario === 'no-labels'
    ? {
        getxattr(request: FuseRequest, _opcode: number, ...rest: unknown[]): void {
          const [, name, buffer] = rest as [string, string, Buffer];
          count('getxattr');
          const tooSmall = name === 'user.range' ? -34 : 10;
          const result = scenario === 'no-labels' ? -95 : buffer.length === 0 ? 10 : tooSmall;
          binding.fuse_native_signal_getxattr(request, result, buffer.buffer);
        },
      }
    : {}),
  ...(scenario === 'writable'
    ? {
        mkdir(request: FuseRequest): void {
          count('mkdir');
          binding.fuse_native_signal_mkdir(request, -30);
        },
      }
    : {}),
  ...(scenario === 'statfs'
    ? {
        statfs(request: FuseRequest): void {
          binding.fuse_native_signal_statfs(request, 0, Uint32Array.of(4096, 4096, 0, 0, 0, 0, 0, 0, 0, 0, 255));
        },
      }
    : {}),
};

function mount(bare: FuseBinding): void {
  const implemented = new Uint32Array(35);
  const table: unknown[] = [];
  const opcodes = bare as unknown as Readonly<Record<string, number>>;
  for (const [name, handler] of Object.entries(handlers)) {
    const opcode = opcodes[`op_${name}`] ?? 0;
    implemented[opcode] = 1;
    table[opcode] = handler;
  }
  const kept: Buffer[] = [];
  const allocate = (size: number): Buffer => {
    const memory = Buffer.alloc(size);
    kept.push(memory);
    return memory;
  };
  const thread = allocate(bare.sizeof_fuse_thread_t);
  const options = OPTIONS[scenario] ?? '-oro,use_ino,attr_timeout=60,entry_timeout=60,subtype=probe';
  bare.fuse_native_mount(mountpoint, options, thread, {}, allocate, table, implemented);
}

process.on('message', (message: string) => {
  if (message === 'counts') process.send?.({ counts });
  if (message === 'add') files.add('/new');
  if (message === 'touch') mtime += 1000;
  if (message === 'run a child')
    spawn(process.execPath, ['-e', ''], { stdio: 'ignore' }).once('exit', () => process.send?.({ childEnded: true }));
  if (message === 'look synchronously') statSync(`${mountpoint}/a`);
  if (message === 'look') void stat(`${mountpoint}/a`).then(() => process.send?.({ looked: true }));
});
try {
  mount(binding);
} catch (error) {
  process.send?.({ failed: error instanceof Error ? error.message : String(error) });
}
