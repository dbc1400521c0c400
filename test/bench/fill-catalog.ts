import { statSync } from 'node:fs';
import { join } from 'node:path';
import { openCatalogWriter } from '../../src/catalog/catalog-writer.js';
import type { MediaId } from '../../src/library/media-item.js';
import { treeNames } from '../../src/sync/tree-names.js';
import type { Emulator } from '../emulator/start-emulator.js';
import type { Build } from './worlds.js';

interface CatalogModules {
  readonly openCatalogWriter: typeof openCatalogWriter;
  readonly treeNames: typeof treeNames;
}

/** Modules of a build: one that is older writes the format that it reads. */
export async function catalogModules({ root }: Build): Promise<CatalogModules> {
  const load = (file: string): Promise<unknown> => import(join(root, 'build/src', file));
  const [writer, names] = await Promise.all([load('catalog/catalog-writer.js'), load('sync/tree-names.js')]);
  return { ...(writer as CatalogModules), ...(names as CatalogModules) };
}

/** Writes all items of the library, with their sizes, into a new catalog. */
export function fillCatalog(emulator: Emulator, file: string): { seconds: number; bytesPerItem: number } {
  const started = performance.now();
  const writer = openCatalogWriter(file, { names: treeNames });
  let batch: Parameters<typeof writer.items.put>[0][number][] = [];
  let count = 0;
  const flush = (): void => {
    writer.transaction(() => {
      writer.items.put(batch, 0);
      writer.sizes.put(batch.map(({ id }) => ({ mediaId: id, size: emulator.library.sizeOf(id) })));
    });
    count += batch.length;
    batch = [];
  };
  for (const item of emulator.library.items()) {
    batch.push({
      id: item.id as MediaId,
      kind: item.kind,
      filename: item.filename,
      description: item.description,
      productUrl: `https://photos.google.com/lr/photo/${item.id}`,
      mimeType: item.mimeType,
      creationTime: item.time,
      creationTimeText: item.creationTime,
      ...(item.width === undefined ? {} : { width: item.width }),
      ...(item.height === undefined ? {} : { height: item.height }),
      ...(item.cameraMake === undefined ? {} : { cameraMake: item.cameraMake }),
      ...(item.cameraModel === undefined ? {} : { cameraModel: item.cameraModel }),
      ...(item.videoStatus === undefined ? {} : { videoStatus: item.videoStatus }),
    });
    if (batch.length === 5000) flush();
  }
  flush();
  writer.close();
  return { seconds: (performance.now() - started) / 1000, bytesPerItem: statSync(file).size / count };
}
