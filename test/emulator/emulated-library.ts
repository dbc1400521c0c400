import { AlbumShelf, type EmulatedAlbum } from './album-shelf.js';
import type { ByteSource } from './byte-source.js';
import { IdCodec } from './ids.js';
import type { EmulatedItem, ItemTraits, MediaKind, SeededAlbum, SeededItems, VideoStatus } from './item.js';
import { bytesOf, photoTemplate, sizeOf } from './sample-bytes.js';
import { VIDEO_TEMPLATE } from './templates.js';
import { ExtraPlaces, walk, type Direction, type Place } from './timeline.js';

/** An item to add. Whatever is left out is that of an ordinary photo taken now. */
export interface NewItem {
  /** Any text; default `IMG_<number>.jpg`. */
  readonly filename?: string;
  /** Default `image/jpeg`, or `video/mp4` for a video. */
  readonly mimeType?: string;
  /** Default: `video` where the MIME type says so. */
  readonly kind?: MediaKind;
  /** RFC 3339 (given to clients as spelled here) or milliseconds since the Unix epoch. */
  readonly creationTime?: string | number;
  readonly description?: string;
  readonly camera?: { readonly make?: string; readonly model?: string };
  readonly width?: number;
  readonly height?: number;
  /** Default READY, for videos. */
  readonly videoStatus?: VideoStatus;
  /** The video is PROCESSING now, and READY this long after (emulator's clock). */
  readonly readyAfterMs?: number;
  readonly favorite?: boolean;
  readonly archived?: boolean;
  /** The whole download; else a sample is generated. */
  readonly bytes?: Uint8Array;
  /** Exact size of the generated sample; RangeError where it is too small to hold the template. */
  readonly size?: number;
}

export type ItemChanges = Omit<NewItem, 'bytes' | 'size' | 'kind' | 'readyAfterMs'>;

function spelled(time: string | number): { time: number; creationTime: string } {
  const instant = typeof time === 'number' ? time : Date.parse(time);
  if (Number.isNaN(instant)) throw new RangeError(`not a time: ${time}`);
  return {
    time: instant,
    creationTime: typeof time === 'string' ? time : new Date(time).toISOString().replace('.000Z', 'Z'),
  };
}

/** Items kept in memory; larger libraries compute the rest anew. */
const MOST_KEPT = 20_000;

/** The account's true state. Tests change it here; the HTTP side only reads it, or changes it on a client's behalf. */
export class EmulatedLibrary {
  readonly #seeded: SeededItems;
  readonly #now: () => number;
  readonly #codec: IdCodec;
  readonly #overrides = new Map<number, EmulatedItem>();
  /** Seeded items that were asked for, so that listings cost little processor time beside the program that is measured. */
  readonly #generated = new Map<number, EmulatedItem>();
  readonly #removed = new Set<number>();
  /** Seeded items whose place in time is no longer that of the seed. */
  readonly #moved = new Set<number>();
  readonly #extras = new ExtraPlaces();
  readonly #albums: AlbumShelf;
  #nextNumber: number;

  constructor(seeded: SeededItems, albums: readonly SeededAlbum[], random: number, now: () => number) {
    this.#seeded = seeded;
    this.#now = now;
    this.#codec = new IdCodec('AG', random ^ 0x6d656469);
    this.#albums = new AlbumShelf(random, albums);
    this.#nextNumber = seeded.count;
  }

  get itemCount(): number {
    return this.#nextNumber - this.#removed.size;
  }

  get albumCount(): number {
    return this.#albums.count;
  }

  // --- looking ---

  idOf(number: number): string {
    return this.#codec.encode(number);
  }

  /** The item's number, also after its removal; undefined for an id never given out. */
  numberOf(id: string): number | undefined {
    const number = this.#codec.decode(id);
    return number !== undefined && number < this.#nextNumber ? number : undefined;
  }

  find(id: string): EmulatedItem | undefined {
    const number = this.numberOf(id);
    return number === undefined ? undefined : this.itemAt(number);
  }

  /** Throws where there is no such item. */
  item(id: string): EmulatedItem {
    const item = this.find(id);
    if (item === undefined) throw new Error(`no media item ${id}`);
    return item;
  }

