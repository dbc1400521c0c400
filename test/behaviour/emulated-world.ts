import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openCatalogView } from '../../src/catalog/catalog-view.js';
import { openCatalogWriter, type CatalogWriter } from '../../src/catalog/catalog-writer.js';
import { ContentStore } from '../../src/content/content-store.js';
import { SizeBook } from '../../src/content/size-book.js';
import { createFileSystem } from '../../src/filesystem/create-file-system.js';
import type { FileSystem } from '../../src/filesystem/file-system.js';
import type { MediaId } from '../../src/library/media-item.js';
import { createHttp } from '../../src/remote/http/http.js';
import { createMediaSource, type LearningMediaSource } from '../../src/remote/media/google-media-source.js';
import { OfflineGate } from '../../src/remote/media/offline-gate.js';
import { createRemoteLibrary } from '../../src/remote/library/google-library.js';
import { systemClock } from '../../src/support/clock.js';
import { treeNames } from '../../src/sync/tree-names.js';
import { startEmulator } from '../emulator/start-emulator.js';
import { EmulatedSpecs } from './emulated-specs.js';
import { lookAtEverything } from './look-at-everything.js';
import { filesOf } from './file-system-files.js';
import type { LibrarySpec, MountSpec, World } from './world.js';

/** Removals of much of a library are believed only when a second pass agrees. */
const PASSES = 2;

/** `src/filesystem` in process over the real sync, catalog and content, and an emulated Google over HTTP. */
export const emulatedWorld: World = {
  name: 'emulator',
  clampsDates: false,
  async with(library, mount, use) {
    const folder = await mkdtemp(join(tmpdir(), 'gphotos-mount-behaviour-'));
    const emulator = await startEmulator();
    const http = createHttp();
    const specs = new EmulatedSpecs(emulator);
    const shared = {
      baseUrl: emulator.url,
      http,
      clock: systemClock,
      random: () => 0.5,
      onRequest: () => undefined,
      rateLimitPauseMs: 1,
    };
    const remote = createRemoteLibrary({
      ...shared,
      token: () => Promise.resolve(emulator.oauth.issueAccessToken().token),
    });
    const source = createMediaSource({ ...shared, library: remote, gatherMs: 0 });
    const catalogFile = join(folder, 'catalog.db');
    const writer = openCatalogWriter(catalogFile, { names: treeNames });
    const become = async (next: LibrarySpec): Promise<void> => {
      specs.become(next);
      for (let pass = 0; pass < PASSES; pass++) await lookAtEverything(remote, writer);
      measureAll(next, specs, writer, (id) => emulator.library.sizeOf(id));
      specs.troubleMeasured(next);
    };
    try {
      await become(library);
      let mounted = await mountOver({ catalogFile, folder, writer, source, mount });
      try {
        await use({
          files: filesOf(() => mounted.fileSystem),
          bytesOf: (key) => specs.bytesOf(key),
          mediaIdOf: (key) => Promise.resolve(specs.itemId(key)),
          albumIdOf: (key) => Promise.resolve(specs.albumId(key)),
          become,
          async remount() {
            await mounted.unmount();
            mounted = await mountOver({ catalogFile, folder, writer, source, mount });
          },
        });
      } finally {
        await mounted.unmount();
      }
    } finally {
      writer.close();
      await http.close();
      await emulator.close();
      await rm(folder, { recursive: true, force: true });
    }
  },
};

/** What background measuring would find, but for what the case wants unmeasured. */
function measureAll(
  { items = [] }: LibrarySpec,
  specs: EmulatedSpecs,
  catalog: CatalogWriter,
  sizeOf: (id: string) => number,
): void {
  const sizes = items
    .filter(({ unmeasured }) => unmeasured !== true)
    .map(({ key }) => ({ mediaId: specs.itemId(key) as MediaId, size: sizeOf(specs.itemId(key)) }));
  catalog.transaction(() => catalog.sizes.put(sizes));
}

interface MountParts {
  readonly catalogFile: string;
  readonly folder: string;
  readonly writer: CatalogWriter;
  readonly source: LearningMediaSource;
  readonly mount: MountSpec;
}

async function mountOver({
  catalogFile,
  folder,
  writer,
  source,
  mount,
}: MountParts): Promise<{ fileSystem: FileSystem; unmount(): Promise<void> }> {
  const catalog = openCatalogView(catalogFile, { showArchived: mount.showArchived ?? false });
  let isMounted = true;
  const gated = new OfflineGate(source, systemClock);
  const sizes: SizeBook = new SizeBook({
    source: gated,
    clock: systemClock,
    onMeasured(batch) {
      // What comes after the end of a case has no catalog to go to.
      if (!isMounted) return;
      writer.transaction(() => writer.sizes.put(batch.map(({ id, ...measured }) => ({ mediaId: id, ...measured }))));
      sizes.committed(batch.map(({ id }) => id));
    },
    onFailure: () => undefined,
  });
  const content = new ContentStore({
    source: gated,
    sizes,
    clock: systemClock,
    folder: join(folder, 'cache'),
    maxBytes: 2 ** 30,
    report: () => undefined,
  });
  await content.run();
  const fileSystem = createFileSystem({
    catalog,
    sizes,
    content,
    documents: { readme: () => 'A folder of Google Photos.\n', status: () => '{"state":"ready"}\n' },
    ownership: mount.ownership ?? { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0, umask: 0 },
    root: mount.root ?? '',
    nestedAlbums: mount.nestedAlbums ?? false,
    attrTimeoutMs: 1000,
    readOnly: true,
    clock: systemClock,
    report: () => undefined,
  });
  return {
    fileSystem,
    async unmount() {
      isMounted = false;
      await content.stop();
      catalog.close();
    },
  };
}
