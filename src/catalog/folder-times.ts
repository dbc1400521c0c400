import { boundsOf, type Calendar, type CalendarDay } from '../library/calendar.js';
import { Listing } from '../library/listing.js';
import { NestedListings } from './nested-listings.js';
import { isHidden, shelfOf } from './codes.js';
import type { PlacedItem } from './placed-item.js';
import type { NamePolicy } from './name-policy.js';
import { resolved, selectionParameters, selectionSql } from './selection-sql.js';
import type { ItemSelection } from '../library/item-selection.js';
import type { Statements } from '../sqlite/statements.js';

/** Views: one bit for those that leave archived items out, one for those that show them. */
export const WITHOUT_ARCHIVED = 1;
export const WITH_ARCHIVED = 2;
const ALL_VIEWS = 3;

/** A folder that its parent lists only while it holds items. */
interface Child {
  readonly parent: string;
  readonly selection: ItemSelection;
  /** Views in which it held items before the transaction. */
  readonly before: number;
  /** Views in which items came to it, or left it, in the transaction. */
  gained: number;
  lost: number;
}

interface DayListings {
  readonly from: number;
  readonly to: number;
  readonly date: CalendarDay;
  readonly year: string;
  readonly month: string;
  readonly day: string;
}

const LISTINGS_OF_AN_ITEM = 8;
/** Most children remembered across transactions. A library of 20 years has about 8,000. */
const MOST_FILLED = 20_000;

const SET_TIME = `INSERT INTO folder_times VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET
  without_archived = ifnull(iif(excluded.without_archived = without_archived, without_archived + 1, excluded.without_archived),
    without_archived),
  with_archived = ifnull(iif(excluded.with_archived = with_archived, with_archived + 1, excluded.with_archived), with_archived)`;

/**
 * Keeps the times when the names in folders last changed. The item and album stores call it before they change a row.
 * {@link flush} writes one row for each listing concerned, at the end of the transaction: a page of 100 items costs
 * some ten rows.
 */
export class FolderTimes {
  readonly #sql: Statements;
  readonly #calendar: Calendar;
  readonly #nested: NestedListings;
  /** Listings that changed in the transaction under way, with the views concerned. */
  readonly #moved = new Map<string, number>();
  readonly #children = new Map<string, Child>();
  /** Children that hold items in all views. This is the only writer, so they do until it removes items. */
  readonly #filled = new Set<string>();
  #lastDay: DayListings | undefined;
  /**
   * Kind and camera of the items added to one day in this transaction. Another item of the same kind and camera changes
   * no further listing.
   */
  readonly #added = new Set<number>();
  #addedOn: DayListings | undefined;

  constructor(sql: Statements, names: NamePolicy, calendar: Calendar) {
    this.#sql = sql;
    this.#calendar = calendar;
    this.#nested = new NestedListings(sql, names);
  }

  /** The names of one listing change in every view. */
  move(listing: string, views = ALL_VIEWS): void {
    if (views !== 0) this.#moved.set(listing, (this.#moved.get(listing) ?? 0) | views);
  }

