import { basename, dirname } from 'node:path';
import type { PartIdentity, PartPlan } from '../../catalog/takeout-parts.js';
import { ArchiveError } from '../archives/archive-error.js';
import type { ArchiveThreads } from '../archives/archive-threads.js';
import type { FoundPart } from '../archives/find-parts.js';
import { isTakeoutFolder } from '../archives/export-shape.js';
import { parsePartName } from '../archives/part-name.js';
import { refusePath, type RefusedPath } from '../archives/refused-paths.js';
import { stampOf } from './stamp.js';

/** A part that the profile has, with what is known of its bytes. */
export interface KnownPart extends PartPlan {
  readonly identity: PartIdentity | undefined;
}

/** A part that may be added. */
export interface NewPart extends PartPlan {
  /** Where the same part was before; it is not there any more. */
  readonly insteadOf: string | undefined;
  readonly entries: number;
}

export interface Examined {
  readonly parts: readonly NewPart[];
  readonly refused: readonly RefusedPath[];
  /** Parts that are known already, here or elsewhere. */
  readonly repeated: readonly { readonly path: string; readonly sameAs: string }[];
}

export interface ExamineDeps {
  readonly threads: ArchiveThreads;
  readonly known: readonly KnownPart[];
  /** Mount points of this program. */
  readonly ownMounts: readonly string[];
}

/** Finds the parts at these paths, and reads the directory of each. Every path is taken, refused, or repeated. */
export async function examineParts(paths: readonly string[], deps: ExamineDeps): Promise<Examined> {
  const found = await deps.threads.find(paths, deps.ownMounts);
  const out = { parts: [] as NewPart[], refused: [...found.refused], repeated: [...found.repeated] };
  const known: KnownPart[] = [...deps.known];
  for (const part of found.parts) {
    const one = await examinePart(part, known, deps.threads);
    if (one === undefined) continue;
    if ('reason' in one) out.refused.push(one);
    else if ('sameAs' in one) out.repeated.push(one);
    else {
      out.parts.push(one.part);
      known.push({ ...one.part, identity: one.identity });
    }
  }
  return out;
}

type Outcome =
  | RefusedPath
  | { readonly path: string; readonly sameAs: string }
  | { readonly part: NewPart; readonly identity: PartIdentity };

async function examinePart(
  found: FoundPart,
  known: readonly KnownPart[],
  threads: ArchiveThreads,
): Promise<Outcome | undefined> {
  const { kind, path, isGuess } = found;
  try {
    const { identity, directory, counts, shape } = await threads.list({ kind, path }, () => undefined);
    if (shape.photoFolders.length === 0 && !(shape.isTakeout && isPartOfKnown(found, known))) {
      if (isGuess) return undefined;
      return refusePath(path, shape.isTakeout ? 'no-photos' : 'no-takeout');
    }
    const now: PartIdentity = {
      ...{ size: identity.size, mtimeMs: identity.mtimeMs },
      ...{ directoryOffset: directory?.directoryOffset ?? 0, directoryCrc: directory?.directoryCrc ?? 0 },
    };
    const names = exportOf(found, known);
    const plan: PartPlan = { path, kind, ...names };
    const here = known.find((part) => part.path === path);
    if (here !== undefined) return { path, sameAs: path };
    if (kind === 'zip') {
      const same = await sameBytes(now, known, threads);
      if (same?.isThere === true) return { path, sameAs: same.path };
      const other = same === undefined ? sameNumber(found, known) : undefined;
      if (other !== undefined)
        return {
          path,
          reason: `is another file than ${other}, which has the same number of the same export`,
          hint: `Take the export out first: gphotos-mount takeout remove ${names.exportName}.`,
        };
      return { part: { ...plan, insteadOf: same?.path, entries: counts.total - counts.folders }, identity: now };
    }
    return { part: { ...plan, insteadOf: undefined, entries: counts.total - counts.folders }, identity: now };
  } catch (error) {
    if (!(error instanceof ArchiveError)) throw error;
    if (isGuess && error.fault === 'damaged') return undefined;
    return { path, reason: wordsWithout(path, error.message), hint: error.hint };
  }
}

/** A part may hold albums only, in a language whose words are not known: another part of the export tells. */
function isPartOfKnown({ name }: FoundPart, known: readonly KnownPart[]): boolean {
  return name !== undefined && known.some(({ exportName }) => exportName === name.exportName);
}

/** The part with the same directory, and whether it is still where it was. */
async function sameBytes(
  { size, directoryOffset, directoryCrc }: PartIdentity,
  known: readonly KnownPart[],
  threads: ArchiveThreads,
): Promise<{ readonly path: string; readonly isThere: boolean } | undefined> {
  for (const { path, kind, identity } of known) {
    if (kind !== 'zip') continue;
    const facts = identity ?? (await directoryOf(path, threads));
    if (facts?.size !== size || facts.directoryOffset !== directoryOffset || facts.directoryCrc !== directoryCrc)
      continue;
    const isThere = await threads.stat(path).then(
      (now) => now.identity.size === size,
      () => false,
    );
    return { path, isThere };
  }
  return undefined;
}

async function directoryOf(path: string, threads: ArchiveThreads): Promise<PartIdentity | undefined> {
  try {
    const { identity, directory } = await threads.directory(path);
    return { size: identity.size, mtimeMs: identity.mtimeMs, ...directory };
  } catch (error) {
    if (error instanceof ArchiveError) return undefined;
    throw error;
  }
}

/** The path of a known part with the export, group and number of this one. */
function sameNumber({ name }: FoundPart, known: readonly KnownPart[]): string | undefined {
  if (name?.number === undefined) return undefined;
  return known.find(({ path }) => {
    const other = parsePartName(basename(path));
    return other?.exportName === name.exportName && other.group === name.group && other.number === name.number;
  })?.path;
}

/** Name and age of the export that a part belongs to. Where Google's name is lost, the name of the file or folder stands for it. */
function exportOf(
  { kind, path, name, identity }: FoundPart,
  known: readonly KnownPart[],
): Pick<PartPlan, 'exportName' | 'stamp'> {
  const base = basename(path);
  const google =
    name ?? (kind === 'folder' ? (parsePartName(base) ?? parsePartName(basename(dirname(path)))) : undefined);
  if (google !== undefined) return { exportName: google.exportName, stamp: google.stamp };
  const own =
    kind === 'zip' ? base.replace(/\.zip$/i, '') : isTakeoutFolder(base) ? basename(dirname(path)) || base : base;
  let exportName = own;
  for (let n = 2; known.some((part) => part.exportName === exportName && part.path !== path); n += 1)
    exportName = `${own} (${n})`;
  return { exportName, stamp: stampOf(identity.mtimeMs) };
}

function wordsWithout(path: string, message: string): string {
  return message.startsWith(`${path} `) ? message.slice(path.length + 1) : message;
}
