import { statfs } from 'node:fs/promises';

const MOST = 10 * 1024 ** 3;

/** Default size limit of the cache: 10 GiB, or a tenth of the free space if that is less. */
export async function defaultCacheLimit(folder: string): Promise<number> {
  const { bavail, bsize } = await statfs(folder);
  return Math.min(MOST, Math.floor((bavail * bsize) / 10));
}
