import { createWriteStream, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { ZipFile } from 'yazl';
import { hash32 } from '../../emulator/random.js';
import type { Library } from './library.js';
import { planExport } from './plan.js';
import type { Plan, PlannedFile, PlanOptions } from './planned-file.js';
import { truthOf, type Truth } from './truth.js';

export interface ExportOptions extends Partial<PlanOptions> {
  /** Exists; the parts are written into it. */
  readonly folder: string;
  /** Number of parts; the files are scattered over them, and none is empty if there are enough files. Default 1. */
  readonly parts?: number;
  /** How many files, media and sidecars, lie in a second part as well; none in an extracted export. Default 0. */
  readonly repeated?: number;
  /** `mixed`: sidecars and every other media deflated. Default `stored` for media and deflated for json. */
  readonly compression?: 'usual' | 'stored' | 'deflated' | 'mixed';
  /** Sizes and CRC stand behind the data, in data descriptors. */
  readonly descriptors?: boolean;
  /** Zip64 records, whether or not the sizes need them. */
  readonly zip64?: boolean;
  /** `-<g>-` before the number of a part. */
  readonly group?: number;
  /** Default `20260301T101112Z`. */
  readonly stamp?: string;
  /** Keys of the photographs of an incremental export; albums have only these as members. Default all. */
  readonly only?: ReadonlySet<string>;
  /** Folders instead of zip files: all parts are unpacked into one. */
  readonly extracted?: boolean;
  /** Paths in NFD. */
  readonly decomposed?: boolean;
  /** Another number scatters the files in another way. */
  readonly seed?: number;
}

export interface WrittenPart {
  /** Path of the zip file, or of the folder of an extracted export. */
  readonly file: string;
  readonly number: number;
  readonly files: readonly PlannedFile[];
}

export interface WrittenExport {
  /** As in `takeout list`: `takeout-20260301T101112Z`, without the group. */
  readonly name: string;
  readonly parts: readonly WrittenPart[];
  readonly truth: Truth;
  readonly plan: Plan;
}

const EXPORT_TIME = new Date(Date.UTC(2026, 2, 1, 10, 11, 12));

/** Writes an export of a library, and says what a mount of it must show. */
export async function writeExport(library: Library, options: ExportOptions): Promise<WrittenExport> {
  const { language = 'en', style = 'new', albumJson = 'plain', archiveFolder = false } = options;
  const { junk = true, root = 'Takeout', stamp = '20260301T101112Z', parts = 1, seed = 1 } = options;
  const plan = planExport(options.only === undefined ? library : subset(library, options.only), {
    ...{ language, style, albumJson, archiveFolder, junk, root },
  });
  const planned = options.extracted === true ? withoutChecksums(plan) : plan.files;
  const files =
    options.decomposed === true ? planned.map((file) => ({ ...file, path: file.path.normalize('NFD') })) : planned;
  const { shelves, repeated } = scatter(files, parts, options.extracted === true ? 0 : (options.repeated ?? 0), seed);
  const name = `takeout-${stamp}`;
  const written: WrittenPart[] = [];
  for (const [index, shelf] of shelves.entries()) {
    const number = index + 1;
    const group = options.group === undefined ? '' : `-${options.group}`;
    const file = join(options.folder, options.extracted === true ? name : `${name}${group}-${threeDigits(number)}.zip`);
    if (options.extracted === true) writeFolder(file, shelf);
    else await writeZip(file, shelf, options);
    written.push({ file, number, files: shelf });
  }
  return {
    name,
    parts: written,
    truth: truthOf({ ...plan, files }, repeated, madeAt(stamp)),
    plan: { ...plan, files },
  };
}

/** The stamp of an export as milliseconds since the Unix epoch. */
function madeAt(stamp: string): number {
  return Date.parse(stamp.replace(/^(....)(..)(..)T(..)(..)(..)Z$/, '$1-$2-$3T$4:$5:$6Z'));
}

export function threeDigits(number: number): string {
  return String(number).padStart(3, '0');
}

/** Only a sidecar shows that two files of an extracted export are one photograph: nothing states a checksum. */
function withoutChecksums({ files, library }: Plan): PlannedFile[] {
  const mute = new Set(library.photos.flatMap(({ key, sidecar }) => (sidecar === 'none' ? [key] : [])));
  return files.map((file) =>
    file.role === 'original' && mute.has(file.photo ?? '') ? { ...file, unsure: true } : file,
  );
}

/** The part of a library that an incremental export has. Albums without one of its members are left out. */
function subset(library: Library, only: ReadonlySet<string>): Library {
  const kept = (keys: readonly string[]): string[] => keys.filter((key) => only.has(key));
  const albums = library.albums
    .map((album) => ({ ...album, members: kept(album.members), sidecarMembers: kept(album.sidecarMembers) }))
    .filter(({ members, sidecarMembers }) => members.length + sidecarMembers.length > 0);
  return { photos: library.photos.filter(({ key }) => only.has(key)), albums, orphans: [] };
}

/** A file lies in any part, its sidecar in any other. The first file of each part is certain, so that none is empty. */
function scatter(
  files: readonly PlannedFile[],
  parts: number,
  repeats: number,
  seed: number,
): { shelves: PlannedFile[][]; repeated: PlannedFile[] } {
  const shelves = Array.from({ length: parts }, (): PlannedFile[] => []);
  const homes = files.map((_, index) => (index < parts ? index : hash32(seed, index, 0x5ca7) % parts));
  files.forEach((file, index) => shelves[homes[index] ?? 0]?.push(file));
  if (parts < 2) return { shelves, repeated: [] };
  const repeatable = files
    .map((file, index) => ({ file, home: homes[index] ?? 0, rank: hash32(seed, index, 0x2e9) }))
    .filter(({ file }) => ['original', 'sidecar', 'edited', 'moving'].includes(file.role))
    .sort((a, b) => a.rank - b.rank)
    .slice(0, repeats);
  for (const { file, home, rank } of repeatable) shelves[(home + 1 + (rank % (parts - 1))) % parts]?.push(file);
  return { shelves, repeated: repeatable.map(({ file }) => file) };
}

function writeFolder(folder: string, files: readonly PlannedFile[]): void {
  for (const { path, bytes } of files) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), bytes);
  }
}

function isDeflated({ path }: PlannedFile, index: number, compression: ExportOptions['compression']): boolean {
  if (compression === 'stored') return false;
  if (compression === 'deflated') return true;
  return path.endsWith('.json') || (compression === 'mixed' && index % 2 === 0);
}

async function writeZip(file: string, files: readonly PlannedFile[], options: ExportOptions): Promise<void> {
  const zip = new ZipFile();
  files.forEach((entry, index) => {
    const compress = isDeflated(entry, index, options.compression);
    const how = { compress, mtime: EXPORT_TIME, forceZip64Format: options.zip64 === true };
    // Sizes of a stream are not known before its end: yazl writes a data descriptor.
    if (options.descriptors === true)
      zip.addReadStreamLazy(entry.path, how, (done) => done(null, Readable.from([entry.bytes])));
    else zip.addBuffer(entry.bytes, entry.path, how);
  });
  zip.end({ forceZip64Format: options.zip64 === true, comment: '' });
  await pipeline(zip.outputStream, createWriteStream(file));
}
