import { LRUCache } from 'lru-cache';
import type { Change } from '../library/change.js';
import { Listing } from '../library/listing.js';
import { judgeChange, type Verdict } from './changes.js';
import { nameKey } from './choose-name.js';
import { albumParentInode, shapeInode } from './inode.js';
import type { ItemPlace } from './item-place.js';
import { countNames, type ItemShape } from './name-count.js';
import { nestAlbums, type AlbumFolder, type AlbumForest } from './nested-albums.js';
import { PARAMETERS, type Parameter } from './parameters.js';
import { PATH_SHAPES, type Coordinates, type DocumentName, type PathShape } from './path-shapes.js';
import type { ItemSelection } from '../library/item-selection.js';
import type { TreeLibrary } from './selection.js';

/** A folder of the tree. An `absentIfEmpty` folder exists only while the catalog has an item in it. */
export interface Folder {
  readonly kind: 'folder';
  readonly inode: number;
  /** Set where the folder shows items. */
  readonly items: ItemSelection | undefined;
  /** The items at or below it. */
  readonly covers: ItemSelection;
  readonly absentIfEmpty: boolean;
  /** Keys of what it lists (`library/listing.ts`), for the time of its last change. */
  readonly listings: readonly string[];
  /** Whether no folder can be inside. */
  readonly leaf: boolean;
  /** Catalog row, where the folder is an album. */
  readonly albumRowId: number | undefined;
  /** What the tree itself needs to go on from here. */
  readonly step: Step;
  readonly at: Coordinates;
  readonly nest: AlbumFolder | undefined;
}

export interface DocumentNode {
  readonly kind: 'document';
  readonly inode: number;
  readonly document: DocumentName;
}

export type TreeNode = Folder | DocumentNode;

/** One name of a pattern, compiled from the table. */
interface Step {
  readonly shape: PathShape;
  readonly parameter: Parameter | undefined;
  readonly fixed: ReadonlyMap<string, Step>;
  /** The step that takes any name its parameter finds. */
  readonly variable: Step | undefined;
}

export interface TreeOptions {
  readonly library: TreeLibrary;
  /** A `／` in an album's name makes a folder in a folder. */
  readonly nestedAlbums: boolean;
  /** The folder that is the top of this tree; all of it if left out. */
  readonly top?: Folder;
}

const ORIGIN: Coordinates = { year: 0, month: 0, day: 0, rowId: 0 };
const NO_FOLDERS: AlbumFolder = { name: '', path: '', rowId: undefined, folders: new Map() };
const ALBUMS_PATTERN = '/album';
const REMEMBERED_FOLDERS = 2048;

const FIRST_STEP = compile('/');
const ALBUMS_STEP = compile(ALBUMS_PATTERN);

/**
 * The folders and documents of a library. Paths begin with `/`; items are found by the caller, within `Folder.items`.
 */
export class Tree {
  readonly #library: TreeLibrary;
  readonly #nested: boolean;
  /** Folders that their path alone determines, so that no entry becomes out of date. */
  readonly #known = new LRUCache<string, Folder>({ max: REMEMBERED_FOLDERS });
  readonly #top: Folder;
  /** The rows of the table at or below the top that show items. */
  readonly #itemShapes: readonly ItemShape[];
  #forest: AlbumForest | undefined;
  #forestRevision: number | undefined;

  constructor({ library, nestedAlbums, top }: TreeOptions) {
    this.#library = library;
    this.#nested = nestedAlbums;
    this.#top = top ?? folderOf(FIRST_STEP, ORIGIN);
    this.#itemShapes = itemShapesOf(this.#top.step, this.#top.at, [], (step) => this.#isThere(step));
  }

  /** The folder of a path without its trailing slash, `''` being the top. Cheap for a path asked before. */
  folder(path: string): Folder | undefined {
    if (path === '') return this.#topNow();
    const known = this.#known.get(path);
    if (known !== undefined) return known;
    const cut = path.lastIndexOf('/');
    const parent = cut < 0 ? undefined : this.folder(path.slice(0, cut));
    const node = parent && this.child(parent, path.slice(cut + 1));
    if (node?.kind !== 'folder') return undefined;
    if (node.step.parameter?.fixed !== false && node.nest === undefined) this.#known.set(path, node);
    return node;
  }

