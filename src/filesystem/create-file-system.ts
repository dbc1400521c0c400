import type { CatalogView, ItemRecord } from '../catalog/records.js';
import type { Change } from '../library/change.js';
import type { ItemSelection } from '../library/item-selection.js';
import { Listing } from '../library/listing.js';
import type { Clock } from '../support/clock.js';
import { withinDeadline } from '../support/deadline.js';
import type { MaybePromise } from '../support/maybe-promise.js';
import type { Verdict } from '../tree/changes.js';
import { composedPath } from '../tree/composed-path.js';
import { itemInode } from '../tree/inode.js';
import { mountedTree } from '../tree/mount-root.js';
import type { Folder, Tree, TreeNode } from '../tree/tree.js';
import type { ItemBytes, KnownSizes, OpenBytes } from './content-access.js';
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
import { ItemSizes } from './item-sizes.js';
import type { PhotoReadAhead, PhotoReading } from './photo-read-ahead.js';
import type { VideoHeadAhead } from './video-head-ahead.js';
import { ProblemLog, type ReportProblem } from './problem-log.js';
import { ShownVersions, type ShownTimes } from './shown-versions.js';
import { hintOf, toFsError } from './to-fs-error.js';

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
const MAX_NAME_BYTES = 255;
/** An open that has to measure first waits twice; both waits together stay below the deadline in SEMANTICS. */
const MEASURING_OPEN_MS = 28_000;
/** Shared by all calls: creating an error costs more than the lookup that it ends. */
const NO_ATTRIBUTE = new FsError('ENODATA', 'there is no such attribute');

/** An item and the folder it was looked up in. */
interface FoundItem {
  readonly kind: 'item';
  readonly item: ItemRecord;
  readonly within: ItemSelection;
}

class LibraryFileSystem implements FileSystem {
  readonly #catalog: CatalogView;
  readonly #content: ItemBytes;
  readonly #readAhead: PhotoReadAhead | undefined;
  readonly #videoHeads: VideoHeadAhead | undefined;
  readonly #tree: Tree;
  readonly #sizes: ItemSizes;
  readonly #documents: DocumentSnapshots;
  readonly #shown: ShownVersions;
  readonly #problems: ProblemLog;
  readonly #clock: Clock;
  readonly #uid: number;
  readonly #gid: number;
  readonly #umask: number;
  readonly #readOnly: boolean;

