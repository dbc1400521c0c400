import { etagOf } from '../archives/deflated-source.js';
import type { CatalogWriter } from '../../catalog/catalog-writer.js';
import type { TakeoutItem } from '../../catalog/takeout-items.js';
import { membershipKey, type ReadFile } from '../../catalog/takeout-readings.js';
import type { MediaId } from '../../library/media-item.js';
import type { Shelf } from '../../library/shelf.js';
import { describeItem, type DescribedFile, type ItemDescription } from '../matching/describe-item.js';
import { folderHintsOf, folderKindOf, yearOfFolder } from '../matching/folder-kind.js';
import { typeOfFile } from '../matching/media-types.js';
import { editedFilename, movingFilename } from '../matching/shown-name.js';
import type { SidecarValues } from '../matching/takeout-json.js';
import type { LocalTime } from '../matching/time-in-name.js';
import { headOf } from './item-head.js';
import { readingsOfItems, type ItemReadings } from './item-readings.js';
import { folderName } from './settle-items.js';
import { timeOfStamp } from './stamp.js';

export interface PutItemsDeps {
  readonly catalog: CatalogWriter;
  /** Reads a time without a zone in the zone of the views. */
  readonly instantOf: (local: LocalTime) => number;
  /** Default: asks the catalog for each item. */
  readonly readings?: ItemReadings;
  /** Heads that were just read, as JSON, by item. The catalog gets them when their items have been put. */
  readonly heads?: ReadonlyMap<string, string>;
}

/** Writes these items as their files and sidecars describe them; those without files are gone. Originals come first. */
export async function putItems(ids: Iterable<string>, deps: PutItemsDeps): Promise<void> {
  const { catalog } = deps;
  const readings = deps.readings ?? readingsOfItems(catalog.takeoutReadings);
  const later: string[] = [];
  await catalog.inLargeSlices([...ids], (some) => {
    const items: TakeoutItem[] = [];
    for (const id of some) {
      const files = readings.filesOf(id);
      const [first] = files;
      if (first === undefined) catalog.takeout.remove([id as MediaId]);
      else if (roleOf(files) === 'original') items.push(itemOf(id, [first, ...files.slice(1)], readings, deps));
      else later.push(id);
    }
    catalog.takeout.put(items);
  });
  await catalog.inLargeSlices(later, (some) => {
    const items = some.flatMap((id) => {
      const [first, ...others] = readings.filesOf(id);
      return first === undefined ? [] : [itemOf(id, [first, ...others], readings, deps)];
    });
    catalog.takeout.put(items);
  });
}

/** A file that is an original in one folder is one everywhere. */
function roleOf(files: readonly ReadFile[]): ReadFile['role'] {
  return files.some(({ role }) => role === 'original') ? 'original' : (files[0]?.role ?? 'original');
}

function itemOf(
  id: string,
  files: readonly [ReadFile, ...ReadFile[]],
  readings: ItemReadings,
  deps: PutItemsDeps,
): TakeoutItem {
  const { catalog, instantOf, heads } = deps;
  const role = roleOf(files);
  const head = headOf(heads?.get(id) ?? readings.head(id));
  const described = files.map((file) => describedFile(catalog, file)) as [DescribedFile, ...DescribedFile[]];
  const what = describeItem(
    {
      files: described,
      memberships: membershipsOf(id, readings, described),
      ...(head?.time === undefined ? {} : { exif: head.time }),
    },
    instantOf,
  );
  const [first] = files;
  const owner = role === 'original' ? undefined : ownerOf(catalog, files);
  const creationTime = what.takenAt ?? timeOfStamp(first.stamp);
  const { kind, mimeType } = typeOfFile(first.name, role === 'moving');
  return {
    id: id as MediaId,
    kind,
    filename: filenameOf(what, role, owner, first.name),
    mimeType,
    description: what.description,
    productUrl: '',
    creationTime,
    creationTimeText: new Date(creationTime).toISOString(),
    size: first.size,
    etag: versionOf(catalog, id, files),
    ...(kind === 'video' ? { videoStatus: 'READY' as const } : {}),
    ...(head?.camera ?? {}),
    ...(head?.pixels ?? {}),
    role: owner === undefined && role !== 'original' ? 'original' : role,
    ...(owner === undefined ? {} : { belongsTo: owner.id }),
    shelf: shelfOf(what),
    favorite: what.favorite,
    people: what.people,
    ...(what.place === undefined ? {} : what.place),
  };
}

