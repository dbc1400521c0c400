import type { ArchiveEntry } from './entry.js';

/** Entries in a form that passes between threads in a fifth of the time: two strings and numbers instead of an object each. */
export interface PackedEntries {
  /** Folders, each once, and names, separated by NUL, which no entry has in its name. */
  readonly folders: string;
  readonly names: string;
  /** {@link FIELDS} for each entry. Its memory is handed over. */
  readonly numbers: Float64Array<ArrayBuffer>;
}

/** Index of the folder, size, packed, CRC (or -1), offset of the header, index of the method. */
const FIELDS = 6;
const METHODS = ['stored', 'deflated', 'file'] as const;

export function packEntries(entries: readonly ArchiveEntry[]): PackedEntries {
  const folders = new Map<string, number>();
  const numbers = new Float64Array(entries.length * FIELDS);
  let at = 0;
  for (const { folder, size, packed, crc = -1, headerOffset, method } of entries) {
    let index = folders.get(folder);
    if (index === undefined) folders.set(folder, (index = folders.size));
    numbers[at] = index;
    numbers[at + 1] = size;
    numbers[at + 2] = packed;
    numbers[at + 3] = crc;
    numbers[at + 4] = headerOffset;
    numbers[at + 5] = METHODS.indexOf(method);
    at += FIELDS;
  }
  return { folders: [...folders.keys()].join('\0'), names: entries.map(({ name }) => name).join('\0'), numbers };
}

export function unpackEntries({ folders, names, numbers }: PackedEntries): ArchiveEntry[] {
  if (numbers.length === 0) return [];
  const folderOf = folders.split('\0');
  return names.split('\0').map((name, index) => {
    const number = (field: number): number => numbers[index * FIELDS + field] ?? 0;
    return {
      folder: folderOf[number(0)] ?? '',
      name,
      size: number(1),
      packed: number(2),
      crc: number(3) === -1 ? undefined : number(3),
      headerOffset: number(4),
      method: METHODS[number(5)] ?? 'stored',
    };
  });
}
