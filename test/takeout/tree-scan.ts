import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';

/** A file of a mounted folder. */
export interface SeenFile {
  readonly path: string;
  readonly name: string;
  readonly size: number;
  readonly mtimeMs: number;
  /** Empty where the bytes cannot be read. */
  readonly sha256: string;
  /** Code of the error that reading met. */
  readonly error?: string;
}

/** What a check looks at: paths are those of folders below the root, without a slash before them. */
export interface SeenTree {
  /** Names in a folder, sorted; undefined where it does not exist. */
  names(folder: string): Promise<string[] | undefined>;
  /** The files of a folder; none where it does not exist. */
  files(folder: string): Promise<SeenFile[]>;
}

/** Reads folders and the bytes of files, those of one inode once. Only asynchronous calls: the mount may be in this process. */
export class TreeScan implements SeenTree {
  readonly #root: string;
  readonly #digests = new Map<string, string>();

  constructor(root: string) {
    this.#root = root;
  }

  async names(folder: string): Promise<string[] | undefined> {
    try {
      return (await readdir(join(this.#root, folder))).sort();
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw error;
    }
  }

  async files(folder: string): Promise<SeenFile[]> {
    const found: SeenFile[] = [];
    for (const name of (await this.names(folder)) ?? []) {
      const path = join(this.#root, folder, name);
      const { size, mtimeMs, dev, ino } = await stat(path);
      const key = `${dev} ${ino} ${size} ${mtimeMs}`;
      try {
        const sha256 = this.#digests.get(key) ?? (await digestOf(path));
        this.#digests.set(key, sha256);
        found.push({ path, name, size, mtimeMs, sha256 });
      } catch (error) {
        const code = (error as NodeJS.ErrnoException).code ?? 'unknown';
        found.push({ path, name, size, mtimeMs, sha256: '', error: code });
      }
    }
    return found;
  }
}

async function digestOf(path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return hash.digest('hex');
}

/** A name without the mark of a namesake: `~` and six or more characters of base 32, wherever the extension begins. */
export function unmarked(name: string): string {
  return name.replace(/~[a-z2-7]{6,}(?=$|\.|-edited)/g, '');
}
