import { execFile } from 'node:child_process';
import { lstat, open, opendir, readFile, statfs } from 'node:fs/promises';
import { promisify } from 'node:util';
import type { Files } from './world.js';

const execute = promisify(execFile);

/** Node has no call for extended attributes. */
const XATTR = `
import errno, json, os, sys
path, name = sys.argv[1], sys.argv[2] if len(sys.argv) > 2 else None
try:
    found = os.listxattr(path) if name is None else os.getxattr(path, name).decode()
    print(json.dumps({'found': found}))
except OSError as error:
    print(json.dumps({'code': errno.errorcode[error.errno]}))
`;

/** Files below a mount point, through the kernel and without blocking: the emulator may serve in this very process. */
export function kernelFiles(mountpoint: string): Files {
  const at = (path: string): string => `${mountpoint}${path}`;
  return {
    async readdir(path) {
      const found: { name: string; kind: 'file' | 'directory' }[] = [];
      // Node's readdir would sort.
      for await (const entry of await opendir(at(path))) {
        found.push({ name: entry.name, kind: entry.isDirectory() ? 'directory' : 'file' });
      }
      return found;
    },
    async lstat(path) {
      const stats = await lstat(at(path));
      return {
        kind: stats.isDirectory() ? 'directory' : 'file',
        inode: stats.ino,
        size: stats.size,
        permissions: stats.mode & 0o7777,
        mtime: stats.mtimeMs,
        ctime: stats.ctimeMs,
        links: stats.nlink,
        uid: stats.uid,
        gid: stats.gid,
      };
    },
    readFile: (path) => readFile(at(path)),
    async read(path, position, length) {
      const file = await open(at(path));
      try {
        const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, position);
        return buffer.subarray(0, bytesRead);
      } finally {
        await file.close();
      }
    },
    listxattr: async (path) => (await xattr([at(path)])) as string[],
    getxattr: async (path, name) => (await xattr([at(path), name])) as string,
    async statfs() {
      const { blocks, bsize, files } = await statfs(mountpoint);
      return { totalBytes: blocks * bsize, files };
    },
  };
}

async function xattr(args: readonly string[]): Promise<unknown> {
  const { stdout } = await execute('python3', ['-c', XATTR, ...args], { timeout: 20_000 });
  const answer = JSON.parse(stdout) as { found?: unknown; code?: string };
  if (answer.code !== undefined) throw Object.assign(new Error(`xattr: ${answer.code}`), { code: answer.code });
  return answer.found;
}
