import type { Language } from './languages.js';
import type { Album, Library } from './library.js';
import type { SidecarStyle } from './names.js';

/** What an entry of an export is. */
export type Role = 'original' | 'edited' | 'moving' | 'sidecar' | 'album' | 'other-json' | 'skipped' | 'unreadable';

/** One file of an export, before it is put into parts. */
export interface PlannedFile {
  /** With `Takeout/` before it and `/` between folders. */
  readonly path: string;
  readonly role: Role;
  readonly bytes: Buffer;
  /** Key of the photograph. */
  readonly photo?: string;
  /** Of a sidecar: what it is there for. */
  readonly use?: 'matched' | 'membership' | 'orphan';
  /** Names alone cannot decide what this media file belongs to. */
  readonly unsure?: boolean;
}

export interface PlannedAlbum {
  readonly album: Album;
  /** Name of its folder in the export. */
  readonly folder: string;
}

export interface Plan {
  readonly files: readonly PlannedFile[];
  readonly albums: readonly PlannedAlbum[];
  readonly library: Library;
}

export interface PlanOptions {
  readonly language: Language;
  readonly style: SidecarStyle;
  readonly albumJson: 'plain' | 'wrapped' | 'bare';
  /** Archived items lie in a folder of their own instead of that of their year. */
  readonly archiveFolder: boolean;
  /** Files that belong to no photograph: archive_browser.html, json of other kinds, `.DS_Store`. */
  readonly junk: boolean;
  /** First folder of all paths. */
  readonly root: string;
}
