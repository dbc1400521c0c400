import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AlbumStore } from '../../../src/catalog/album-store.js';
import { openCatalogView } from '../../../src/catalog/catalog-view.js';
import { openCatalogWriter, type CatalogWriter } from '../../../src/catalog/catalog-writer.js';
import type { NamePolicy } from '../../../src/catalog/name-policy.js';
import type { CatalogView } from '../../../src/catalog/records.js';
import type { Album, AlbumId } from '../../../src/library/album.js';
import type { SourceName } from '../../../src/library/source.js';
import type { MediaId, MediaItem } from '../../../src/library/media-item.js';

/** Names as they come, a number after the second of a kind: the catalog does not care how names are made. */
export const plainNames: NamePolicy = {
  key: (name) => name.toLowerCase(),
  itemName: (filename, _mimeType, _id, isTaken) => numbered(filename, isTaken),
  entryName: (name, _seed, isTaken) => numbered(name, isTaken),
  albumName: (title, _id, isTaken) => numbered(title, isTaken),
  albumPath: (name) => [name],
  personName: (title, isTaken) => numbered(title, isTaken),
  cameraName: (make, model, isTaken) => numbered(`${make} ${model}`, isTaken),
};

function numbered(name: string, isTaken: (key: string) => boolean): string {
  for (let count = 1; ; count += 1) {
    const candidate = count === 1 ? name : `${name}~${count}`;
    if (!isTaken(candidate.toLowerCase())) return candidate;
  }
}

export function photo(id: string, time: string, extra: Partial<MediaItem> = {}): MediaItem {
  return {
    id: id as MediaId,
    kind: 'photo',
    filename: `${id}.jpg`,
    description: '',
    productUrl: `https://photos.google.com/lr/photo/${id}`,
    mimeType: 'image/jpeg',
    creationTime: Date.parse(time),
    creationTimeText: time,
    width: 4000,
    height: 3000,
    ...extra,
  };
}

export function album(id: string, title: string, mediaItemsCount = 0, extra: Partial<Album> = {}): Album {
  return {
    id: id as AlbumId,
    title,
    productUrl: `https://photos.google.com/lr/album/${id}`,
    mediaItemsCount,
    isWriteable: true,
    ...extra,
  };
}

/** Makes an album hold exactly these items of a source, none if that lists it no more; true if that changed anything. */
export function setMembers(
  albums: AlbumStore,
  rowId: number,
  items: readonly number[],
  source: SourceName = 'app',
): boolean {
  const { placed, removed } = albums.changesTo(rowId, items, source);
  albums.place(rowId, placed, source);
  albums.takeOut(rowId, removed, source);
  return placed.length + removed.length > 0;
}

export interface Fixture {
  readonly folder: string;
  readonly file: string;
  readonly writer: CatalogWriter;
  readonly put: (...items: MediaItem[]) => number[];
  readonly view: (showArchived?: boolean) => CatalogView & { close(): void };
}

export function withCatalog(work: (fixture: Fixture) => void): void {
  const { fixture, close } = openFixture();
  try {
    work(fixture);
  } finally {
    close();
  }
}

export async function withCatalogAsync(work: (fixture: Fixture) => Promise<void>): Promise<void> {
  const { fixture, close } = openFixture();
  try {
    await work(fixture);
  } finally {
    close();
  }
}

function openFixture(): { fixture: Fixture; close: () => void } {
  const folder = mkdtempSync(join(tmpdir(), 'catalog-'));
  const file = join(folder, 'profile', 'catalog.db');
  const writer = openCatalogWriter(file, { names: plainNames });
  const views: { close(): void }[] = [];
  const fixture: Fixture = {
    folder,
    file,
    writer,
    put: (...items) => [...writer.transaction(() => writer.items.put(items, 0)).rowIds],
    view: (showArchived = false) => {
      const view = openCatalogView(file, { showArchived });
      views.push(view);
      return view;
    },
  };
  const close = (): void => {
    for (const view of views) view.close();
    writer.close();
    rmSync(folder, { recursive: true });
  };
  return { fixture, close };
}
