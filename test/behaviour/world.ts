import type { VideoStatus } from '../../src/library/media-item.js';

/** An item as the behaviour cases need it; `key` is the case's own name for it and becomes part of its media id. */
export interface ItemSpec {
  readonly key: string;
  /** As Google has it. The key with `.jpg` or `.mp4` if left out. */
  readonly filename?: string;
  /** `image/jpeg` if left out; `video/…` makes it a video. */
  readonly mimeType?: string;
  /** RFC 3339. 2024-07-19T12:00:00Z if left out. */
  readonly created?: string;
  readonly description?: string;
  readonly camera?: { readonly make: string; readonly model: string };
  readonly favorite?: boolean;
  readonly archived?: boolean;
  /** Of videos; READY if left out. */
  readonly videoStatus?: VideoStatus;
  /** Its size is not in the catalog when the case begins. */
  readonly unmeasured?: boolean;
  /** What every request for its bytes or size meets. */
  readonly trouble?: 'gone' | 'rate-limited';
}

export interface AlbumSpec {
  /** The case's own name for it; becomes part of its id. The title if left out. */
  readonly key?: string;
  readonly title: string;
  /** Keys of items, in the album's order. */
  readonly items?: readonly string[];
}

/** A whole library, oldest entry first: earlier items and albums get their names first. */
export interface LibrarySpec {
  readonly items?: readonly ItemSpec[];
  readonly albums?: readonly AlbumSpec[];
}

/** How it is mounted; the program's defaults where left out. */
export interface MountSpec {
  readonly root?: string;
  readonly showArchived?: boolean;
  readonly showTrashed?: boolean;
  readonly showLocked?: boolean;
  readonly nestedAlbums?: boolean;
  readonly ownership?: { readonly uid: number; readonly gid: number; readonly umask: number };
}

export interface FileStats {
  readonly kind: 'file' | 'directory';
  readonly inode: number;
  readonly size: number;
  /** Permission bits. */
  readonly permissions: number;
  /** Milliseconds since the epoch; a kernel shows nothing before 1970. */
  readonly mtime: number;
  readonly ctime: number;
  readonly links: number;
  readonly uid: number;
  readonly gid: number;
}

/** The mounted tree, like node:fs/promises. Paths begin with `/`, the root of the mount. Rejects with an error whose `code` is POSIX's. */
export interface Files {
  readonly readdir: (path: string) => Promise<{ name: string; kind: 'file' | 'directory' }[]>;
  readonly lstat: (path: string) => Promise<FileStats>;
  readonly readFile: (path: string) => Promise<Uint8Array>;
  /** Opens, reads `length` bytes at `position` (fewer at the end), closes. */
  readonly read: (path: string, position: number, length: number) => Promise<Uint8Array>;
  readonly listxattr: (path: string) => Promise<string[]>;
  readonly getxattr: (path: string, name: string) => Promise<string>;
  readonly statfs: () => Promise<{ totalBytes: number; files: number }>;
}

/** A library that is mounted while a case runs. */
export interface Mounted {
  readonly files: Files;
  /** What a reader of the item has to get. */
  readonly bytesOf: (key: string) => Promise<Uint8Array>;
  readonly mediaIdOf: (key: string) => Promise<string>;
  readonly albumIdOf: (key: string) => Promise<string>;
  /** Makes the library this and waits until the mount shows it. Items and albums are the same ones where the keys are. */
  readonly become: (library: LibrarySpec) => Promise<void>;
  /** Mounts the same library again after unmounting it; `files` goes on working. */
  readonly remount: () => Promise<void>;
}

/** Where the cases run: in process or on a kernel mount. They do not know. */
export interface World {
  readonly name: string;
  /** Whether dates before 1970 are shown as 1970 (the FUSE binding's limit). */
  readonly clampsDates: boolean;
  with(library: LibrarySpec, mount: MountSpec, use: (mounted: Mounted) => Promise<void>): Promise<void>;
}
