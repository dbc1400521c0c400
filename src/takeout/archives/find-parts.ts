import {
  closeSync,
  constants,
  opendirSync,
  readdirSync,
  readSync,
  realpathSync,
  statSync,
  openSync,
  type Stats,
} from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { toArchiveError } from './archive-error.js';
import { isPhotoEvidence, isPhotoService, isTakeoutFolder } from './export-shape.js';
import { identityOf, kindOfFile, type FileIdentity } from './part-file.js';
import { archiveKind, parsePartName, type PartName } from './part-name.js';
import { refusePath, type RefusedPath } from './refused-paths.js';

/** A zip, or an extracted export, that can be listed. */
export interface FoundPart {
  readonly kind: 'zip' | 'folder';
  /** Absolute, links resolved. */
  readonly path: string;
  /** What its name says; undefined where it was renamed. */
  readonly name: PartName | undefined;
  readonly identity: FileIdentity;
  /** A zip with a name of its own that lies in a folder: if it proves to be no Takeout, it is passed over without a word. */
  readonly isGuess: boolean;
}

export interface FoundParts {
  readonly parts: readonly FoundPart[];
  readonly refused: readonly RefusedPath[];
  /** Given twice, or another link to the same file; `sameAs` is in `parts`. */
  readonly repeated: readonly { readonly path: string; readonly sameAs: string }[];
}

/** Mount points of this program. Nothing below them is touched: the answer would have to come from ourselves. */
export type IsOwnMount = (path: string) => boolean;

/**
 * What the paths are that a person gave: parts, folders of parts, extracted exports, in any mix. Files are not opened but for two bytes of
 * each zip. Never throws. For a thread of its own, as `part-file.ts`.
 */
export function findParts(paths: readonly string[], isOwnMount: IsOwnMount): FoundParts {
  const finder = new PartFinder(isOwnMount);
  for (const path of paths) finder.addPath(resolve(path));
  return finder;
}

/** Files and folders of a folder that are looked at to find out what it is. */
const MAX_LOOKED_AT = 500;
const ZIP_START = Buffer.from('PK');

class PartFinder implements FoundParts {
  readonly parts: FoundPart[] = [];
  readonly refused: RefusedPath[] = [];
  readonly repeated: { path: string; sameAs: string }[] = [];
  readonly #isOwnMount: IsOwnMount;

  constructor(isOwnMount: IsOwnMount) {
    this.#isOwnMount = isOwnMount;
  }

  addPath(path: string): void {
    const facts = this.#factsOf(path);
    if (facts === undefined) return;
    if (facts.isDirectory()) this.#addFolder(path, facts);
    else this.#addFile(path, facts, false);
  }

