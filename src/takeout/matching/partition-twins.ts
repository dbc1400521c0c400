import { takeoutItemId, uncountedName } from './item-id.js';
import { byUnits } from './takeout-folder.js';
import { byTwinOrder, placeKey, TwinGroup, TwinGroups } from './twin-groups.js';
import type { TwinFile } from './twin-groups.js';

/** One photograph or video, wherever it lies. */
export interface TwinItem<File extends TwinFile> {
  readonly id: string;
  /** The file that comes first stands for the item: oldest export, year folder before album. */
  readonly files: readonly [File, ...File[]];
}

/**
 * Makes items of files: files of the same bytes in other folders or exports are one item where their sidecars agree in title and
 * time, or where one has no sidecar and only one candidate is there. Two names in one folder are two items. The order of the
 * input does not matter. `known` gives the id of the item that a file was of before; it is kept where it can be, so that nothing that
 * comes changes names.
 */
export function partitionTwins<File extends TwinFile>(
  files: Iterable<File>,
  known: (file: File) => string | undefined = () => undefined,
): TwinItem<File>[] {
  const items: TwinItem<File>[] = [];
  for (const sameSize of groupBy(files, ({ size }) => size).values()) {
    const [only, second] = sameSize;
    const groups = second === undefined && only !== undefined ? [new TwinGroup(only)] : groupsOfSize(sameSize);
    items.push(...itemsOf(groups, known));
  }
  return items.sort((a, b) => byTwinOrder(a.files[0], b.files[0]) || byUnits(a.id, b.id));
}

function groupsOfSize<File extends TwinFile>(files: readonly File[]): TwinGroup<File>[] {
  const sorted = [...files].sort(byTwinOrder);
  const byBytes = groupBy(
    sorted.filter(({ crc }) => crc !== undefined),
    ({ crc }) => crc,
  );
  const groups = [...byBytes.values()].flatMap(groupsOfBytes);
  const withoutCrc = sorted.filter(({ crc }) => crc === undefined);
  return withoutCrc.length === 0 ? groups : withExtracted(groups, withoutCrc);
}

/** Files of the same size and CRC, in order. */
function groupsOfBytes<File extends TwinFile>(files: readonly File[]): TwinGroup<File>[] {
  const groups = new TwinGroups<File>();
  for (const file of files) if (file.sidecar !== undefined) joinBySidecar(groups, file);
  const united = new TwinGroups(uniteExports(groups.all));
  const mute = files.filter(({ sidecar }) => sidecar === undefined);
  // Folders with the most such files first: a single file of another folder then sees that it could be any of them.
  const places = [...groupBy(mute, placeKey).values()].sort((a, b) => b.length - a.length);
  for (const file of places.flat()) {
    const group = united.onlyFree(file) ?? united.sameInOtherExport(file);
    if (group === undefined) united.open(file);
    else united.join(group, file);
  }
  return united.all;
}

function joinBySidecar<File extends TwinFile>(groups: TwinGroups<File>, file: File): void {
  const group = groups.freeBySidecar(file);
  if (group === undefined) groups.open(file);
  else groups.join(group, file);
}

/** A time that was corrected between two exports: the same bytes and title, once in each export, are one item. */
function uniteExports<File extends TwinFile>(groups: readonly TwinGroup<File>[]): TwinGroup<File>[] {
  const united: TwinGroup<File>[] = [];
  for (const [title, sameTitle] of groupBy(groups, ({ files: [first] }) => first.sidecar?.title)) {
    const exports = sameTitle.flatMap(({ files }) => [...new Set(files.map(({ exportName }) => exportName))]);
    const [first, ...others] = sameTitle;
    const isOnceInEach = title !== undefined && new Set(exports).size === exports.length;
    if (!isOnceInEach || first === undefined) {
      united.push(...sameTitle);
      continue;
    }
    for (const file of others.flatMap(({ files }) => files)) first.add(file);
    united.push(first);
  }
  return united;
}

/** Files of extracted folders: besides the size, title and time must agree. Without a sidecar the size alone says nothing. */
function withExtracted<File extends TwinFile>(
  archived: readonly TwinGroup<File>[],
  files: readonly File[],
): TwinGroup<File>[] {
  const groups = new TwinGroups(archived);
  const own = new TwinGroups<File>();
  for (const file of files) {
    const crcs = new Set(groups.withSidecarOf(file).map(({ crc }) => crc));
    const group = crcs.size === 1 ? groups.freeBySidecar(file) : undefined;
    if (group !== undefined) groups.join(group, file);
    else if (file.sidecar === undefined) own.open(file);
    else joinBySidecar(own, file);
  }
  return [...groups.all, ...own.all];
}

/** Gives groups of one size their ids: those known before are kept, the others are the first free ones in order. */
function itemsOf<File extends TwinFile>(
  groups: readonly TwinGroup<File>[],
  known: (file: File) => string | undefined,
): TwinItem<File>[] {
  const taken = new Set<string>();
  const items = groups
    .map((group) => ({ group, files: [...group.files].sort(byTwinOrder) }))
    .map(({ group, files }) => ({ group, files, first: files[0] ?? group.first }))
    .sort((a, b) => byTwinOrder(a.first, b.first))
    .map((item) => {
      const kept = item.files.map(known).find((id) => id !== undefined && !taken.has(id));
      if (kept !== undefined) taken.add(kept);
      return { ...item, kept };
    });
  const ordinals = new Map<number | string, number>();
  return items.map(({ group: { crc }, files, first, kept }) => {
    let id = kept;
    while (id === undefined || (kept === undefined && taken.has(id))) {
      const key = crc ?? uncountedName(first.name);
      const ordinal = ordinals.get(key) ?? 0;
      ordinals.set(key, ordinal + 1);
      id = takeoutItemId({ size: first.size, name: first.name, ordinal, ...(crc === undefined ? {} : { crc }) });
    }
    taken.add(id);
    return { id, files: [first, ...files.slice(1)] };
  });
}

function groupBy<Value, Key>(values: Iterable<Value>, keyOf: (value: Value) => Key): Map<Key, Value[]> {
  const groups = new Map<Key, Value[]>();
  for (const value of values) {
    const key = keyOf(value);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [value]);
    else group.push(value);
  }
  return groups;
}
