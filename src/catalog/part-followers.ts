import { AlbumEntries } from './album-entries.js';
import { roleCode } from './codes.js';
import { PlaceMoves, type PlaceMovesDeps } from './place-moves.js';
import { placeOf } from './placed-item.js';
import type { PeopleStore } from './people-store.js';

type Entry = [album: number, position: number, sources: number];

const MOVING = roleCode('moving');

export interface MovingPartsDeps extends PlaceMovesDeps {
  readonly people: PeopleStore;
}

/**
 * The moving part of a live photo is wherever its still is: it has the still's date, kind, camera, shelf and star, and is in its
 * albums and with its people. Whatever changes one of these calls the function of it here. Callers hold the transaction.
 */
export class MovingParts {
  readonly #deps: MovingPartsDeps;
  readonly #entries: AlbumEntries;
  readonly #moves: PlaceMoves;

  constructor(deps: MovingPartsDeps) {
    this.#deps = deps;
    this.#entries = new AlbumEntries(deps);
    this.#moves = new PlaceMoves(deps);
  }

  followAll(still: number): void {
    this.followPlace(still);
    this.followAlbums(still);
    this.followPeople(still);
  }

  followPlace(still: number): void {
    const { sql } = this.#deps;
    for (const part of this.#of(still)) {
      const target = sql.get<[number, number, number | null, number, number]>(
        'SELECT creation_time, kind, camera, archived, favorite FROM media_items WHERE id = ?',
        still,
      );
      if (target === undefined) return;
      const [creationTime, kind, camera, shelf, favorite] = target;
      this.#moves.moves(part, { creationTime, kind, camera, shelf, favorite: favorite === 1 });
      sql.run(
        `UPDATE media_items SET (creation_time, creation_text, kind, camera, archived, favorite) =
           (SELECT creation_time, creation_text, kind, camera, archived, favorite FROM media_items WHERE id = ?) WHERE id = ?`,
        still,
        part,
      );
    }
  }

  followAlbums(still: number): void {
    for (const part of this.#of(still)) this.#followAlbums(still, part);
  }

  followPeople(still: number): void {
    const { people } = this.#deps;
    for (const part of this.#of(still)) people.setRows(part, new Set(people.of(still)));
  }

  #followAlbums(still: number, part: number): void {
    const { sql, folderNames } = this.#deps;
    const entriesOf = (item: number): Entry[] =>
      sql.all<Entry>('SELECT album, position, sources FROM album_items WHERE item = ?', item);
    const wanted = new Map(entriesOf(still).map((entry) => [entry[0], entry]));
    for (const [album, position, sources] of entriesOf(part)) {
      const [, at, by] = wanted.get(album) ?? [];
      wanted.delete(album);
      if (at === undefined || by === undefined) this.#entries.remove(album, part, sources);
      else if (at !== position || by !== sources) {
        sql.run('UPDATE album_items SET position = ?, sources = ? WHERE item = ? AND album = ?', at, by, part, album);
      }
    }
    const isThere = placeOf(sql, part) !== undefined;
    for (const [album, position, sources] of wanted.values())
      this.#entries.add(album, part, position, sources, isThere && folderNames.hasAny(album));
  }

  #of(still: number): number[] {
    const sql = 'SELECT id FROM media_items INDEXED BY items_belonging WHERE belongs_to = ? AND role = ?';
    return this.#deps.sql.all<[number]>(sql, still, MOVING).map(([part]) => part);
  }
}
