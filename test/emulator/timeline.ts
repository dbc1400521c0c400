/** Place of an item in the order of the library: newest first, then by number. */
export interface Place {
  readonly time: number;
  readonly number: number;
}

/** A list sorted newest first that may be huge and computed. */
export interface SortedPlaces {
  readonly length: number;
  timeAt(index: number): number;
  numberAt(index: number): number;
}

export type Direction = 'newest-first' | 'oldest-first';

function comesBefore(aTime: number, aNumber: number, b: Place): boolean {
  return aTime > b.time || (aTime === b.time && aNumber < b.number);
}

/** Index of the first place that does not come before `place`. */
function lowerBound(list: SortedPlaces, place: Place): number {
  let low = 0;
  let high = list.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (comesBefore(list.timeAt(middle), list.numberAt(middle), place)) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Items that came after the seed, or moved in time. */
export class ExtraPlaces implements SortedPlaces {
  readonly #places: Place[] = [];

  get length(): number {
    return this.#places.length;
  }

  timeAt(index: number): number {
    return this.#places[index]?.time ?? NaN;
  }

  numberAt(index: number): number {
    return this.#places[index]?.number ?? NaN;
  }

  insert(place: Place): void {
    this.#places.splice(lowerBound(this, place), 0, place);
  }

  remove(place: Place): void {
    this.#places.splice(lowerBound(this, place), 1);
  }
}

/** The numbers of two lists in one order, from just behind `after` on. Reads only as far as it is asked to. */
export function* walk(
  lists: readonly [SortedPlaces, SortedPlaces],
  direction: Direction,
  after: Place | undefined,
): Generator<Place> {
  const forward = direction === 'newest-first';
  const cursors = lists.map((list) => {
    if (after === undefined) return forward ? 0 : list.length - 1;
    const bound = lowerBound(list, after);
    if (!forward) return bound - 1;
    return bound < list.length && list.numberAt(bound) === after.number ? bound + 1 : bound;
  }) as [number, number];
  const head = (which: 0 | 1): Place | undefined => {
    const index = cursors[which];
    const list = lists[which];
    return index < 0 || index >= list.length ? undefined : { time: list.timeAt(index), number: list.numberAt(index) };
  };
  for (;;) {
    const first = head(0);
    const second = head(1);
    if (first === undefined && second === undefined) return;
    const takeFirst =
      second === undefined || (first !== undefined && comesBefore(first.time, first.number, second) === forward);
    const next = takeFirst ? first : second;
    if (next === undefined) return;
    cursors[takeFirst ? 0 : 1] += forward ? 1 : -1;
    yield next;
  }
}