const WITHOUT_CHECKSUM = 'takeout:file';

/** An item that an archive and an extracted folder have keeps the version it had: nothing about its bytes has changed. */
function versionOf(catalog: CatalogWriter, id: string, files: readonly ReadFile[]): string {
  const crc = files.find((file) => file.crc !== null)?.crc ?? undefined;
  if (crc === undefined) return WITHOUT_CHECKSUM;
  const isMixed = files.some((file) => file.crc === null);
  return isMixed && catalog.takeoutReadings.etagOf(id) === WITHOUT_CHECKSUM ? WITHOUT_CHECKSUM : etagOf(crc);
}

function filenameOf(
  { filename }: ItemDescription,
  role: ReadFile['role'],
  owner: Owner | undefined,
  fileName: string,
): string {
  if (owner === undefined) return role === 'original' ? filename : fileName;
  return role === 'edited' ? editedFilename(owner.filename, fileName) : movingFilename(owner.filename, fileName);
}

interface Owner {
  readonly id: MediaId;
  readonly filename: string;
}

/** The original of an edited version, or the still of a moving part. */
function ownerOf(catalog: CatalogWriter, files: readonly ReadFile[]): Owner | undefined {
  for (const { folderId, ofName } of files) {
    const id = ofName === null ? undefined : catalog.takeoutReadings.itemNamed(folderId, ofName);
    const filename = id === undefined ? undefined : catalog.takeoutReadings.filenameOf(id);
    if (id !== undefined && filename !== undefined) return { id: id as MediaId, filename };
  }
  return undefined;
}

function describedFile(catalog: CatalogWriter, file: ReadFile): DescribedFile {
  const { age: exportName, folder, inAlbum, name, sidecar, role, ofName, folderId } = file;
  const kind = folderKindOf(folderName(folder), inAlbum);
  const year = kind === 'year' ? yearOfFolder(folderName(folder)) : undefined;
  const values = sidecar === null ? undefined : (JSON.parse(sidecar) as SidecarValues);
  return {
    ...{ exportName, folder, name },
    isYearFolder: kind === 'year',
    ...(year === undefined ? {} : { folderYear: year }),
    ...(values === undefined ? {} : { sidecar: values }),
    ...(file.isAmbiguous ? { candidates: catalog.takeoutReadings.candidates(folderId).map(parsed) } : {}),
    hints: folderHintsOf(folderName(folder), kind),
    isEdited: role === 'edited' && ofName === null,
  };
}

const parsed = (value: string): SidecarValues => JSON.parse(value) as SidecarValues;

/** What albums that hold only the item's sidecar say of it. */
function membershipsOf(
  id: string,
  readings: ItemReadings,
  files: readonly DescribedFile[],
): { exportName: string; folder: string; values: SidecarValues }[] {
  const keys = new Map<string, readonly [string, number]>();
  for (const { sidecar } of files)
    if (sidecar?.title !== undefined && sidecar.takenAt !== undefined)
      keys.set(membershipKey(sidecar.title, sidecar.takenAt), [sidecar.title, sidecar.takenAt]);
  return [...keys.values()].flatMap(([title, takenAt]) =>
    readings
      .memberships(id, title, takenAt)
      .map(({ age, folder, value }) => ({ exportName: age, folder, values: parsed(value) })),
  );
}

function shelfOf({ locked, trashed, archived }: ItemDescription): Shelf {
  if (locked) return 'locked';
  if (trashed) return 'trashed';
  return archived ? 'archived' : 'shown';
}
