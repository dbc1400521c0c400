import { Listing } from '../library/listing.js';
import type { NamePolicy } from './name-policy.js';
import type { Statements } from '../sqlite/statements.js';

const AFTER_ALL = '\u{10ffff}';

/** The content of each listing, as JSON. The top is kept in parts, one for each folder in it. */
type Listings = Map<string, string>;

const TOP = Listing.nested('');
const TOP_PART = 'part of the top: ';

/**
 * Finds the nested folders that change when albums come or go. Their content is noted before the change and compared
 * after it.
 */
export class NestedListings {
  readonly #sql: Statements;
  readonly #names: NamePolicy;
  /** Keys of the first path parts whose folders were noted. */
  readonly #watched = new Set<string>();
  readonly #before: Listings = new Map();

  constructor(sql: Statements, names: NamePolicy) {
    this.#sql = sql;
    this.#names = names;
  }

  /** An album of this name is about to come or go. */
  watch(albumName: string): void {
    const key = this.#names.key(this.#names.albumPath(albumName)[0] ?? '');
    if (this.#watched.has(key)) return;
    this.#watched.add(key);
    this.#note(key, this.#before);
  }

  /** Listings whose content has changed since they were watched. */
  changed(): ReadonlySet<string> {
    const before = this.#before;
    const after: Listings = new Map();
    for (const key of this.#watched) this.#note(key, after);
    const changed = [...before.keys(), ...after.keys()].filter((key) => before.get(key) !== after.get(key));
    return new Set(changed.map((key) => (key.startsWith(TOP_PART) ? TOP : key)));
  }

  forget(): void {
    this.#watched.clear();
    this.#before.clear();
  }

  /** Adds the content of all folders whose path begins with this part. */
  #note(first: string, listings: Listings): void {
    const rows = this.#sql.all<[number, string]>(
      'SELECT id, name FROM albums WHERE name_key >= ? AND name_key < ? AND gone = 0 ORDER BY id',
      first,
      `${first}${AFTER_ALL}`,
    );
    const children = new Map<string, Map<string, string>>();
    const albums = new Map<string, number>();
    for (const [id, name] of rows) {
      const path = this.#names.albumPath(name);
      if (this.#names.key(path[0] ?? '') !== first) continue;
      let above = '';
      for (const part of path) {
        const folder = this.#names.key(part);
        const names = children.get(above) ?? new Map<string, string>();
        children.set(above, names);
        // If several albums share a folder, the oldest one decides its spelling.
        if (!names.has(folder)) names.set(folder, part);
        above = above === '' ? folder : `${above}/${folder}`;
      }
      albums.set(above, id);
    }
    for (const [path, names] of children) {
      const album = albums.get(path);
      const listing = album === undefined ? Listing.nested(path) : Listing.nestedIn(album);
      listings.set(path === '' ? TOP_PART + first : listing, JSON.stringify([...names.values()].sort()));
    }
  }
}
