import { createHash } from 'node:crypto';
import { closeSync, openSync, readFileSync, readSync } from 'node:fs';
import { inflateRawSync } from 'node:zlib';
import { openCatalogView, type CatalogViewOptions } from '../../src/catalog/catalog-view.js';
import type { TakeoutPlace } from '../../src/catalog/takeout-places.js';
import { FsError, type DirectoryEntry, type FileSystem } from '../../src/filesystem/file-system.js';
import type { MediaId } from '../../src/library/media-item.js';
import { fileSystemOver, MemoryContent } from '../behaviour/memory-world.js';
import type { SeenFile, SeenTree } from '../takeout/tree-scan.js';

/** What a mount of a catalog would show, without a mount: bytes are read from the archives as they lie there. */
export async function withCatalogTree<T>(
  file: string,
  options: CatalogViewOptions,
  use: (tree: CatalogTree) => Promise<T>,
): Promise<T> {
  const view = openCatalogView(file, options);
  try {
    return await use(new CatalogTree(view));
  } finally {
    view.close();
  }
}

export class CatalogTree implements SeenTree {
  readonly #view: ReturnType<typeof openCatalogView>;
  readonly #fileSystem: FileSystem;
  readonly #digests = new Map<number, string>();

  constructor(view: ReturnType<typeof openCatalogView>) {
    this.#view = view;
    this.#fileSystem = fileSystemOver(view, new MemoryContent({}), [], {});
  }

  async names(folder: string): Promise<string[] | undefined> {
    return (await this.#entries(folder))?.map(({ name }) => name).sort();
  }

  async files(folder: string): Promise<SeenFile[]> {
    const found: SeenFile[] = [];
    for (const { name, inode, kind } of (await this.#entries(folder)) ?? []) {
      if (kind !== 'file') continue;
      const path = `${folder}/${name}`;
      const { size, mtime } = await this.#fileSystem.getattr(`/${path}`);
      const sha256 = this.#digests.get(inode) ?? digestOf(await this.#placeOf(path));
      this.#digests.set(inode, sha256);
      found.push({ path, name, size, mtimeMs: Math.max(0, mtime), sha256 });
    }
    return found;
  }

  /** Extended attributes of a file, without `user.gphotos.` before their names. */
  async xattrs(path: string): Promise<Record<string, string>> {
    const values: Record<string, string> = {};
    for (const name of await this.#fileSystem.listxattr(`/${path}`))
      values[name.replace(/^user\.gphotos\./, '')] = await this.#xattr(path, name);
    return values;
  }

  async inode(path: string): Promise<number> {
    return (await this.#fileSystem.getattr(`/${path}`)).inode;
  }

  async #xattr(path: string, name: string): Promise<string> {
    return new TextDecoder().decode(await this.#fileSystem.getxattr(`/${path}`, name));
  }

  async #placeOf(path: string): Promise<TakeoutPlace> {
    const id = await this.#xattr(path, 'user.gphotos.id');
    const place = this.#view.takeoutPlace(id as MediaId);
    if (place === undefined) throw new Error(`${path} has no place in an archive`);
    return place;
  }

  async #entries(folder: string): Promise<DirectoryEntry[] | undefined> {
    try {
      return await this.#fileSystem.readdir(`/${folder}`);
    } catch (error) {
      if (error instanceof FsError && error.code === 'ENOENT') return undefined;
      throw error;
    }
  }
}

function digestOf({ file, headerOffset, packed, method }: TakeoutPlace): string {
  const hash = createHash('sha256');
  if (headerOffset === undefined) return hash.update(readFileSync(file)).digest('hex');
  const descriptor = openSync(file, 'r');
  try {
    const header = Buffer.alloc(30);
    readSync(descriptor, header, 0, 30, headerOffset);
    const bytes = Buffer.alloc(packed);
    readSync(descriptor, bytes, 0, packed, headerOffset + 30 + header.readUInt16LE(26) + header.readUInt16LE(28));
    return hash.update(method === 'deflated' ? inflateRawSync(bytes) : bytes).digest('hex');
  } finally {
    closeSync(descriptor);
  }
}