  /** Of what the path leads to; a path that cannot be used is refused. */
  #factsOf(path: string): Stats | undefined {
    if (this.#isOwnMount(path)) {
      this.refused.push(refusePath(path, 'own-mount'));
      return undefined;
    }
    try {
      const real = realpathSync(path);
      if (real !== path && this.#isOwnMount(real)) {
        this.refused.push(refusePath(path, 'own-mount'));
        return undefined;
      }
      return statSync(path);
    } catch (error) {
      this.#refuseError(path, error);
      return undefined;
    }
  }

  #refuseError(path: string, error: unknown): void {
    const { fault, message } = toArchiveError(error, path);
    if (fault === 'missing' || fault === 'forbidden') this.refused.push(refusePath(path, fault));
    else if (fault === 'not-a-file') this.refused.push(refusePath(path, 'missing'));
    else this.refused.push(refusePath(path, 'unreadable', message));
  }

  #addFile(path: string, facts: Stats, isGuess: boolean): void {
    if (!facts.isFile()) {
      this.refused.push(refusePath(path, 'special', kindOfFile(facts)));
      return;
    }
    const kind = archiveKind(basename(path));
    if (kind === 'unfinished' || kind === 'tgz') this.refused.push(refusePath(path, kind));
    else if (facts.size === 0) this.refused.push(refusePath(path, 'empty'));
    else {
      try {
        if (startsAsZip(path)) this.#take('zip', path, facts, isGuess);
        else if (!isGuess) this.refused.push(refusePath(path, 'no-zip'));
      } catch (error) {
        this.#refuseError(path, error);
      }
    }
  }

  #take(kind: 'zip' | 'folder', path: string, facts: Stats, isGuess = false): void {
    const identity = identityOf(facts);
    const real = realpathSync(path);
    const same = this.parts.find(
      ({ path: known, identity: { dev, ino } }) => known === real || (dev === identity.dev && ino === identity.ino),
    );
    if (same !== undefined) {
      this.repeated.push({ path, sameAs: same.path });
      return;
    }
    this.parts.push({ kind, path: real, name: parsePartName(basename(path)), identity, isGuess });
  }

  #addFolder(path: string, facts: Stats): void {
    try {
      const names = readdirSync(path).sort();
      if (isTakeoutFolder(basename(path)) && names.some((name) => isFolder(join(path, name))))
        this.#takeExport(path, facts, names);
      else if (!this.#addFolderOfParts(path, names)) this.#takeExport(path, facts, names);
    } catch (error) {
      this.#refuseError(path, error);
    }
  }

  /** Adds the parts in a folder; false where it has none and no refused ones either. */
  #addFolderOfParts(path: string, names: readonly string[]): boolean {
    const before = this.#found();
    for (const name of names) {
      const inner = join(path, name);
      const kind = archiveKind(name);
      if (kind === 'zip') this.#addInner(inner, parsePartName(name) === undefined);
      else if (isTakeoutFile(name)) this.#addInner(inner, false);
      else if (isTakeoutFolder(name) || parsePartName(name) !== undefined) this.#addExtracted(inner);
    }
    return this.#found() > before;
  }

  #found(): number {
    return this.parts.length + this.refused.length + this.repeated.length;
  }

  #addInner(path: string, isGuess: boolean): void {
    const facts = this.#factsOf(path);
    // A folder may be named like a zip: one that a program extracted.
    if (facts?.isDirectory() === true) this.#addExtracted(path);
    else if (facts !== undefined) this.#addFile(path, facts, isGuess);
  }

  /** `Takeout`, `Takeout 2`, or a folder with the name of a part that holds one. */
  #addExtracted(path: string): void {
    const facts = this.#factsOf(path);
    if (facts?.isDirectory() !== true) return;
    try {
      this.#takeExport(path, facts, readdirSync(path).sort());
    } catch (error) {
      this.#refuseError(path, error);
    }
  }

  /** A folder that begins above `Takeout`, at it, at the service folder, or at the folders of photos. */
  #takeExport(path: string, facts: Stats, names: readonly string[]): void {
    const inner = names.filter((name) => isTakeoutFolder(name) && isFolder(join(path, name)));
    const roots = inner.length > 0 ? inner.map((name) => join(path, name)) : [path];
    if (roots.some((root) => hasPhotos(root, this.#isOwnMount))) this.#take('folder', path, facts);
    else if (inner.length > 0 || isTakeoutFolder(basename(path))) this.refused.push(refusePath(path, 'no-photos'));
    else this.refused.push(refusePath(path, 'other-files'));
  }
}

/** A file that is Takeout's by its name, whatever it ends in: an unfinished download, a .tgz. */
function isTakeoutFile(name: string): boolean {
  const kind = archiveKind(name);
  return (kind === 'tgz' || kind === 'unfinished') && /takeout-\d{8}T/i.test(name);
}

/** Whether photos of an export are in this folder, in its folders, or in theirs. Only some names of each are read. */
function hasPhotos(root: string, isOwnMount: IsOwnMount): boolean {
  for (const first of firstNames(root)) {
    const service = join(root, first);
    if (isOwnMount(service) || !isFolder(service)) continue;
    if (isPhotoService(first)) return true;
    for (const second of firstNames(service)) {
      if (isPhotoEvidence(first, second)) return true;
      const folder = join(service, second);
      if (isOwnMount(folder) || !isFolder(folder)) continue;
      for (const third of firstNames(folder)) if (isPhotoEvidence(second, third)) return true;
    }
  }
  return false;
}

function firstNames(folder: string): string[] {
  const names: string[] = [];
  try {
    const opened = opendirSync(folder);
    try {
      for (let found = opened.readSync(); found !== null && names.length < MAX_LOOKED_AT; found = opened.readSync())
        names.push(found.name);
    } finally {
      opened.closeSync();
    }
  } catch {
    // It says nothing, then.
  }
  return names;
}

function isFolder(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch {
    return false;
  }
}

function startsAsZip(path: string): boolean {
  // It was a file a moment ago; a FIFO in its place must not make us wait.
  const descriptor = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const start = Buffer.alloc(2);
    return readSync(descriptor, start, 0, 2, 0) === 2 && start.equals(ZIP_START);
  } finally {
    closeSync(descriptor);
  }
}
