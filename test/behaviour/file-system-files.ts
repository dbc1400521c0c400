import type { FileSystem } from '../../src/filesystem/file-system.js';
import type { Files } from './world.js';

/** Kernels ask for at most this much at a time. */
const READ_SIZE = 128 * 1024;

/** The in-process file system as the behaviour cases see files, every answer awaited as a kernel would. */
export function filesOf(current: () => FileSystem): Files {
  const readRange = async (path: string, position: number, length: number): Promise<Uint8Array> => {
    const file = await current().open(path);
    try {
      const parts: Uint8Array[] = [];
      for (let done = 0; done < length;) {
        const buffer = Buffer.alloc(Math.min(READ_SIZE, length - done));
        const count = await file.read(buffer, position + done);
        parts.push(buffer.subarray(0, count));
        done += count;
        if (count < buffer.length) break;
      }
      return Buffer.concat(parts);
    } finally {
      file.release();
    }
  };
  return {
    readdir: async (path) => (await current().readdir(path)).map(({ name, kind }) => ({ name, kind })),
    lstat: async (path) => await current().getattr(path),
    async readFile(path) {
      const { size } = await current().getattr(path);
      return readRange(path, 0, size);
    },
    read: readRange,
    listxattr: async (path) => await current().listxattr(path),
    getxattr: async (path, name) => Buffer.from(await current().getxattr(path, name)).toString('utf8'),
    // eslint-disable-next-line @typescript-eslint/require-await -- a throw has to be a rejection
    statfs: async () => current().statfs(),
  };
}
