import type { MediaKind } from '../../library/media-item.js';
import type { FolderHints } from './folder-kind.js';
import { typeOfFile } from './media-types.js';
import { editedFilename, itemFilename } from './shown-name.js';
import { byUnits } from './takeout-folder.js';
import type { Place, SidecarValues } from './takeout-json.js';
import { timeInName } from './time-in-name.js';
import type { LocalTime, TimeHint } from './time-in-name.js';

/** A file of an item, with what its folder and sidecar say. */
export interface DescribedFile {
  /** Names of exports sort by age, as in `twin-groups.ts`. */
  readonly exportName: string;
  readonly folder: string;
  readonly isYearFolder: boolean;
  /** The year in the name of a year folder. */
  readonly folderYear?: number;
  readonly name: string;
  readonly sidecar?: SidecarValues;
  /** The sidecars that an ambiguous file may have. */
  readonly candidates?: readonly SidecarValues[];
  readonly hints?: FolderHints;
  /** An edited version whose original is not there. */
  readonly isEdited?: boolean;
}

/** A sidecar in an album whose media lies elsewhere. */
export interface ElsewhereStatement {
  readonly exportName: string;
  readonly folder: string;
  readonly values: SidecarValues;
}

export interface ItemSources {
  readonly files: readonly [DescribedFile, ...DescribedFile[]];
  readonly memberships?: readonly ElsewhereStatement[];
  /** The time in the file itself. */
  readonly exif?: TimeHint;
}

export type TimeSource = 'sidecar' | 'exif' | 'name' | 'folder';

/** The values shown for an item. */
export interface ItemDescription {
  /** As in the sidecar: may hold any character. */
  readonly filename: string;
  readonly kind: MediaKind;
  readonly mimeType: string;
  /** Milliseconds since the epoch; absent where nothing tells. */
  readonly takenAt?: number;
  readonly timeSource?: TimeSource;
  readonly createdAt?: number;
  readonly description: string;
  readonly favorite: boolean;
  readonly archived: boolean;
  readonly trashed: boolean;
  readonly locked: boolean;
  readonly people: readonly string[];
  readonly place?: Place;
  readonly fromPartner: boolean;
}

interface Statement {
  readonly exportName: string;
  readonly isYearFolder: boolean;
  readonly folder: string;
  readonly name: string;
  readonly values: SidecarValues;
}

/**
 * Says what is shown for an item. The newest export that has a sidecar for it decides; within one export the year folder's sidecar
 * comes before an album's. `instantOf` reads a time without a zone in the zone of the views.
 */
export function describeItem(sources: ItemSources, instantOf: (local: LocalTime) => number): ItemDescription {
  const statements = statementsOf(sources);
  const newest = statements[0];
  const file = newestFirst(sources.files)[0] ?? sources.files[0];
  const title = statements.find(({ values }) => values.title !== undefined)?.values.title;
  const filename = itemFilename(title, file.name);
  const { kind, mimeType } = typeOfFile(file.name);
  const { createdAt, place } = newest?.values ?? {};
  return {
    filename: file.isEdited === true && title !== undefined ? editedFilename(filename, file.name) : filename,
    kind,
    mimeType,
    ...timeOf(sources, statements, instantOf),
    ...(createdAt === undefined ? {} : { createdAt }),
    description: newest?.values.description ?? '',
    favorite: newest?.values.favorite ?? false,
    ...visibilityOf(sources, statements),
    people: newest?.values.people ?? [],
    ...(place === undefined ? {} : { place }),
    fromPartner: newest?.values.fromPartner ?? false,
  };
}

function statementsOf({ files, memberships = [] }: ItemSources): Statement[] {
  const ofFiles = files.flatMap(({ sidecar, ...file }) =>
    sidecar === undefined ? [] : [{ ...file, values: sidecar }],
  );
  const elsewhere = memberships.map((one) => ({ ...one, isYearFolder: false, name: '' }));
  return newestFirst([...ofFiles, ...elsewhere]);
}

function newestFirst<One extends Omit<Statement, 'values'>>(all: readonly One[]): One[] {
  return [...all].sort(
    (a, b) =>
      byUnits(b.exportName, a.exportName) ||
      Number(b.isYearFolder) - Number(a.isYearFolder) ||
      byUnits(a.folder, b.folder) ||
      byUnits(a.name, b.name),
  );
}

/** The time of a sidecar, unless it is absent or 0; that of the file; the digits of a name; the year of a folder. */
function timeOf(
  { files, exif }: ItemSources,
  statements: readonly Statement[],
  instantOf: (local: LocalTime) => number,
): Pick<ItemDescription, 'takenAt' | 'timeSource'> {
  const stated = statements.map(({ values }) => values.takenAt).find((time) => time !== undefined && time !== 0);
  if (stated !== undefined) return { takenAt: stated, timeSource: 'sidecar' };
  const instant = (hint: TimeHint) => ('instant' in hint ? hint.instant : instantOf(hint.local));
  if (exif !== undefined) return { takenAt: instant(exif), timeSource: 'exif' };
  const sorted = newestFirst(files);
  const titles = statements.flatMap(({ values }) => values.title ?? []);
  for (const name of [...titles, ...sorted.map((file) => file.name)]) {
    const hint = timeInName(name);
    if (hint !== undefined) return { takenAt: instant(hint), timeSource: 'name' };
  }
  const year = sorted.find(({ folderYear }) => folderYear !== undefined)?.folderYear;
  return year === undefined ? {} : { takenAt: instantOf(firstDayOf(year)), timeSource: 'folder' };
}

/** At noon, which is that year in all zones. */
function firstDayOf(year: number): LocalTime {
  return { year, month: 1, day: 1, hour: 12, minute: 0, second: 0, millisecond: 0 };
}

/**
 * The newest statement decides. A file without a sidecar in the bin, the archive or the locked folder is a statement too, and so is
 * one that may have the sidecar of a locked item: in doubt an item is locked. There is no doubt where another of its files tells which
 * of these sidecars it is.
 */
function visibilityOf(
  { files }: ItemSources,
  statements: readonly Statement[],
): Pick<ItemDescription, 'archived' | 'trashed' | 'locked'> {
  const newest = statements[0];
  const stamp = newest?.exportName ?? '';
  const mute = files.filter(({ sidecar, exportName }) => sidecar === undefined && byUnits(exportName, stamp) >= 0);
  const hinted = (flag: keyof FolderHints) =>
    mute.some(({ hints, exportName }) => hints?.[flag] === true && (newest === undefined || exportName !== stamp));
  const told = new Set(files.flatMap(({ sidecar }) => momentOf(sidecar) ?? []));
  const isDoubtful = mute.some(({ hints, candidates = [] }) => {
    const own = candidates.filter((one) => told.has(momentOf(one) ?? ''));
    return hints?.locked === true || (own.length > 0 ? own : candidates).some(({ locked }) => locked);
  });
  const isStated = statements.some(({ exportName, values }) => exportName === stamp && values.locked);
  return {
    archived: (newest?.values.archived ?? false) || hinted('archived'),
    trashed: (newest?.values.trashed ?? false) || hinted('trashed'),
    locked: isStated || isDoubtful,
  };
}

/** Title and time, which tell the sidecars of an item in all its folders. */
function momentOf(values: SidecarValues | undefined): string | undefined {
  return values?.title === undefined || values.takenAt === undefined ? undefined : `${values.takenAt} ${values.title}`;
}