  constructor(options: FileSystemOptions, tree: Tree) {
    const { catalog, sizes, clock, ownership } = options;
    this.#catalog = catalog;
    this.#content = options.content;
    this.#clock = clock;
    this.#readAhead = options.readAhead;
    this.#videoHeads = options.videoHeads;
    this.#tree = tree;
    this.#problems = new ProblemLog({
      report: options.report,
      recovered: options.recovered ?? (() => undefined),
      clock,
    });
    this.#sizes = new ItemSizes({ catalog, sizes, clock, problems: this.#problems });
    this.#shown = new ShownVersions(sizes, options.attrTimeoutMs, clock);
    this.#documents = new DocumentSnapshots(options.documents, options.attrTimeoutMs, clock);
    this.#uid = ownership.uid;
    this.#gid = ownership.gid;
    this.#umask = ownership.umask;
    this.#readOnly = options.readOnly;
  }

  getattr(path: string): MaybePromise<Attributes> {
    const node = this.#lookUp(path);
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
    const node = this.#find(path);
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
    const node = this.#find(path);
    if (node.kind === 'folder') throw new FsError('EISDIR', `${path} is a folder`);
    if (node.kind === 'item') return this.#openItem(path, node);
    const { document } = node;
    return {
      read: (buffer, position) => copyFrom(this.#documents.shown(document).bytes, buffer, position),
      release: () => undefined,
    };
  }

  listxattr(path: string): string[] {
    const node = this.#find(path);
    if (node.kind === 'item') return [...this.#itemXattrs(node.item).keys()];
    return node.kind === 'folder' && node.albumRowId !== undefined ? [ALBUM_ID_ATTRIBUTE] : [];
  }

  getxattr(path: string, name: string): Uint8Array {
    // There are no other attributes: answered without a lookup.
    if (!name.startsWith('user.')) throw NO_ATTRIBUTE;
    const node = this.#find(path);
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

  #find(path: string): TreeNode | FoundItem {
    const node = this.#lookUp(path);
    if (node.kind === 'folder' && node.absentIfEmpty && !this.#catalog.hasItems(node.covers)) throw holdsNothing(path);
    return node;
  }

  /** Also finds folders that are not listed while they are empty, and names in another Unicode composition. */
  #lookUp(path: string): TreeNode | FoundItem {
    const found = this.#at(path);
    if (found !== undefined) return found;
    const composed = composedPath(path);
    return (composed === undefined ? undefined : this.#at(composed)) ?? this.#notFound(path);
  }

  #at(path: string): TreeNode | FoundItem | undefined {
    if (path === '/') return this.#tree.folder('');
    const cut = path.lastIndexOf('/');
    const parent = this.#tree.folder(path.slice(0, cut));
    if (parent === undefined) return undefined;
    const name = path.slice(cut + 1);
    if (parent.items !== undefined) {
      const item = this.#catalog.findItem(parent.items, name);
      if (item !== undefined) return { kind: 'item', item, within: parent.items };
      if (parent.leaf) return undefined;
    }
    return this.#tree.child(parent, name);
  }

  /** What Linux answers, which walks a path from its start. */
  #notFound(path: string): never {
    const cut = path.lastIndexOf('/');
    if (cut > 0) {
      const above = path.slice(0, cut);
      if (this.#find(above).kind !== 'folder') throw new FsError('ENOTDIR', `${above} is a file`);
    }
    const tooLong = Buffer.byteLength(path.slice(cut + 1)) > MAX_NAME_BYTES;
    if (tooLong) throw new FsError('ENAMETOOLONG', 'the name is longer than 255 bytes');
    throw new FsError('ENOENT', `${path} does not exist`);
  }

  #openItem(path: string, { item, within }: FoundItem): MaybePromise<OpenFile> {
    this.#shown.refuseOutdated(path, item);
    const size = this.#sizes.known(item);
    if (size === undefined) return this.#openMeasuring(item, within);
    this.#sizes.refuseUnready(item);
    return this.#openBytes(item, within, size);
  }

  #openMeasuring(item: ItemRecord, within: ItemSelection): Promise<OpenFile> {
    const work = async (late: AbortSignal): Promise<OpenFile> => {
      const file = await this.#openBytes(item, within, await this.#sizes.measured(item, within));
      if (late.aborted) file.release();
      return file;
    };
    const tooLate = (): FsError => new FsError('EIO', `${item.name} could not be measured and opened in time`);
    return withinDeadline(this.#clock, MEASURING_OPEN_MS, work, tooLate);
  }

  #openBytes(item: ItemRecord, within: ItemSelection, size: number): MaybePromise<OpenFile> {
    return this.#reporting(
      item,
      () => {
        const opened = this.#content.open({
          ref: { id: item.mediaId, kind: item.kind },
          size,
          etag: this.#sizes.etag(item),
        });
        // After its own request, so that this one does not wait behind those for the next items.
        const reading = this.#readAhead?.opened(item, within, size);
        this.#videoHeads?.opened(item, within);
        return opened instanceof Promise ? opened.then((bytes) => ({ bytes, reading })) : { bytes: opened, reading };
      },
      ({ bytes, reading }) => this.#openFile(item, bytes, reading),
    );
  }

  #openFile(item: ItemRecord, bytes: OpenBytes, reading: PhotoReading | undefined): OpenFile {
    return {
      read: (buffer, position) =>
        this.#reporting(
          item,
          () => bytes.read(buffer, position),
          (count) => {
            reading?.read(count);
            return count;
          },
        ),
      interrupt: (buffer) => bytes.interrupt?.(buffer),
      release: () => {
        reading?.close();
        bytes.close();
      },
    };
  }

  /** Runs `attempt`; a failure is reported and becomes an FsError. Returns no promise if `attempt` returns none. */
  #reporting<T, R>(item: ItemRecord, attempt: () => MaybePromise<T>, then: (value: T) => R): MaybePromise<R> {
    const done = (value: T): R => {
      this.#problems.recovered(item.mediaId);
      return then(value);
    };
    try {
      const value = attempt();
      return value instanceof Promise ? value.then(done, (error: unknown) => this.#fail(item, error)) : done(value);
    } catch (error) {
      return this.#fail(item, error);
    }
  }

  #fail(item: ItemRecord, error: unknown): never {
    const failure = toFsError(error);
    if (failure.code === 'EINTR') throw failure;
    this.#problems.report(item.mediaId, {
      code: 'read-failed',
      message: `${item.name} could not be read: ${failure.message}`,
      hint: hintOf(error, 'Open the file again; what was downloaded before is kept.'),
    });
    throw failure;
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

function holdsNothing(path: string): FsError {
  return new FsError('ENOENT', `${path} holds no items`);
}

function copyFrom(source: Uint8Array, target: Uint8Array, position: number): number {
  if (position >= source.length) return 0;
  const part = source.subarray(position, position + target.length);
  target.set(part);
  return part.length;
}
