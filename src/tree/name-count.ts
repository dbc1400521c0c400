import type { ItemPlace } from './item-place.js';
import type { Parameter } from './parameters.js';
import type { ItemSelection } from '../library/item-selection.js';

/** A row of the table of path shapes that shows items, as seen from the top of a tree. */
export interface ItemShape {
  /** Parameters between the top and the row. */
  readonly parameters: readonly Parameter[];
  /** With the coordinates of the top; those of `parameters` are missing. */
  readonly selection: ItemSelection;
}

/** The number of folders of these shapes that show the item. It is in at least one of them. */
export function countNames(item: ItemPlace, shapes: readonly ItemShape[], showArchived: boolean): number {
  let names = 0;
  for (const { parameters, selection } of shapes) {
    let folders = isOnShelf(item, selection, showArchived) ? 1 : 0;
    let isDecided = false;
    for (const parameter of parameters) {
      folders *= parameter.foldersOf(item);
      isDecided ||= parameter.decides === selection.by;
    }
    if (folders > 0 && (isDecided || isSelected(item, selection))) names += folders;
  }
  return names;
}

/** The catalog's test of the shelf, which every selection has. */
function isOnShelf({ shelf }: ItemPlace, selection: ItemSelection, showArchived: boolean): boolean {
  if (selection.by === 'shelf') return shelf === selection.shelf;
  return shelf === 'shown' || (shelf === 'archived' && (showArchived || selection.by === 'album'));
}

/**
 * The catalog's test of a selection, for one row. A row does not name its albums, its people or its day. These are asked for only as the
 * top of the tree, and then it holds the item.
 */
function isSelected(item: ItemPlace, selection: ItemSelection): boolean {
  switch (selection.by) {
    case 'all':
    case 'album':
    case 'person':
    case 'shelf':
    case 'date':
      return true;
    case 'kind':
      return item.kind === selection.kind;
    case 'camera':
      return item.cameraRowId === selection.cameraRowId;
    case 'favorite':
      return item.favorite;
    case 'in-people':
      return item.peopleCount > 0;
    case 'not-in-album':
      return item.albumCount === 0;
  }
}
