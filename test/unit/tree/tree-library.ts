import { boundsOf, UTC } from '../../../src/library/calendar.js';
import type { NamedRow, TreeLibrary } from '../../../src/tree/selection.js';
import type { Tree, TreeNode } from '../../../src/tree/tree.js';

export interface TreeLibraryContent {
  /** Days as `2024-07-19`. */
  readonly days?: readonly string[];
  readonly albums?: readonly string[];
  readonly cameras?: readonly string[];
  readonly people?: readonly string[];
  /** Names of items by album name. */
  readonly itemsOfAlbum?: Readonly<Record<string, readonly string[]>>;
}

/** A library as the tree sees it, made of plain lists; rows count from 1. */
export class PlainLibrary implements TreeLibrary {
  content: TreeLibraryContent;
  changes = 0;
  readonly showArchived = false;
  showTrashed = false;
  showLocked = false;

  constructor(content: TreeLibraryContent = {}) {
    this.content = content;
  }

  years = (): number[] => unique(this.#dates().map(([year]) => year));
  months = (year: number): number[] => unique(this.#dates().flatMap(([y, month]) => (y === year ? [month] : [])));
  days = (year: number, month: number): number[] =>
    unique(this.#dates().flatMap(([y, m, day]) => (y === year && m === month ? [day] : [])));
  albums = (): NamedRow[] => rows(this.content.albums);
  albumByName = (name: string): NamedRow | undefined => this.albums().find((row) => row.name === name);
  albumById = (albumId: string): NamedRow | undefined => this.albums().find((row) => `id-${row.rowId}` === albumId);
  cameras = (): NamedRow[] => rows(this.content.cameras);
  cameraByName = (name: string): NamedRow | undefined => this.cameras().find((row) => row.name === name);
  people = (): NamedRow[] => rows(this.content.people);
  personByName = (name: string): NamedRow | undefined => this.people().find((row) => row.name === name);
  revision = (): number => this.changes;

  findItem: TreeLibrary['findItem'] = (selection, name) => {
    if (selection.by !== 'album') return undefined;
    const album = this.albums().find(({ rowId }) => rowId === selection.albumRowId);
    const items = this.content.itemsOfAlbum?.[album?.name ?? ''] ?? [];
    return items.includes(name) ? { rowId: 1, name } : undefined;
  };

  hasItems: TreeLibrary['hasItems'] = (selection) => {
    if (selection.by === 'in-people') return this.people().length > 0;
    if (selection.by !== 'date') return true;
    const { from, to } = boundsOf(UTC, selection);
    return (this.content.days ?? []).some((day) => Date.parse(day) >= from && Date.parse(day) < to);
  };

  albumsOf: TreeLibrary['albumsOf'] = () => [];

  /** Puts other content in, as a sync would. */
  become(content: TreeLibraryContent): void {
    this.content = content;
    this.changes++;
  }

  #dates(): [number, number, number][] {
    return (this.content.days ?? []).map((day) => day.split('-').map(Number) as [number, number, number]);
  }
}

function rows(names: readonly string[] = []): NamedRow[] {
  return names.map((name, index) => ({ rowId: index + 1, name }));
}

function unique(numbers: readonly number[]): number[] {
  return [...new Set(numbers)].sort((a, b) => b - a);
}

/** The folder or document at an absolute path. */
export function nodeAt(tree: Tree, path: string): TreeNode | undefined {
  const cut = path.lastIndexOf('/');
  if (path === '/') return tree.folder('');
  const parent = tree.folder(path.slice(0, cut));
  return parent && tree.child(parent, path.slice(cut + 1));
}