  /** Call before an item changes its folders. Undefined: it is in no folder. */
  itemMoves(before: PlacedItem | undefined, after: PlacedItem | undefined): void {
    if (before === undefined && after !== undefined && this.#isMoreOfTheSame(after)) return;
    const viewsBefore = viewsOfPlace(before);
    const viewsAfter = viewsOfPlace(after);
    const left = viewsBefore === 0 ? undefined : before && this.#listingsOf(before);
    const entered = viewsAfter === 0 ? undefined : after && this.#listingsOf(after);
    for (let index = 0; index < LISTINGS_OF_AN_ITEM; index++) {
      const from = left?.[index];
      const to = entered?.[index];
      if (from === to) this.#moveItems(to, viewsAfter & ~viewsBefore, viewsBefore & ~viewsAfter);
      else {
        this.#moveItems(from, 0, viewsBefore);
        this.#moveItems(to, viewsAfter, 0);
      }
    }
    for (const person of this.#peopleOf(before ?? after))
      this.#movePerson(person, viewsAfter & ~viewsBefore, viewsBefore & ~viewsAfter);
    this.#changeShelf(before?.shelf ?? 0, after?.shelf ?? 0);
  }

  /** Call before these people are named on an item, or are no longer. Undefined: it is in no folder. */
  peopleMove(item: PlacedItem | undefined, come: readonly number[], go: readonly number[]): void {
    const views = viewsOfPlace(item);
    for (const person of come) this.#movePerson(person, views, 0);
    for (const person of go) this.#movePerson(person, 0, views);
  }

  /** An album is about to appear (no name before), go (none after) or get another name. */
  albumMoves(before: string | undefined, after: string | undefined): void {
    this.move(Listing.albums);
    if (before !== undefined) this.#nested.watch(before);
    if (after !== undefined) this.#nested.watch(after);
  }

  /**
   * Writes the times, at the end of a transaction. `now` in milliseconds. A time that equals the one shown moves on by
   * one.
   */
  flush(now: number): void {
    for (const [child, { parent, selection, before, gained, lost }] of this.#children) {
      const after = lost === 0 ? before | gained : this.#viewsWithItems(selection);
      if (after !== before) this.move(parent, after ^ before);
      if (after === ALL_VIEWS) this.#filled.add(child);
      else this.#filled.delete(child);
    }
    if (this.#filled.size > MOST_FILLED) this.#filled.clear();
    for (const listing of this.#nested.changed()) this.move(listing);
    for (const [listing, views] of this.#moved) {
      const isIn = (view: number): number | null => ((views & view) === 0 ? null : now);
      this.#sql.run(SET_TIME, listing, isIn(WITHOUT_ARCHIVED), isIn(WITH_ARCHIVED));
    }
    this.#clear();
  }

  /** Call after a transaction was rolled back. */
  forget(): void {
    this.#filled.clear();
    this.#clear();
  }

  #clear(): void {
    this.#moved.clear();
    this.#children.clear();
    this.#added.clear();
    this.#nested.forget();
  }

  #isMoreOfTheSame({ creationTime, kind, camera, shelf, favorite, inAlbums, inPeople }: PlacedItem): boolean {
    const day = this.#dayListings(creationTime);
    if (shelf !== 0 || favorite || inAlbums || inPeople) return false;
    if (day !== this.#addedOn) this.#added.clear();
    this.#addedOn = day;
    const sort = kind + 2 * (camera ?? 0);
    if (this.#added.has(sort)) return true;
    this.#added.add(sort);
    return false;
  }

  /**
   * One listing for each kind of folder, undefined if the item is in none of that kind. Also records which of their
   * folders held items before.
   */
  #listingsOf({ creationTime, kind, camera, favorite, inAlbums }: PlacedItem): readonly (string | undefined)[] {
    const { date, day, month, year } = this.#dayListings(creationTime);
    if (!this.#children.has(day)) {
      // What holds a day with items holds items.
      const ofDay = this.#watch(day, Listing.daysOf(date), { by: 'date', ...date }, 0);
      const ofMonth = this.#watch(month, Listing.monthsOf(date), { by: 'date', ...date, day: 0 }, ofDay);
      this.#watch(year, Listing.years, { by: 'date', ...date, month: 0, day: 0 }, ofMonth);
    }
    const cameraListing = camera === null ? undefined : Listing.camera(camera);
    if (camera !== null && cameraListing !== undefined && !this.#children.has(cameraListing)) {
      this.#watch(cameraListing, Listing.cameras, { by: 'camera', cameraRowId: camera }, 0);
    }
    const favorites = favorite ? Listing.favorites : undefined;
    const loose = inAlbums ? undefined : Listing.loose;
    return [Listing.all, Listing.kind(kind), favorites, loose, cameraListing, day, month, year];
  }

  #peopleOf(place: PlacedItem | undefined): number[] {
    if (place?.inPeople !== true) return [];
    const sql = 'SELECT person FROM item_people WHERE item = ?';
    return this.#sql.all<[number]>(sql, place.rowId).map(([person]) => person);
  }

  #movePerson(person: number, gained: number, lost: number): void {
    if ((gained | lost) === 0) return;
    const listing = Listing.person(person);
    this.#watch(listing, Listing.people, { by: 'person', personRowId: person }, 0);
    this.#watch(Listing.people, Listing.root, { by: 'in-people' }, 0);
    this.#moveItems(listing, gained, lost);
    this.#fill(Listing.people, gained, lost);
  }

  /** Every mount that shows a shelf shows all of it. */
  #changeShelf(before: number, after: number): void {
    if (before === after) return;
    for (const shelf of [before, after].map(shelfOf)) if (shelf !== 'shown') this.move(Listing.shelf(shelf));
  }

  #moveItems(listing: string | undefined, gained: number, lost: number): void {
    if (listing === undefined || (gained | lost) === 0) return;
    this.move(listing, gained | lost);
    this.#fill(listing, gained, lost);
  }

  #fill(listing: string, gained: number, lost: number): void {
    const child = this.#children.get(listing);
    if (child === undefined) return;
    child.gained |= gained;
    child.lost |= lost;
  }

  /** Records, once in a transaction, in which views a child holds items. `known`: views in which it certainly does. */
  #watch(child: string, parent: string, selection: ItemSelection, known: number): number {
    const watched = this.#children.get(child);
    if (watched !== undefined) return watched.before;
    const isFilled = known === ALL_VIEWS || this.#filled.has(child);
    const before = isFilled ? ALL_VIEWS : this.#viewsWithItems(selection);
    this.#children.set(child, { parent, selection, before, gained: 0, lost: 0 });
    return before;
  }

  #viewsWithItems(selection: ItemSelection): number {
    const dated = resolved(selection, this.#calendar);
    const hasItems = (showArchived: boolean): boolean => {
      const { from, where } = selectionSql(dated.by, showArchived);
      const sql = `SELECT 1 FROM ${from} WHERE ${where} LIMIT 1`;
      return this.#sql.get(sql, ...selectionParameters(dated)) !== undefined;
    };
    if (hasItems(false)) return ALL_VIEWS;
    return hasItems(true) ? WITH_ARCHIVED : 0;
  }

  /** Cached, because items come in order of their dates: the day is usually that of the item before. */
  #dayListings(time: number): DayListings {
    const last = this.#lastDay;
    if (last !== undefined && time >= last.from && time < last.to) return last;
    const date = this.#calendar.dayOf(time);
    const { from, to } = boundsOf(this.#calendar, date);
    const listings = { year: Listing.year(date), month: Listing.month(date), day: Listing.day(date) };
    return (this.#lastDay = { from, to, date, ...listings });
  }
}

/** The views that show an item of this shelf. */
export function viewsOf(shelf: number): number {
  if (isHidden(shelf)) return 0;
  return shelf === 0 ? ALL_VIEWS : WITH_ARCHIVED;
}

function viewsOfPlace(place: PlacedItem | undefined): number {
  return place === undefined ? 0 : viewsOf(place.shelf);
}
