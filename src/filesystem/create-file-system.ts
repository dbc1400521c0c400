import type { CatalogView, ItemRecord } from '../catalog/records.js';
import type { Change } from '../library/change.js';
import { Listing } from '../library/listing.js';
import type { Clock } from '../support/clock.js';
import type { MaybePromise } from '../support/maybe-promise.js';
import type { Verdict } from '../tree/changes.js';
import { itemInode } from '../tree/inode.js';
import { mountedTree } from '../tree/mount-root.js';
import type { Folder, Tree, TreeNode } from '../tree/tree.js';
import type { ItemBytes, KnownSizes } from './content-access.js';
import { DocumentSnapshots, type Documents } from './document-snapshots.js';
import { ALBUM_ID_ATTRIBUTE, attributeBytes, itemAttributes } from './extended-attributes.js';
import {
  FsError,
  type Attributes,
  type DirectoryEntry,
  type FileSystem,
  type FileSystemStatistics,
  type FsErrorCode,
  type OpenFile,
} from './file-system.js';
import { ItemOpener } from './item-opener.js';
import { ItemSizes } from './item-sizes.js';
import { holdsNothing, PathLookup } from './path-lookup.js';
import type { PhotoReadAhead } from './photo-read-ahead.js';
import type { VideoHeadAhead } from './video-head-ahead.js';
import { ProblemLog, type ReportProblem } from './problem-log.js';
import { ShownVersions, type ShownTimes } from './shown-versions.js';

export interface FileSystemOptions {
  readonly catalog: CatalogView;
  readonly sizes: KnownSizes;
  readonly content: ItemBytes;
  /** Informed of what is opened and read. Without it no photo is prefetched. */
  readonly readAhead?: PhotoReadAhead;
  readonly videoHeads?: VideoHeadAhead;
  readonly documents: Documents;
  /** Nothing may be changed, whatever the table of path shapes says. */
  readonly readOnly: boolean;
  readonly ownership: { readonly uid: number; readonly gid: number; readonly umask: number };
  /** `''` or `/` for all, a path such as `media/all`, or `album:<id>`. */
  readonly root: string;
  readonly nestedAlbums: boolean;
  /** How long the kernel may keep a size that it got, in milliseconds. */
  readonly attrTimeoutMs: number;
  readonly clock: Clock;
  /** Called for each problem, at most once in ten minutes. */
  readonly report: ReportProblem;
  /** Called with the media id of an item whose problem is over. */
  readonly recovered?: (subject: string) => void;
}

/** Throws UserError (usage) where `root` names no folder. */
export function createFileSystem(options: FileSystemOptions): FileSystem {
  const { catalog, nestedAlbums, root } = options;
  return new LibraryFileSystem(options, mountedTree({ library: catalog, nestedAlbums, root }));
}

const FILE_PERMISSIONS = 0o444;
const FOLDER_PERMISSIONS = 0o555;
/** More where something may be changed. */
const WRITE_PERMISSION = 0o200;
const REFUSALS: Readonly<Record<Verdict, FsErrorCode | undefined>> = {
  allowed: undefined,
  'not-here': 'EPERM',
  'shown-only': 'EROFS',
};
/** Shared by all calls: creating an error costs more than the lookup that it ends. */
const NO_ATTRIBUTE = new FsError('ENODATA', 'there is no such attribute');

class LibraryFileSystem implements FileSystem {
  readonly #catalog: CatalogView;
  readonly #tree: Tree;
  readonly #paths: PathLookup;
  readonly #opener: ItemOpener;
  readonly #sizes: ItemSizes;
  readonly #documents: DocumentSnapshots;
  readonly #shown: ShownVersions;
  readonly #uid: number;
  readonly #gid: number;
  readonly #umask: number;
  readonly #readOnly: boolean;

  constructor(options: FileSystemOptions, tree: Tree) {
    const { catalog, sizes, clock, ownership } = options;
    this.#catalog = catalog;
    this.#tree = tree;
    this.#paths = new PathLookup(tree, catalog);
    const problems = new ProblemLog({
      report: options.report,
      recovered: options.recovered ?? (() => undefined),
      clock,
    });
    this.#sizes = new ItemSizes({ catalog, sizes, clock, problems });
    this.#shown = new ShownVersions(sizes, options.attrTimeoutMs, clock);
    this.#opener = new ItemOpener({ ...options, sizes: this.#sizes, shown: this.#shown, problems });
    this.#documents = new DocumentSnapshots(options.documents, options.attrTimeoutMs, clock);
    this.#uid = ownership.uid;
    this.#gid = ownership.gid;
    this.#umask = ownership.umask;
    this.#readOnly = options.readOnly;
  }

  getattr(path: string): MaybePromise<Attributes> {
    const node = this.#paths.lookUp(path);
    if (node.kind === 'item') {
      const size = this.#sizes.known(node.item);
      if (size !== undefined) return this.#itemAttributes(path, node.item, size);
      return this.#sizes.measured(node.item, node.within).then((bytes) => this.#itemAttributes(path, node.item, bytes));
    }
    if (node.kind === 'folder') return this.#folderAttributes(path, node);
    const { bytes, changedAt } = this.#documents.show(node.document);
    return this.#fileAttributes(path, node.inode, bytes.length, { mtime: changedAt, ctime: changedAt }, 1);
  }

