import { IdCodec } from './ids.js';
import type { SeededAlbum } from './item.js';

export interface EmulatedAlbum {
  readonly id: string;
  readonly title: string;
  /** Item numbers in album order; items that are gone are never in it. */
  readonly members: readonly number[];
  /** Number of the cover item; the first member where none was chosen. */
  readonly cover: number | undefined;
  readonly isWriteable: boolean;
}

/** The albums, in order of creation. */
export class AlbumShelf {
  readonly #codec: IdCodec;
  readonly #albums = new Map<string, EmulatedAlbum>();
  #made = 0;

  constructor(salt: number, seeded: readonly SeededAlbum[]) {
    this.#codec = new IdCodec('AFalb', salt ^ 0xa1b);
    for (const { title, members } of seeded) this.#put({ title, members });
  }

  get count(): number {
    return this.#albums.size;
  }

  all(): EmulatedAlbum[] {
    return [...this.#albums.values()];
  }

  get(id: string): EmulatedAlbum | undefined {
    return this.#albums.get(id);
  }

  create(title: string, members: readonly number[] = []): EmulatedAlbum {
    return this.#put({ title, members });
  }

  /** Throws for an unknown id, as every method that changes an album. */
  change(id: string, changes: Partial<Omit<EmulatedAlbum, 'id'>>): EmulatedAlbum {
    const album = this.#albums.get(id);
    if (album === undefined) throw new Error(`no album ${id}`);
    const changed = { ...album, ...changes };
    this.#albums.set(id, changed);
    return changed;
  }

  remove(id: string): void {
    if (!this.#albums.delete(id)) throw new Error(`no album ${id}`);
  }

  /** Takes an item out of every album. */
  dropItem(number: number): void {
    for (const album of this.#albums.values()) {
      if (!album.members.includes(number)) continue;
      const cover = album.cover === number ? undefined : album.cover;
      this.change(album.id, { members: album.members.filter((member) => member !== number), cover });
    }
  }

  #put({ title, members }: SeededAlbum): EmulatedAlbum {
    const id = this.#codec.encode(this.#made++);
    const album: EmulatedAlbum = { id, title, members, cover: undefined, isWriteable: true };
    this.#albums.set(id, album);
    return album;
  }
}