  itemAt(number: number): EmulatedItem | undefined {
    if (this.#removed.has(number)) return undefined;
    const override = this.#overrides.get(number);
    if (override?.readyAt !== undefined && override.readyAt <= this.#now())
      return { ...override, videoStatus: 'READY' };
    if (override !== undefined || number >= this.#seeded.count) return override;
    const known = this.#generated.get(number);
    if (known !== undefined) return known;
    const item = { ...this.#seeded.itemAt(number), id: this.idOf(number), number };
    if (this.#generated.size < MOST_KEPT) this.#generated.set(number, item);
    return item;
  }

  /** The cheap part of an item that exists. */
  traitsAt(number: number): ItemTraits | undefined {
    if (this.#removed.has(number)) return undefined;
    const override = this.#overrides.get(number);
    if (override !== undefined || number >= this.#seeded.count) return override;
    return this.#seeded.traitsAt(number);
  }

  /** Where every item stands, from just behind `after` on; lazily. */
  *places(direction: Direction = 'newest-first', after?: Place): Generator<Place> {
    const seeded = {
      length: this.#seeded.count,
      timeAt: (index: number) => this.#seeded.timeAt(index),
      numberAt: (index: number) => index,
    };
    for (const place of walk([seeded, this.#extras], direction, after)) {
      if (this.#removed.has(place.number)) continue;
      // A moved item is met twice: at the seed's place and at its own.
      if (this.#moved.has(place.number) && this.#overrides.get(place.number)?.time !== place.time) continue;
      yield place;
    }
  }

  /** Every item, newest first. */
  *items(): Generator<EmulatedItem> {
    for (const { number } of this.places()) {
      const item = this.itemAt(number);
      if (item !== undefined) yield item;
    }
  }

  albums(): EmulatedAlbum[] {
    return this.#albums.all();
  }

  findAlbum(id: string): EmulatedAlbum | undefined {
    return this.#albums.get(id);
  }

  /** The album's items in album order. Throws where there is no such album. */
  albumItems(albumId: string): EmulatedItem[] {
    const album = this.#albums.get(albumId);
    if (album === undefined) throw new Error(`no album ${albumId}`);
    return album.members.flatMap((number) => this.itemAt(number) ?? []);
  }

  /** Number of bytes of the item's download. */
  sizeOf(id: string): number {
    return sizeOf(this.item(id));
  }

  /** The item's download, or bytes [start, end) of it. */
  async bytesOf(id: string, start = 0, end?: number): Promise<Buffer> {
    const source: ByteSource = await bytesOf(this.item(id));
    return source.read(start, Math.min(end ?? source.length, source.length));
  }

  // --- changing items ---

  add(item: NewItem = {}): EmulatedItem {
    const number = this.#nextNumber++;
    const kind = item.kind ?? (item.mimeType?.startsWith('video/') === true ? 'video' : 'photo');
    const template = kind === 'video' ? VIDEO_TEMPLATE : photoTemplate(number);
    const made: EmulatedItem = {
      id: this.idOf(number),
      number,
      kind,
      filename: item.filename ?? `IMG_${number}.${kind === 'video' ? 'mp4' : 'jpg'}`,
      mimeType: item.mimeType ?? (kind === 'video' ? 'video/mp4' : 'image/jpeg'),
      ...spelled(item.creationTime ?? Math.floor(this.#now() / 1000) * 1000),
      description: item.description ?? '',
      width: item.width ?? template.width,
      height: item.height ?? template.height,
      ...cameraOf(item),
      ...(kind === 'video' ? this.#processing(item) : {}),
      favorite: item.favorite ?? false,
      archived: item.archived ?? false,
      addedAt: this.#now(),
      content: item.bytes
        ? { type: 'bytes', bytes: Buffer.from(item.bytes) }
        : { type: 'sample', look: 'template', size: item.size ?? template.sampleSize },
      contentVersion: 1,
    };
    this.#overrides.set(number, made);
    this.#extras.insert(made);
    return made;
  }

  /** The item is gone for good: from listings, albums, and its base URLs answer 404. */
  remove(id: string): void {
    const { number } = this.item(id);
    this.#albums.dropItem(number);
    this.#removed.add(number);
  }

  /** Undoes a removal (not its albums): as when a person takes an item out of the trash. */
  restore(id: string): void {
    const number = this.numberOf(id);
    if (number === undefined || !this.#removed.delete(number)) throw new Error(`no removed media item ${id}`);
  }

  update(id: string, changes: ItemChanges): EmulatedItem {
    const item = this.item(id);
    const { creationTime, camera, ...rest } = changes;
    const changed: EmulatedItem = {
      ...item,
      ...rest,
      ...(creationTime === undefined ? {} : spelled(creationTime)),
      ...(camera === undefined ? {} : cameraOf({ camera })),
      ...(changes.videoStatus === undefined ? {} : { readyAt: undefined }),
    };
    if (changed.time !== item.time) this.#move(item, changed);
    this.#overrides.set(item.number, changed);
    return changed;
  }

  /** The item gets other bytes under the same id: new ETag, new length. `size` makes another sample of that size. */
  replaceBytes(id: string, content: { readonly bytes: Uint8Array } | { readonly size: number }): EmulatedItem {
    const item = this.item(id);
    const changed: EmulatedItem = {
      ...item,
      content:
        'bytes' in content
          ? { type: 'bytes', bytes: Buffer.from(content.bytes) }
          : { type: 'sample', look: 'template', size: content.size },
      contentVersion: item.contentVersion + 1,
    };
    this.#overrides.set(item.number, changed);
    return changed;
  }

  setFavorite(id: string, favorite: boolean): void {
    this.update(id, { favorite });
  }

  setArchived(id: string, archived: boolean): void {
    this.update(id, { archived });
  }

  #processing({ videoStatus, readyAfterMs }: NewItem): Pick<EmulatedItem, 'videoStatus' | 'readyAt'> {
    if (readyAfterMs === undefined) return { videoStatus: videoStatus ?? 'READY' };
    return { videoStatus: 'PROCESSING', readyAt: this.#now() + readyAfterMs };
  }

  #move(from: EmulatedItem, to: EmulatedItem): void {
    const { number } = from;
    const seeded = number < this.#seeded.count;
    if (!seeded || this.#moved.delete(number)) this.#extras.remove(from);
    if (seeded && this.#seeded.timeAt(number) === to.time) return;
    if (seeded) this.#moved.add(number);
    this.#extras.insert(to);
  }

  // --- changing albums ---

  createAlbum(title: string, itemIds: readonly string[] = []): EmulatedAlbum {
    return this.#albums.create(
      title,
      itemIds.map((id) => this.item(id).number),
    );
  }

  updateAlbum(
    albumId: string,
    changes: { readonly title?: string; readonly coverItemId?: string; readonly isWriteable?: boolean },
  ): EmulatedAlbum {
    const { coverItemId, ...rest } = changes;
    return this.#albums.change(albumId, {
      ...rest,
      ...(coverItemId === undefined ? {} : { cover: this.item(coverItemId).number }),
    });
  }

  removeAlbum(albumId: string): void {
    this.#albums.remove(albumId);
  }

  /** Makes these the album's items, in this order. */
  setAlbumItems(albumId: string, itemIds: readonly string[]): EmulatedAlbum {
    return this.#albums.change(albumId, { members: [...new Set(itemIds.map((id) => this.item(id).number))] });
  }

  addToAlbum(albumId: string, itemIds: readonly string[]): EmulatedAlbum {
    const present = this.albumItems(albumId).map(({ id }) => id);
    return this.setAlbumItems(albumId, [...present, ...itemIds]);
  }

  removeFromAlbum(albumId: string, itemIds: readonly string[]): EmulatedAlbum {
    const leaving = new Set(itemIds);
    return this.setAlbumItems(
      albumId,
      this.albumItems(albumId).flatMap(({ id }) => (leaving.has(id) ? [] : [id])),
    );
  }
}

function cameraOf({ camera }: Pick<NewItem, 'camera'>): Pick<EmulatedItem, 'cameraMake' | 'cameraModel'> {
  return {
    ...(camera?.make === undefined ? {} : { cameraMake: camera.make }),
    ...(camera?.model === undefined ? {} : { cameraModel: camera.model }),
  };
}