  /** What may be done in a folder, if the mount is for writing. */
  judge(folder: Folder, change: Change): Verdict {
    const isAlbumParent = folder.nest !== undefined && folder.albumRowId === undefined;
    return judgeChange((isAlbumParent ? ALBUMS_STEP : folder.step).shape, change, this.#nested);
  }

  /** The folder of an album by its catalog row. */
  album(rowId: number): Folder | undefined {
    if (ALBUMS_STEP.variable === undefined) return undefined;
    if (!this.#nested) return folderOf(ALBUMS_STEP.variable, { ...ORIGIN, rowId });
    const nested = this.#albumForest().ofAlbum(rowId);
    return nested && nestedFolder(ALBUMS_STEP, nested);
  }

  /**
   * The number of names of an item in this tree. At least 1, because the item and its albums may be read from two
   * states of the catalog. Asks the library only if the top is an album with albums inside.
   */
  namesOf(item: ItemPlace): number {
    return Math.max(1, this.#countNames(item));
  }

  #countNames(item: ItemPlace): number {
    const { nest } = this.#top;
    if (nest === undefined || nest.path === '') {
      return countNames(item, this.#itemShapes, this.#library.showArchived);
    }
    const inside = albumsWithin(this.#current(nest));
    if (inside.length < 2) return inside.length;
    const holding = this.#library.albumsOf(item.rowId);
    return inside.filter((rowId) => holding.includes(rowId)).length;
  }

  /** What a folder holds under a name, items aside. */
  child(folder: Folder, name: string): TreeNode | undefined {
    if (folder.nest !== undefined) {
      const nested = this.#current(folder.nest).folders.get(name);
      return nested && nestedFolder(folder.step, nested);
    }
    const fixed = folder.step.fixed.get(name);
    if (fixed !== undefined) return this.#isThere(fixed) ? this.#enter(fixed, folder.at) : undefined;
    const { variable } = folder.step;
    const at = variable?.parameter?.find(this.#library, folder.at, name);
    return at && variable && folderOf(variable, at);
  }

  /** Everything a folder holds, items aside. */
  children(folder: Folder): { name: string; node: TreeNode }[] {
    if (folder.nest !== undefined) {
      return Array.from(this.#current(folder.nest).folders.values(), (nested) => ({
        name: nested.name,
        node: nestedFolder(folder.step, nested),
      }));
    }
    const found = Array.from(folder.step.fixed)
      .filter(([, step]) => this.#isThere(step))
      .map(([name, step]) => ({ name, node: this.#enter(step, folder.at) }))
      .filter(({ node }) => node.kind === 'document' || !node.absentIfEmpty || this.#library.hasItems(node.covers));
    const { variable } = folder.step;
    if (variable === undefined) return found;
    const listed = variable.parameter?.list(this.#library, folder.at) ?? [];
    return [...found, ...listed.map(([name, at]) => ({ name, node: folderOf(variable, at) }))];
  }

  /** Whether the options of this mount have the row. */
  #isThere({ shape: { onlyWith } }: Step): boolean {
    return onlyWith === undefined || this.#library[onlyWith];
  }

  /** The present state of a nested top. Since mounting it may have gained or lost folders, or become an album. */
  #topNow(): Folder {
    const { nest, step } = this.#top;
    const now = nest === undefined || nest.path === '' ? undefined : this.#albumForest().now(nest);
    return now === undefined ? this.#top : nestedFolder(step, now);
  }

  #enter(step: Step, at: Coordinates): TreeNode {
    const { document, id, pattern } = step.shape;
    if (document !== undefined) return { kind: 'document', inode: shapeInode(id), document };
    const folder = folderOf(step, at);
    return this.#nested && pattern === ALBUMS_PATTERN
      ? { ...folder, listings: [Listing.nested('')], nest: NO_FOLDERS }
      : folder;
  }

  /** The present state of a nested folder; it may have changed since it was returned. */
  #current(folder: AlbumFolder): AlbumFolder {
    const forest = this.#albumForest();
    return folder.path === '' ? forest.top : (forest.now(folder) ?? NO_FOLDERS);
  }

  #albumForest(): AlbumForest {
    const revision = this.#library.revision();
    if (this.#forest === undefined || revision !== this.#forestRevision) {
      this.#forestRevision = revision;
      this.#forest = nestAlbums(
        this.#library.albums(),
        (albumRowId, name) => this.#library.findItem({ by: 'album', albumRowId }, name) !== undefined,
      );
    }
    return this.#forest;
  }
}

/** `step` is `album` or an album: both lead to albums. */
function nestedFolder(step: Step, nested: AlbumFolder): Folder {
  const albumStep = step.variable ?? step;
  if (nested.rowId !== undefined) {
    return {
      ...folderOf(albumStep, { ...ORIGIN, rowId: nested.rowId }),
      listings: [Listing.album(nested.rowId), Listing.nestedIn(nested.rowId)],
      leaf: nested.folders.size === 0,
      nest: nested,
    };
  }
  const inode = albumParentInode(nested.path);
  const parent = { items: undefined, covers: { by: 'all' }, absentIfEmpty: false, leaf: false } as const;
  const listings = [Listing.nested(nameKey(nested.path))];
  return {
    kind: 'folder',
    inode,
    ...parent,
    listings,
    albumRowId: undefined,
    step: albumStep,
    at: ORIGIN,
    nest: nested,
  };
}

function albumsWithin(folder: AlbumFolder): number[] {
  const inside = [...folder.folders.values()].flatMap((nested) => albumsWithin(nested));
  return folder.rowId === undefined ? inside : [folder.rowId, ...inside];
}

/**
 * All rows at or below a step that are there and show items. `parameters` are those between the top (at `from`) and the step.
 */
function itemShapesOf(
  step: Step,
  from: Coordinates,
  parameters: readonly Parameter[],
  isThere: (step: Step) => boolean,
): ItemShape[] {
  const shapes = [...step.fixed.values()]
    .filter(isThere)
    .flatMap((next) => itemShapesOf(next, from, parameters, isThere));
  const { variable } = step;
  if (variable?.parameter !== undefined) {
    shapes.push(...itemShapesOf(variable, from, [...parameters, variable.parameter], isThere));
  }
  const selection = step.shape.items?.(from);
  return selection === undefined ? shapes : [{ parameters, selection }, ...shapes];
}

function folderOf(step: Step, at: Coordinates): Folder {
  const { shape, parameter, fixed, variable } = step;
  const items = shape.items?.(at);
  return {
    kind: 'folder',
    inode: parameter === undefined ? shapeInode(shape.id) : parameter.inode(shape.id, at),
    items,
    covers: items ?? shape.covers?.(at) ?? { by: 'all' },
    absentIfEmpty: parameter?.absentIfEmpty ?? shape.absentIfEmpty ?? false,
    listings: [shape.listing?.(at) ?? Listing.fixed],
    leaf: fixed.size === 0 && variable === undefined,
    albumRowId: items?.by === 'album' ? items.albumRowId : undefined,
    step,
    at,
    nest: undefined,
  };
}

function compile(pattern: string): Step {
  const shape = PATH_SHAPES.find((row) => row.pattern === pattern);
  if (shape === undefined) throw new Error(`the table has no row for ${pattern}`);
  const prefix = pattern === '/' ? '/' : `${pattern}/`;
  const below = PATH_SHAPES.filter((row) => row.pattern.startsWith(prefix) && row !== shape);
  const names = below.map((row) => row.pattern.slice(prefix.length)).filter((rest) => !rest.includes('/'));
  const variable = names.find((name) => Object.hasOwn(PARAMETERS, name));
  return {
    shape,
    parameter: PARAMETERS[pattern.slice(pattern.lastIndexOf('/') + 1)],
    fixed: new Map(names.filter((name) => name !== variable).map((name) => [name, compile(prefix + name)])),
    variable: variable === undefined ? undefined : compile(prefix + variable),
  };
}
