import { createHash } from 'node:crypto';
import type { ItemSpec, LibrarySpec } from '../behaviour/world.js';

/** What the model says of a path. */
export type ModelNode =
  | { readonly kind: 'directory'; readonly names: Set<string> }
  | { readonly kind: 'file'; readonly key: string | undefined };

/**
 * The mounted tree as a plain map from path to node, spelled out by hand from what SEMANTICS.md promises and made anew
 * from the whole library each time. Knows nothing of the program's table. Titles and file names have to be clean but for `/`.
 */
export class ReferenceTree {
  readonly #names = new Map<string, string>();
  #nodes = new Map<string, ModelNode>();

  readonly #mediaIdOf: (key: string) => string;

  constructor(library: LibrarySpec, mediaIdOf: (key: string) => string) {
    this.#mediaIdOf = mediaIdOf;
    this.become(library);
  }

  get paths(): string[] {
    return [...this.#nodes.keys()];
  }

  at(path: string): ModelNode | undefined {
    return this.#nodes.get(path);
  }

  /** POSIX's answer for a path that is not there. */
  whyNot(path: string): 'ENOENT' | 'ENOTDIR' {
    const above = path.slice(0, path.lastIndexOf('/')) || '/';
    const node = this.at(above);
    if (node === undefined) return this.whyNot(above);
    return node.kind === 'file' ? 'ENOTDIR' : 'ENOENT';
  }

  become({ items = [], albums = [] }: LibrarySpec): void {
    for (const item of items) this.#name(item);
    this.#nodes = new Map();
    for (const path of [
      ...[
        '/',
        '/album',
        '/feature',
        '/feature/favorites',
        '/feature/archive',
        '/.gphotos',
        '/media',
        '/media/all',
        '/media/by-year',
      ],
      ...[
        '/media/by-month',
        '/media/by-day',
        '/media/photos',
        '/media/videos',
        '/media/by-camera',
        '/media/not-in-album',
      ],
    ]) {
      this.#folder(path);
    }
    this.#file('/README.txt', undefined);
    this.#file('/.gphotos/status.json', undefined);
    for (const { title, items: keys = [] } of albums) {
      const folder = `/album/${title.replaceAll('/', '\uFF0F')}`;
      this.#folder(folder);
      for (const key of keys)
        this.#show(
          folder,
          items.find((item) => item.key === key),
        );
    }
    for (const item of items.filter(({ archived }) => archived === true)) this.#show('/feature/archive', item);
    const inAlbums = new Set(albums.flatMap((album) => album.items ?? []));
    for (const item of items.filter(({ archived }) => archived !== true)) {
      for (const folder of foldersOf(item, inAlbums)) this.#show(folder, item);
    }
  }

  /** Given once, first come first served, for good. */
  #name({ key, filename = '' }: ItemSpec): void {
    if (this.#names.has(key)) return;
    const taken = new Set([...this.#names.values()].map((name) => name.toLowerCase()));
    const dot = filename.lastIndexOf('.');
    const marked = `${filename.slice(0, dot)}~${markOf(this.#mediaIdOf(key))}${filename.slice(dot)}`;
    this.#names.set(key, taken.has(filename.toLowerCase()) ? marked : filename);
  }

  #show(folder: string, item: ItemSpec | undefined): void {
    if (item === undefined) return;
    this.#folder(folder);
    this.#file(`${folder}/${this.#names.get(item.key) ?? ''}`, item.key);
  }

  #folder(path: string): void {
    if (this.#nodes.has(path)) return;
    this.#nodes.set(path, { kind: 'directory', names: new Set() });
    if (path !== '/') this.#enter(path);
  }

  #file(path: string, key: string | undefined): void {
    this.#nodes.set(path, { kind: 'file', key });
    this.#enter(path);
  }

  #enter(path: string): void {
    const above = path.slice(0, path.lastIndexOf('/')) || '/';
    this.#folder(above);
    const node = this.#nodes.get(above);
    if (node?.kind === 'directory') node.names.add(path.slice(path.lastIndexOf('/') + 1));
  }
}

function foldersOf(item: ItemSpec, inAlbums: ReadonlySet<string>): string[] {
  const day = (item.created ?? '').slice(0, 10);
  const year = day.slice(0, 4);
  return [
    '/media/all',
    `/media/by-year/${year}`,
    `/media/by-month/${year}/${day.slice(0, 7)}`,
    `/media/by-day/${year}/${day}`,
    item.mimeType?.startsWith('video/') === true ? '/media/videos' : '/media/photos',
    ...(item.camera === undefined ? [] : [`/media/by-camera/${item.camera.make} ${item.camera.model}`]),
    ...(inAlbums.has(item.key) ? [] : ['/media/not-in-album']),
    ...(item.favorite === true ? ['/feature/favorites'] : []),
  ];
}

function markOf(id: string): string {
  const bits = [...createHash('sha256').update(id).digest()].map((byte) => byte.toString(2).padStart(8, '0'));
  const fives = bits.join('').match(/.{5}/g) ?? [];
  return fives
    .slice(0, 6)
    .map((five) => 'abcdefghijklmnopqrstuvwxyz234567'.charAt(parseInt(five, 2)))
    .join('');
}
