import type { PlainArchiveError } from './archive-error.js';
import type { EntryCounts } from './entry.js';
import type { FoundParts } from './find-parts.js';
import type { DirectoryFacts } from './list-part.js';
import type { ExportShape } from './export-shape.js';
import type { ExpectedIdentity, FileIdentity } from './part-file.js';
import type { PackedEntries } from './pack-entries.js';
import type { JsonFacts } from '../matching/json-facts.js';

/** A zip or an extracted export. */
export interface PartPlace {
  readonly kind: 'zip' | 'folder';
  readonly path: string;
}

/** What was found at a path. */
export interface PathFacts {
  readonly kind: 'file' | 'folder' | 'other';
  readonly identity: FileIdentity;
}

/** What is known of a part when it has been listed. The facts of a directory are those of a zip. */
export interface ListedPart {
  readonly identity: FileIdentity;
  readonly directory: DirectoryFacts | undefined;
  readonly counts: EntryCounts;
  readonly shape: ExportShape;
}

export interface OpenedEntry {
  readonly identity: FileIdentity;
  /** Of the first byte of the entry in the file. */
  readonly offset: number;
}

/** What a json file says. `index`: of its entry in the list that was handed in. */
export interface ReadJson {
  readonly index: number;
  readonly facts: JsonFacts;
}

/** Requests to a thread that reads archives, by name. `piece`: what it sends before the answer. */
export interface Operations {
  stat: { asks: { path: string }; answer: PathFacts; piece: never };
  find: { asks: { paths: readonly string[]; ownMounts: readonly string[] }; answer: FoundParts; piece: never };
  directory: {
    asks: { path: string };
    answer: { identity: FileIdentity; directory: DirectoryFacts };
    piece: never;
  };
  list: { asks: { part: PartPlace }; answer: ListedPart; piece: PackedEntries };
  json: {
    asks: { part: PartPlace; expected: ExpectedIdentity | undefined; entries: PackedEntries };
    answer: undefined;
    piece: readonly ReadJson[];
  };
  open: {
    asks: {
      path: string;
      expected: ExpectedIdentity;
      /** Of the local header of an entry; undefined for a whole file, or where only the file is in question. */
      headerOffset: number | undefined;
      packed: number;
    };
    answer: OpenedEntry;
    piece: never;
  };
  read: {
    asks: {
      path: string;
      expected: ExpectedIdentity;
      position: number;
      length: number;
      /** Handed over, and handed back with the answer; the bytes lie in it from `start` on. */
      buffer: ArrayBuffer;
      start: number;
      wantsCrc: boolean;
    };
    answer: { buffer: ArrayBuffer; crc: number };
    piece: never;
  };
}

export type OperationName = keyof Operations;

/** A request as it is sent. A thread has one at a time. */
export type ToArchiveThread = {
  [Name in OperationName]: { readonly name: Name; readonly asks: Operations[Name]['asks'] };
}[OperationName];

export type FromArchiveThread =
  | { readonly type: 'piece'; readonly value: unknown }
  | { readonly type: 'answer'; readonly value: unknown }
  | { readonly type: 'failed'; readonly error: PlainArchiveError };
