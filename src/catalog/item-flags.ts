import { APP_BIT, sourceNamed } from '../library/source.js';
import type { Statements } from '../sqlite/statements.js';
import { isHidden, shelfCode } from './codes.js';
import type { PlaceMoves } from './place-moves.js';
import type { MovingParts } from './part-followers.js';

const TAKEOUT_BIT = sourceNamed('takeout').bit;
const PICKER_BIT = sourceNamed('picker').bit;
const SHOWN = shelfCode('shown');

export interface ItemFlagsDeps {
  readonly sql: Statements;
  readonly moves: PlaceMoves;
  readonly parts: MovingParts;
}

/**
 * The shelf and the star of an item. Google decides them where it lists the item: by its listings, which hold neither trashed nor
 * locked items. Else what Takeout says is taken; an item that was picked is not hidden, since a person saw it on Google's page.
 * Callers hold the transaction.
 */
export class ItemFlags {
  readonly #deps: ItemFlagsDeps;

  constructor(deps: ItemFlagsDeps) {
    this.#deps = deps;
  }

  set(flag: 'archived' | 'favorite', value: number, rowIds: readonly number[]): void {
    const { sql, moves, parts } = this.#deps;
    for (const rowId of rowIds) {
      moves.moves(rowId, flag === 'archived' ? { shelf: value } : { favorite: value === 1 });
      const isChanged = sql.run(
        `UPDATE media_items SET ${flag} = ? WHERE id = ? AND ${flag} <> ?`,
        value,
        rowId,
        value,
      );
      if (isChanged > 0) parts.followPlace(rowId);
    }
  }

  /** Call when the sources of an item are about to change, before it appears. */
  sourcesChange(rowId: number, before: number, after: number): void {
    const changed = before ^ after;
    const decides = after & APP_BIT ? APP_BIT : PICKER_BIT;
    if ((changed & (APP_BIT | PICKER_BIT)) === 0) return;
    if ((after & APP_BIT) === 0) this.followTakeout(rowId, after);
    if ((after & changed & decides) !== 0 && isHidden(this.#shelf(rowId))) this.set('archived', SHOWN, [rowId]);
  }

  /** Shelf and star as Takeout says them, for an item of these sources. */
  followTakeout(rowId: number, sources: number): void {
    if ((sources & APP_BIT) !== 0 || (sources & TAKEOUT_BIT) === 0) return;
    const said = this.#deps.sql.get<[number, number]>(
      'SELECT shelf, favorite FROM takeout_items WHERE item = ?',
      rowId,
    );
    if (said === undefined) return;
    const { sql, moves, parts } = this.#deps;
    const [saidShelf, favorite] = said;
    // Google's picking page shows neither trashed nor locked items.
    const shelf = (sources & PICKER_BIT) !== 0 && isHidden(saidShelf) ? SHOWN : saidShelf;
    // In one move: between two the item would be in folders that it is in neither before nor after.
    moves.moves(rowId, { shelf, favorite: favorite === 1 });
    const update = 'UPDATE media_items SET archived = ?, favorite = ? WHERE id = ? AND (archived, favorite) <> (?, ?)';
    if (sql.run(update, shelf, favorite, rowId, shelf, favorite) > 0) parts.followPlace(rowId);
  }

  #shelf(rowId: number): number {
    return this.#deps.sql.get<[number]>('SELECT archived FROM media_items WHERE id = ?', rowId)?.[0] ?? SHOWN;
  }
}
