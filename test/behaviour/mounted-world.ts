import { join } from 'node:path';
import { openCatalogWriter } from '../../src/catalog/catalog-writer.js';
import { createHttp } from '../../src/remote/http/http.js';
import { createRemoteLibrary } from '../../src/remote/library/google-library.js';
import { systemClock } from '../../src/support/clock.js';
import { treeNames } from '../../src/sync/tree-names.js';
import { startEmulator, type Emulator } from '../emulator/start-emulator.js';
import { holdMount, type HeldMount } from '../support/held-mount.js';
import { makePrivateFolders } from '../support/private-folders.js';
import { EmulatedSpecs } from './emulated-specs.js';
import { kernelFiles } from './kernel-files.js';
import { lookAtEverything } from './look-at-everything.js';
import type { LibrarySpec, MountSpec, World } from './world.js';

/** Removals of much of a library are believed only when a second pass agrees; one may have begun before the change. */
const PASSES = 3;

/** The program on a kernel mount, with an emulated Google over HTTP. */
export const mountedWorld: World = {
  name: 'mount',
  clampsDates: true,
  async with(library, mount, use) {
    const emulator = await startEmulator();
    const folders = makePrivateFolders();
    const specs = new EmulatedSpecs(emulator);
    const hold = (args: readonly string[]): Promise<HeldMount> => holdMount({ emulator, folders, args });
    let held: HeldMount | undefined;
    const settled = async (next: LibrarySpec, passes: number): Promise<void> => {
      for (let pass = 0; pass < passes; pass++) {
        const before = await held?.mounted.status();
        // A pass that was under way may have met the change, and held it back, before anybody asked for the status.
        const after = await held?.mounted.untilStatus('another full pass', ({ sync }) => {
          if (sync.heldBack !== null) return true;
          return sync.lastFullPass !== null && sync.lastFullPass !== before?.sync.lastFullPass;
        });
        // The program would confirm it after a minute.
        if ((after?.sync.heldBack ?? null) !== null) {
          await held?.release();
          await confirm(emulator, join(folders.data, 'default/catalog.db'));
          held = await hold(argumentsFor(mount));
        }
      }
      const sizeless = (next.items ?? []).filter((item) => isSizeless(item)).length;
      await held?.mounted.untilStatus('sizes are measured', ({ catalog }) => catalog.unmeasured === sizeless);
      specs.troubleMeasured(next);
    };
    const again = async (): Promise<void> => {
      await held?.release();
      held = await hold(argumentsFor(mount));
    };
    try {
      specs.become(library);
      // A root has to be there before it can be mounted.
      held = await hold(argumentsFor({}));
      // The first sync is done, and believed as it is.
      await settled(library, 0);
      await again();
      await use({
        files: kernelFiles(folders.mountpoint),
        bytesOf: (key) => specs.bytesOf(key),
        mediaIdOf: (key) => Promise.resolve(specs.itemId(key)),
        albumIdOf: (key) => Promise.resolve(specs.albumId(key)),
        async become(next) {
          specs.become(next);
          await settled(next, PASSES);
        },
        remount: again,
      });
    } finally {
      await held?.release();
      await emulator.close();
      folders.remove();
    }
  },
};

/** A second pass over everything, while no other process has the catalog. */
async function confirm(emulator: Emulator, catalogFile: string): Promise<void> {
  const http = createHttp();
  const catalog = openCatalogWriter(catalogFile, { names: treeNames });
  try {
    const library = createRemoteLibrary({
      baseUrl: emulator.url,
      token: () => Promise.resolve(emulator.oauth.issueAccessToken().token),
      http,
      clock: systemClock,
      random: () => 0.5,
      onRequest: () => undefined,
    });
    await lookAtEverything(library, catalog);
  } finally {
    catalog.close();
    await http.close();
  }
}

function isSizeless({
  unmeasured,
  trouble,
  videoStatus = 'READY',
}: NonNullable<LibrarySpec['items']>[number]): boolean {
  return videoStatus !== 'READY' || (unmeasured === true && trouble !== undefined);
}

function argumentsFor({ root, showArchived, nestedAlbums, ownership }: MountSpec): string[] {
  return [
    ...['--attr-timeout', '0', '--full-sync-interval', '1s', '--poll-interval', '1h'],
    ...(root === undefined ? [] : ['--root', root]),
    ...(showArchived === true ? ['--show-archived'] : []),
    ...(nestedAlbums === true ? ['--nested-albums'] : []),
    ...(ownership === undefined
      ? []
      : ['--uid', `${ownership.uid}`, '--gid', `${ownership.gid}`, '--umask', ownership.umask.toString(8)]),
  ];
}
