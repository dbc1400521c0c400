import { createHash } from 'node:crypto';
import type { PartIdentity, PartPlan } from '../../catalog/takeout-parts.js';
import type { ArchiveThreads } from '../archives/archive-threads.js';
import type { ArchiveEntry } from '../archives/entry.js';

/** A digest of what an extracted folder lists: names and sizes, in no order. */
export class FolderDigest {
  #sum = 0;
  #bytes = 0;
  #files = 0;

  add(entries: readonly ArchiveEntry[]): void {
    for (const { folder, name, size } of entries) {
      const digest = createHash('sha256').update(`${folder}/${name}\0${size}`).digest();
      // Added up, so that the order in which a folder is read does not matter.
      this.#sum = (this.#sum + digest.readUInt32LE(0)) % 2 ** 32;
      this.#bytes += size;
      this.#files += 1;
    }
  }

  identity(mtimeMs: number): PartIdentity {
    return { size: this.#bytes, mtimeMs, directoryOffset: this.#files, directoryCrc: this.#sum };
  }
}

/** What an extracted folder is now. */
export async function folderIdentity(part: PartPlan, threads: ArchiveThreads): Promise<PartIdentity> {
  const digest = new FolderDigest();
  const { identity } = await threads.list(part, (entries) => digest.add(entries));
  return digest.identity(identity.mtimeMs);
}
