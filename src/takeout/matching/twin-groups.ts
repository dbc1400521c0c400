import { mediaReadings } from './name-rule.js';
import { byUnits } from './takeout-folder.js';

/** A media file of an export that is neither an edited version nor a moving part. */
export interface TwinFile {
  /** Names of exports must sort by age: a Takeout's name has its stamp, and an unpacked one needs one before it. */
  readonly exportName: string;
  readonly folder: string;
  readonly isYearFolder: boolean;
  readonly name: string;
  readonly size: number;
  /** Absent for files of extracted folders. */
  readonly crc?: number;
  /** What its sidecar says; absent where it has none, or where it is not known which. */
  readonly sidecar?: { readonly title?: string; readonly takenAt?: number };
}

/** Files of one item. It grows, and has at most one file of each folder of each export. */
export class TwinGroup<File extends TwinFile> {
  readonly files: [File, ...File[]];
  readonly #places = new Set<string>();

  constructor(file: File) {
    this.files = [file];
    this.#places.add(placeKey(file));
  }

  add(file: File): void {
    this.files.push(file);
    this.#places.add(placeKey(file));
  }

  isIn(place: string): boolean {
    return this.#places.has(place);
  }

  /** Of the oldest export, of its year folder. */
  get first(): File {
    return this.files.reduce((least, file) => (byTwinOrder(file, least) < 0 ? file : least));
  }

  get crc(): number | undefined {
    return this.files.find((file) => file.crc !== undefined)?.crc;
  }
}

/**
 * Groups by what files look for. Each look-up takes the same time however many groups there are: an archive may hold 100,000
 * equal files.
 */
export class TwinGroups<File extends TwinFile> {
  readonly all: TwinGroup<File>[] = [];
  readonly #bySidecar = new Map<string, TwinGroup<File>[]>();
  readonly #byFolderAndName = new Map<string, Set<TwinGroup<File>>>();
  readonly #groupsIn = new Map<string, number>();
  /** By place and sidecar: groups before this index have a file of that place. */
  readonly #firstFree = new Map<string, number>();

  constructor(groups: Iterable<TwinGroup<File>> = []) {
    for (const group of groups) {
      this.all.push(group);
      for (const file of group.files) this.#note(group, file);
      for (const key of new Set(group.files.map(sidecarKey))) this.#noteKey(group, key);
    }
  }

  open(file: File): void {
    const group = new TwinGroup(file);
    this.all.push(group);
    this.#note(group, file);
    this.#noteKey(group, sidecarKey(file));
  }

  join(group: TwinGroup<File>, file: File): void {
    group.add(file);
    this.#note(group, file);
  }

  withSidecarOf(file: File): readonly TwinGroup<File>[] {
    const key = sidecarKey(file);
    return key === undefined ? [] : (this.#bySidecar.get(key) ?? []);
  }

  /** The first group of this title and time without a file of this folder: the second twin of a folder joins the second of others. */
  freeBySidecar(file: File): TwinGroup<File> | undefined {
    const place = placeKey(file);
    const groups = this.withSidecarOf(file);
    const key = `${place}\0${sidecarKey(file) ?? ''}`;
    let index = this.#firstFree.get(key) ?? 0;
    while (groups[index]?.isIn(place) === true) index += 1;
    this.#firstFree.set(key, index);
    return groups[index];
  }

  /** The only group without a file of this folder. */
  onlyFree(file: File): TwinGroup<File> | undefined {
    const place = placeKey(file);
    if (this.all.length - (this.#groupsIn.get(place) ?? 0) !== 1) return undefined;
    return this.all.find((group) => !group.isIn(place));
  }

  /** The only group with a file of this folder and name in another export. */
  sameInOtherExport(file: File): TwinGroup<File> | undefined {
    const groups = this.#byFolderAndName.get(folderAndName(file)) ?? new Set();
    const [group, second] = [...groups].filter((one) => !one.isIn(placeKey(file)));
    return second === undefined ? group : undefined;
  }

  #note(group: TwinGroup<File>, file: File): void {
    const place = placeKey(file);
    this.#groupsIn.set(place, (this.#groupsIn.get(place) ?? 0) + 1);
    const key = folderAndName(file);
    const groups = this.#byFolderAndName.get(key);
    if (groups === undefined) this.#byFolderAndName.set(key, new Set([group]));
    else groups.add(group);
  }

  #noteKey(group: TwinGroup<File>, key: string | undefined): void {
    if (key === undefined) return;
    const groups = this.#bySidecar.get(key);
    if (groups === undefined) this.#bySidecar.set(key, [group]);
    else groups.push(group);
  }
}

/** Oldest export, year folder, folder, name with its counter as a number. */
export function byTwinOrder(a: TwinFile, b: TwinFile): number {
  return (
    byUnits(a.exportName, b.exportName) ||
    Number(b.isYearFolder) - Number(a.isYearFolder) ||
    byUnits(a.folder, b.folder) ||
    byName(a.name, b.name)
  );
}

function byName(a: string, b: string): number {
  const [one] = mediaReadings(a);
  const [other] = mediaReadings(b);
  if (one === undefined || other === undefined) return byUnits(a, b);
  return byUnits(one.base, other.base) || one.number - other.number || byUnits(a, b);
}

export function placeKey({ exportName, folder }: TwinFile): string {
  return `${exportName}\0${folder}`;
}

function folderAndName({ folder, name }: TwinFile): string {
  return `${folder}\0${name}`;
}

function sidecarKey({ sidecar }: TwinFile): string | undefined {
  return sidecar === undefined ? undefined : `${sidecar.takenAt ?? ''}\0${sidecar.title ?? ''}`;
}
