import { dayName, monthName, parseDay, parseMonth, parseYear, yearName } from './date-names.js';
import { albumInode, cameraInode, dateInode, personInode } from './inode.js';
import type { ItemPlace } from './item-place.js';
import type { Coordinates } from './path-shapes.js';
import type { ItemSelection } from '../library/item-selection.js';
import type { TreeLibrary } from './selection.js';

/** What one `<...>` of a path pattern stands for. */
export interface Parameter {
  /** The names that stand there now, each with the coordinates it leads to. */
  list(library: TreeLibrary, at: Coordinates): (readonly [name: string, at: Coordinates])[];
  /** The coordinates of a name. A date is not looked up: the caller checks whether it holds items. */
  find(library: TreeLibrary, at: Coordinates, name: string): Coordinates | undefined;
  /** How many of its folders an item belongs in. */
  foldersOf(item: ItemPlace): number;
  /** The selection that it narrows: at these folders it holds the item, and needs no test. */
  readonly decides: ItemSelection['by'];
  inode(shapeId: number, at: Coordinates): number;
  /** A folder that exists only while it holds items. */
  readonly absentIfEmpty: boolean;
  /** The name alone gives the coordinates, and always the same ones: the catalog is not asked. */
  readonly fixed: boolean;
}

const date = {
  foldersOf: () => 1,
  decides: 'date' as const,
  inode: (shapeId: number, { year, month, day }: Coordinates) => dateInode(shapeId, year, month, day),
  absentIfEmpty: true,
  fixed: true,
};

export const PARAMETERS: Readonly<Record<string, Parameter>> = {
  '<year>': {
    ...date,
    list: (library, at) => library.years().map((year) => [yearName(year), { ...at, year }] as const),
    find(_library, at, name) {
      const year = parseYear(name);
      return year === undefined ? undefined : { ...at, year };
    },
  },
  '<month>': {
    ...date,
    list: (library, at) =>
      library.months(at.year).map((month) => [monthName(at.year, month), { ...at, month }] as const),
    find(_library, at, name) {
      const month = parseMonth(name, at.year);
      return month === undefined ? undefined : { ...at, month };
    },
  },
  '<day>': {
    ...date,
    list: (library, at) =>
      library
        .months(at.year)
        .flatMap((month) =>
          library.days(at.year, month).map((day) => [dayName(at.year, month, day), { ...at, month, day }] as const),
        ),
    find(_library, at, name) {
      const found = parseDay(name, at.year);
      return found && { ...at, ...found };
    },
  },
  '<album>': {
    list: (library, at) => library.albums().map(({ rowId, name }) => [name, { ...at, rowId }] as const),
    find(library, at, name) {
      const album = library.albumByName(name);
      return album && { ...at, rowId: album.rowId };
    },
    foldersOf: ({ albumCount }) => albumCount,
    decides: 'album',
    inode: (_shapeId, { rowId }) => albumInode(rowId),
    absentIfEmpty: false,
    fixed: false,
  },
  '<camera>': {
    list: (library, at) => library.cameras().map(({ rowId, name }) => [name, { ...at, rowId }] as const),
    find(library, at, name) {
      const camera = library.cameraByName(name);
      return camera && { ...at, rowId: camera.rowId };
    },
    foldersOf: ({ cameraRowId }) => (cameraRowId === null ? 0 : 1),
    decides: 'camera',
    inode: (_shapeId, { rowId }) => cameraInode(rowId),
    absentIfEmpty: true,
    fixed: false,
  },
  '<person>': {
    list: (library, at) => library.people().map(({ rowId, name }) => [name, { ...at, rowId }] as const),
    find(library, at, name) {
      const person = library.personByName(name);
      return person && { ...at, rowId: person.rowId };
    },
    foldersOf: ({ peopleCount }) => peopleCount,
    decides: 'person',
    inode: (_shapeId, { rowId }) => personInode(rowId),
    absentIfEmpty: true,
    fixed: false,
  },
};
