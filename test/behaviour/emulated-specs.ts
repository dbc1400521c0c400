import type { Emulator } from '../emulator/start-emulator.js';
import type { AlbumSpec, ItemSpec, LibrarySpec } from './world.js';

/** Makes an emulated account's library what a case asks for, step by step, so that the same keys stay the same items. */
export class EmulatedSpecs {
  readonly #emulator: Emulator;
  readonly #itemIds = new Map<string, string>();
  readonly #albumIds = new Map<string, string>();
  #present = new Set<string>();

  constructor(emulator: Emulator) {
    this.#emulator = emulator;
  }

  itemId(key: string): string {
    return known(this.#itemIds, key);
  }

  albumId(key: string): string {
    return known(this.#albumIds, key);
  }

  bytesOf(key: string): Promise<Uint8Array> {
    return this.#emulator.library.bytesOf(this.itemId(key));
  }

  become({ items = [], albums = [] }: LibrarySpec): void {
    const { library, faults } = this.#emulator;
    faults.clear();
    const wanted = new Set(items.map(({ key }) => key));
    for (const key of this.#present) if (!wanted.has(key)) library.remove(this.itemId(key));
    for (const spec of items) this.#put(spec);
    this.#present = wanted;
    const albumKeys = new Set(albums.map(keyOf));
    for (const [key, id] of this.#albumIds) {
      if (albumKeys.has(key)) continue;
      library.removeAlbum(id);
      this.#albumIds.delete(key);
    }
    for (const album of albums) this.#putAlbum(album);
  }

  #put(spec: ItemSpec): void {
    const { library } = this.#emulator;
    const { key, filename, mimeType, created, description = '', camera, favorite = false, archived = false } = spec;
    const type = mimeType ?? 'image/jpeg';
    const isVideo = type.startsWith('video/');
    const traits = {
      filename: filename ?? `${key}.${isVideo ? 'mp4' : 'jpg'}`,
      mimeType: type,
      creationTime: created ?? '2024-07-19T12:00:00Z',
      description,
      favorite,
      archived,
      ...(camera === undefined ? {} : { camera }),
      ...(isVideo ? { videoStatus: spec.videoStatus ?? ('READY' as const) } : {}),
    };
    const id = this.#itemIds.get(key);
    if (id === undefined) {
      this.#itemIds.set(key, library.add(traits).id);
    } else {
      if (!this.#present.has(key)) library.restore(id);
      library.update(id, traits);
    }
    if (spec.unmeasured === true) this.#makeTrouble(spec);
  }

  /** Call it once sizes are known: items whose bytes are in trouble, but not their size. */
  troubleMeasured({ items = [] }: LibrarySpec): void {
    for (const spec of items) if (spec.unmeasured !== true) this.#makeTrouble(spec);
  }

  #makeTrouble({ key, trouble }: ItemSpec): void {
    if (trouble === undefined) return;
    this.#emulator.faults.add({
      match: { route: /^media\./, mediaId: this.itemId(key) },
      times: Infinity,
      action: { type: 'html', status: trouble === 'gone' ? 404 : 429 },
    });
  }

  #putAlbum(album: AlbumSpec): void {
    const { library } = this.#emulator;
    const ids = (album.items ?? []).map((key) => this.itemId(key));
    const id = this.#albumIds.get(keyOf(album));
    if (id === undefined) {
      this.#albumIds.set(keyOf(album), library.createAlbum(album.title, ids).id);
      return;
    }
    library.updateAlbum(id, { title: album.title });
    library.setAlbumItems(id, ids);
  }
}

function keyOf({ key, title }: AlbumSpec): string {
  return key ?? title;
}

function known(ids: ReadonlyMap<string, string>, key: string): string {
  const id = ids.get(key);
  if (id === undefined) throw new Error(`the library has no ${key}`);
  return id;
}
