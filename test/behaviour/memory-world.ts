import type { CatalogView } from '../../src/catalog/records.js';
import type { ItemBytes, KnownSizes, OpenBytes } from '../../src/filesystem/content-access.js';
import { createFileSystem, type FileSystemOptions } from '../../src/filesystem/create-file-system.js';
import type { FileSystem } from '../../src/filesystem/file-system.js';
import type { Problem } from '../../src/library/problem.js';
import type { MediaId } from '../../src/library/media-item.js';
import { RemoteError } from '../../src/library/remote-error.js';
import { systemClock } from '../../src/support/clock.js';
import { filesOf } from './file-system-files.js';
import { albumIdFor, bytesFor, mediaIdFor, MemoryCatalog } from './memory-catalog.js';
import type { LibrarySpec, MountSpec, World } from './world.js';

/** Sizes and bytes of a library held in memory; trouble as the specs say. Counts what it was asked. */
export class MemoryContent implements KnownSizes, ItemBytes {
  readonly measured: string[] = [];
  readonly queued: string[] = [];
  openFiles = 0;
  #library: LibrarySpec;

  constructor(library: LibrarySpec) {
    this.#library = library;
  }

  become(library: LibrarySpec): void {
    this.#library = library;
  }

  knownEtag(): undefined {
    return undefined;
  }

  correction(): undefined {
    return undefined;
  }

  changedAt(): undefined {
    return undefined;
  }

  known(): undefined {
    return undefined;
  }

  async sizeOf({ id }: { id: MediaId }): Promise<number> {
    this.measured.push(id);
    await Promise.resolve();
    return this.#bytes(id).length;
  }

  isListing = true;
  isUnopened = (): boolean => true;

  sizeForFetch(ref: { id: MediaId }): Promise<number> {
    return this.sizeOf(ref);
  }

  measureSoon(refs: readonly { id: MediaId }[]): void {
    this.queued.push(...refs.map(({ id }) => id));
  }

  async open({ ref }: { ref: { id: MediaId } }): Promise<OpenBytes> {
    await Promise.resolve();
    const bytes = this.#bytes(ref.id);
    this.openFiles++;
    return {
      size: bytes.length,
      read: (buffer, position) => {
        const part = bytes.subarray(position, position + buffer.length);
        buffer.set(part);
        return part.length;
      },
      close: () => {
        this.openFiles--;
      },
    };
  }

  #bytes(id: MediaId): Uint8Array {
    const spec = this.#library.items?.find(({ key }) => mediaIdFor(key) === id);
    if (spec?.trouble === 'rate-limited') throw new RemoteError('rate-limited', 'too many requests');
    if (spec === undefined || spec.trouble === 'gone') throw new RemoteError('not-found', 'no such item');
    return bytesFor(spec.key);
  }
}

export interface MemoryMount {
  readonly fileSystem: FileSystem;
  readonly catalog: MemoryCatalog;
  readonly content: MemoryContent;
  readonly problems: Problem[];
}

/** A file system over a library in memory. */
export function mountInMemory(
  library: LibrarySpec,
  mount: MountSpec = {},
  overrides: Partial<FileSystemOptions> = {},
): MemoryMount {
  const catalog = new MemoryCatalog(library, mount.showArchived ?? false);
  const content = new MemoryContent(library);
  const problems: Problem[] = [];
  return { fileSystem: fileSystemOver(catalog, content, problems, mount, overrides), catalog, content, problems };
}

export function fileSystemOver(
  catalog: CatalogView,
  content: KnownSizes & ItemBytes,
  problems: Problem[],
  mount: MountSpec,
  overrides: Partial<FileSystemOptions> = {},
): FileSystem {
  return createFileSystem({
    catalog,
    sizes: content,
    content,
    documents: { readme: () => 'A folder of Google Photos.\n', status: () => '{"state":"ready"}\n' },
    ownership: mount.ownership ?? { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0, umask: 0 },
    root: mount.root ?? '',
    nestedAlbums: mount.nestedAlbums ?? false,
    attrTimeoutMs: 1000,
    readOnly: true,
    clock: systemClock,
    report: (problem) => problems.push(problem),
    ...overrides,
  });
}

/** `src/filesystem` in process over a library in memory. */
export const memoryWorld: World = {
  name: 'memory',
  clampsDates: false,
  async with(library, mount, use) {
    const { catalog, content, fileSystem } = mountInMemory(library, mount);
    let current = fileSystem;
    await use({
      files: filesOf(() => current),
      bytesOf: (key) => Promise.resolve(bytesFor(key)),
      mediaIdOf: (key) => Promise.resolve(mediaIdFor(key)),
      albumIdOf: (key) => Promise.resolve(albumIdFor(key)),
      become(next) {
        catalog.become(next);
        content.become(next);
        return Promise.resolve();
      },
      remount() {
        current = fileSystemOver(catalog, content, [], mount);
        return Promise.resolve();
      },
    });
    if (content.openFiles !== 0) throw new Error(`${content.openFiles} files were never closed`);
  },
};
