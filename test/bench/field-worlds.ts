import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { MediaId } from '../../src/library/media-item.js';
import { askDaemon } from '../../src/daemon/control-client.js';
import { startRcloneProxy } from '../emulator/https-proxy.js';
import type { Emulator } from '../emulator/start-emulator.js';
import type { PrivateFolders } from '../support/private-folders.js';
import { askStatus } from './ask-status.js';
import { catalogModules } from './fill-catalog.js';
import { until } from './measure.js';
import {
  catalogFileIn,
  formerBuild,
  newFolders,
  ourWorld,
  rcloneWorld,
  THIS_BUILD,
  type Build,
  type World,
} from './worlds.js';

/** A world, and where it shows the albums. */
export interface FieldWorld extends World {
  /** Path of a file, or of the album itself. */
  inAlbum(title: string, name?: string): string;
  /** Folders of the profile; undefined for rclone. */
  readonly folders: PrivateFolders | undefined;
}

/**
 * Folders with a catalog that has every item and the sizes of those that `isMeasured` says. The background does not measure
 * the others: to it they failed today.
 */
export async function fieldFolders(
  emulator: Emulator,
  build: Build,
  isMeasured: (id: string) => boolean,
  args: readonly string[] = [],
): Promise<PrivateFolders> {
  const folders = newFolders();
  const { mediaPerDay } = emulator.switches;
  emulator.switches.mediaPerDay = 0;
  const world = await ourWorld(emulator, folders, args, { build });
  await until(
    'the first sync',
    async () => {
      const { sync } = await askStatus(folders);
      return sync.firstSyncDone && sync.phase === 'idle';
    },
    600,
  );
  await world.end();
  emulator.switches.mediaPerDay = mediaPerDay;
  const modules = await catalogModules(build);
  const writer = modules.openCatalogWriter(catalogFileIn(folders), { names: modules.treeNames });
  const known = [...emulator.library.items()].filter(({ id }) => isMeasured(id));
  writer.transaction(() => {
    writer.sizes.put(known.map(({ id }) => ({ mediaId: id as MediaId, size: emulator.library.sizeOf(id) })));
    const later = Date.now() + 86_400_000;
    for (const { rowId } of writer.sizes.worklist(1e9, Date.now())) writer.sizes.failed(rowId, later, 'the bench');
  });
  writer.close();
  return folders;
}

/** How the worlds of a scene reach the emulator. */
export interface FieldRoute {
  readonly args: readonly string[];
  readonly environment: NodeJS.ProcessEnv;
}

/** Directly, with the emulator's authority where it has one. */
export function directRoute({ authorityFile }: Emulator): FieldRoute {
  return { args: authorityFile === undefined ? [] : ['--ca-cert', authorityFile], environment: {} };
}

/** Our build, the former one if there is one, and rclone, on a library whose sizes are known as `isMeasured` says. */
export async function fieldWorlds(
  emulator: Emulator,
  isMeasured: (id: string) => boolean,
  rcloneArguments: readonly (readonly [name: string, ...args: string[]])[] = [['rclone']],
  isThroughProxy = false,
): Promise<FieldWorld[]> {
  const former = formerBuild();
  const worlds: FieldWorld[] = [];
  const direct = directRoute(emulator);
  for (const build of former === undefined ? [THIS_BUILD] : [THIS_BUILD, former]) {
    const folders = await fieldFolders(emulator, build, isMeasured, direct.args);
    const proxy = isThroughProxy ? await startRcloneProxy(emulator) : undefined;
    const environment = proxy === undefined ? {} : throughProxy(proxy.env.HTTPS_PROXY);
    const world = await ourWorld(emulator, folders, direct.args, { build, environment });
    await until('the sync', async () => (await askStatus(folders)).sync.phase === 'idle', 60);
    worlds.push({
      ...world,
      folders,
      inAlbum: inAlbum(world),
      end: async () => {
        await world.end();
        await proxy?.close();
        folders.remove();
      },
    });
  }
  for (const [name, ...args] of rcloneArguments) {
    const world = await rcloneWorld(emulator, name, args);
    worlds.push({
      ...world,
      folders: undefined,
      inAlbum: inAlbum(world),
    });
  }
  return worlds;
}

/** Both programs have the same tree. */
const inAlbum =
  ({ path }: World) =>
  (title: string, name = ''): string =>
    join(path, 'album', title, name);

/** Google's own addresses, which only the proxy leads to. */
function throughProxy(proxy: string): NodeJS.ProcessEnv {
  const none = { GPHOTOS_LIBRARY_URL: undefined, GPHOTOS_PICKER_URL: undefined, GPHOTOS_AUTH_URL: undefined };
  return { ...none, GPHOTOS_TOKEN_URL: undefined, HTTPS_PROXY: proxy };
}

/** Base URLs live for an hour in memory; a mount that has just synced knows them all, as rclone does of what it listed. */
export async function learnUrls({ folders }: FieldWorld): Promise<void> {
  if (folders === undefined) return;
  const request = { command: 'sync', full: true, wait: true } as const;
  const reply = await askDaemon(join(folders.runtime, 'default.sock'), request, 600_000);
  if (reply?.ok !== true) throw new Error(`sync: ${JSON.stringify(reply)}`);
}

/** Lists an album, so that its names, and its base URLs, are known to every program. */
export async function lookAt(world: FieldWorld, title: string): Promise<void> {
  await readdir(world.inAlbum(title));
}
