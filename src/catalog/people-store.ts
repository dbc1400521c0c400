import type { Statements } from '../sqlite/statements.js';
import type { FolderTimes } from './folder-times.js';
import { placeOf } from './placed-item.js';
import type { NamePolicy } from './name-policy.js';

export interface PeopleStoreDeps {
  readonly sql: Statements;
  readonly names: NamePolicy;
  /** Notified before names in folders change. */
  readonly folders: FolderTimes;
}

/** Rows of `people` and `item_people`. A person keeps row, inode and folder name for good. Callers hold the transaction. */
export class PeopleStore {
  readonly #deps: PeopleStoreDeps;

  constructor(deps: PeopleStoreDeps) {
    this.#deps = deps;
  }

  /** Names exactly these people on an item, as their source spells them; true if that changed anything. */
  set(item: number, titles: readonly string[]): boolean {
    return this.setRows(item, new Set(titles.filter((title) => title.trim() !== '').map((title) => this.#row(title))));
  }

  /** As {@link set}, by rows. */
  setRows(item: number, people: ReadonlySet<number>): boolean {
    const { sql, folders } = this.#deps;
    const before = new Set(this.of(item));
    const come = [...people].filter((person) => !before.has(person));
    const go = [...before].filter((person) => !people.has(person));
    if (come.length + go.length === 0) return false;
    folders.peopleMove(placeOf(sql, item), come, go);
    const added = 'INSERT INTO item_people SELECT id, ?, creation_time FROM media_items WHERE id = ?';
    for (const person of come) sql.run(added, person, item);
    for (const person of go) sql.run('DELETE FROM item_people WHERE item = ? AND person = ?', item, person);
    sql.run('UPDATE media_items SET people_count = ? WHERE id = ?', people.size, item);
    return true;
  }

  /** Rows of the people named on an item. */
  of(item: number): number[] {
    const sql = 'SELECT person FROM item_people WHERE item = ?';
    return this.#deps.sql.all<[number]>(sql, item).map(([person]) => person);
  }

  #row(title: string): number {
    const { sql, names } = this.#deps;
    const known = sql.get<[number]>('SELECT id FROM people WHERE title = ?', title);
    if (known !== undefined) return known[0];
    const isTaken = (key: string): boolean => sql.get('SELECT 1 FROM people WHERE name_key = ?', key) !== undefined;
    const name = names.personName(title, isTaken);
    return sql.insert('INSERT INTO people (title, name, name_key) VALUES (?, ?, ?)', title, name, names.key(name));
  }
}