  readdir(path: string): DirectoryEntry[] {
    const node = this.#paths.find(path);
    if (node.kind !== 'folder') throw new FsError('ENOTDIR', `${path} is a file`);
    const entries = this.#tree.children(node).map(({ name, node: child }): DirectoryEntry => ({
      name,
      kind: child.kind === 'folder' ? 'directory' : 'file',
      inode: child.inode,
    }));
    if (node.items === undefined) return entries;
    for (const { name, rowId, inode } of this.#catalog.listItems(node.items)) {
      entries.push({ name, kind: 'file', inode: inode ?? itemInode(rowId) });
    }
    return entries;
  }

  open(path: string): MaybePromise<OpenFile> {
    const node = this.#paths.find(path);
    if (node.kind === 'folder') throw new FsError('EISDIR', `${path} is a folder`);
    if (node.kind === 'item') return this.#opener.open(path, node);
    const { bytes, release } = this.#documents.open(node.document);
    return { read: (buffer, position) => copyFrom(bytes, buffer, position), release };
  }

  listxattr(path: string): string[] {
    const node = this.#paths.find(path);
    if (node.kind === 'item') return [...this.#itemXattrs(node.item).keys()];
    return node.kind === 'folder' && node.albumRowId !== undefined ? [ALBUM_ID_ATTRIBUTE] : [];
  }

  getxattr(path: string, name: string): Uint8Array {
    // There are no other attributes: answered without a lookup.
    if (!name.startsWith('user.')) throw NO_ATTRIBUTE;
    const node = this.#paths.find(path);
    const value = node.kind === 'item' ? this.#itemXattrs(node.item).get(name) : this.#folderXattr(node, name);
    if (value === undefined) throw NO_ATTRIBUTE;
    return attributeBytes(value);
  }

  statfs(): FileSystemStatistics {
    const { bytes, items } = this.#catalog.counts();
    return { totalBytes: bytes, files: items };
  }

  refusal(change: Change, path: string): FsErrorCode | undefined {
    // No look-up: the answer is the same everywhere, and the path need not exist.
    if (this.#readOnly) return 'EROFS';
    const folder = path === '/' ? undefined : this.#tree.folder(path.slice(0, path.lastIndexOf('/')));
    return folder === undefined ? 'EROFS' : this.#refusalIn(folder, change);
  }

  #refusalIn(folder: Folder, change: Change): FsErrorCode | undefined {
    return this.#readOnly ? 'EROFS' : REFUSALS[this.#tree.judge(folder, change)];
  }

  #permissions(reading: number, isChangeable: boolean): number {
    return (isChangeable ? reading | WRITE_PERMISSION : reading) & ~this.#umask;
  }

  #itemXattrs(item: ItemRecord): ReadonlyMap<string, string> {
    const details = this.#catalog.details(item.rowId);
    return details === undefined ? new Map() : itemAttributes(item, details);
  }

  #folderXattr(node: TreeNode, name: string): string | undefined {
    if (node.kind !== 'folder' || node.albumRowId === undefined || name !== ALBUM_ID_ATTRIBUTE) return undefined;
    return this.#catalog.albumByRowId(node.albumRowId)?.albumId;
  }

  #itemAttributes(path: string, item: ItemRecord, size: number): Attributes {
    return this.#fileAttributes(
      path,
      item.inode ?? itemInode(item.rowId),
      size,
      this.#shown.show(path, item),
      this.#tree.namesOf(item),
    );
  }

  #fileAttributes(path: string, inode: number, size: number, { mtime, ctime }: ShownTimes, links: number): Attributes {
    const permissions = this.#permissions(FILE_PERMISSIONS, this.refusal('modify', path) === undefined);
    return { inode, kind: 'file', size, permissions, mtime, ctime, links, uid: this.#uid, gid: this.#gid };
  }

  /** When the names in a folder last changed (ms since the epoch); a fixed time if they never did. */
  #listedAt({ listings }: Folder): number {
    const times = listings.map((listing) => this.#catalog.listedAt(listing) ?? -Infinity);
    const last = Math.max(...times);
    return last > -Infinity ? last : (this.#catalog.listedAt(Listing.fixed) ?? 0);
  }

  #folderAttributes(path: string, folder: Folder): Attributes {
    if (folder.absentIfEmpty && !this.#catalog.hasItems(folder.covers)) throw holdsNothing(path);
    const listedAt = this.#listedAt(folder);
    return {
      inode: folder.inode,
      kind: 'directory',
      size: 0,
      permissions: this.#permissions(FOLDER_PERMISSIONS, this.#refusalIn(folder, 'modify') === undefined),
      mtime: listedAt,
      ctime: listedAt,
      // For `find`, 2 means that there are no subfolders; 1 means that it must look.
      links: folder.leaf ? 2 : 1,
      uid: this.#uid,
      gid: this.#gid,
    };
  }
}

function copyFrom(source: Uint8Array, target: Uint8Array, position: number): number {
  if (position >= source.length) return 0;
  const part = source.subarray(position, position + target.length);
  target.set(part);
  return part.length;
}
