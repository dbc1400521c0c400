import { statSync } from 'node:fs';
import { runningChecksum } from '../../support/checksum.js';
import { jsonFactsOf, unreadableJson } from '../matching/json-facts.js';
import { toArchiveError } from './archive-error.js';
import type { ArchiveEntry, EntryCounts } from './entry.js';
import type { OperationName, Operations, PartPlace, ReadJson } from './archive-requests.js';
import { ExportShapeFinder } from './export-shape.js';
import { findParts } from './find-parts.js';
import { listFolder } from './list-folder.js';
import { listPart, readDirectoryFacts } from './list-part.js';
import { readDataStart } from './local-header.js';
import { OpenParts } from './open-parts.js';
import { packEntries, unpackEntries } from './pack-entries.js';
import { assertSame, identityOf, PartFile, type FileIdentity } from './part-file.js';
import { readJsonEntries, readJsonFiles, type JsonBatch } from './read-json-entries.js';

type Answer<Name extends OperationName> = Operations[Name]['answer'];
type Asks<Name extends OperationName> = Operations[Name]['asks'];

/** Answers of one thread. Each may wait for the disk as long as the disk likes; throws or rejects with ArchiveError. */
export type Answers = {
  readonly [Name in OperationName]: (
    asks: Asks<Name>,
    send: (piece: Operations[Name]['piece']) => void,
  ) => Answer<Name> | Promise<Answer<Name>>;
};

/** Stands still between pieces, so that what was sent leaves before the next is made. */
function breathe(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

export function makeAnswers(): Answers {
  const open = new OpenParts();
  return {
    stat: ({ path }) => statPath(path),
    find: ({ paths, ownMounts }) => {
      const isInside = (path: string): boolean => ownMounts.some((own) => path === own || path.startsWith(`${own}/`));
      const { parts, refused, repeated } = findParts(paths, isInside);
      return { parts, refused, repeated };
    },
    directory: ({ path }) =>
      withFile(path, async (file) => ({
        identity: file.identity,
        directory: await readDirectoryFacts(file),
      })),
    list: ({ part }, send) => {
      const finder = new ExportShapeFinder();
      const take = (entries: ArchiveEntry[]): void => {
        for (const entry of entries) finder.add(entry);
        send(packEntries(entries));
      };
      return part.kind === 'zip' ? listZip(part, take, finder) : listFiles(part, take, finder);
    },
    json: async ({ part, expected, entries }, send) => {
      const sendAll = async (batches: Iterable<JsonBatch>): Promise<undefined> => {
        for (const batch of batches) {
          send(factsOf(batch));
          await breathe();
        }
        return undefined;
      };
      if (part.kind === 'folder') return sendAll(readJsonFiles(part.path, unpackEntries(entries)));
      return withFile(part.path, (file) => sendAll(readJsonEntries(file, unpackEntries(entries))), expected);
    },
    open: ({ path, expected, headerOffset, packed }) =>
      open.use(path, expected, (file) => ({
        identity: file.identity,
        offset: headerOffset === undefined ? 0 : readDataStart(file, { headerOffset, packed }),
      })),
    read: ({ path, expected, position, length, buffer, start, wantsCrc }) => {
      const bytes = new Uint8Array(buffer, start, length);
      open.use(path, expected, (file) => file.read(bytes, position));
      return { buffer, crc: wantsCrc ? runningChecksum(bytes, 0) : 0 };
    },
  };
}

/** Parsed here, not by the writer, which has enough to do. */
function factsOf({ texts, faults }: JsonBatch): ReadJson[] {
  return [
    ...texts.map(({ index, text }) => ({ index, facts: jsonFactsOf(text) })),
    ...faults.map(({ index, reason }) => ({ index, facts: unreadableJson(reason) })),
  ];
}

function statPath(path: string): Answer<'stat'> {
  try {
    const facts = statSync(path);
    const kind = facts.isFile() ? 'file' : facts.isDirectory() ? 'folder' : 'other';
    return { kind, identity: identityOf(facts) };
  } catch (error) {
    throw toArchiveError(error, path);
  }
}

/** For what takes long or is rare: a file of its own, checked at the end. */
async function withFile<T>(
  path: string,
  use: (file: PartFile) => Promise<T>,
  expected?: Asks<'json'>['expected'],
): Promise<T> {
  const file = PartFile.open(path);
  try {
    if (expected !== undefined) assertSame(path, expected, file.identity);
    const result = await use(file);
    file.assertUnchanged();
    return result;
  } finally {
    file.close();
  }
}

function listZip(
  part: PartPlace,
  take: (entries: ArchiveEntry[]) => void,
  finder: ExportShapeFinder,
): Promise<Answer<'list'>> {
  return withFile(part.path, async (file) => {
    const { counts, ...directory } = await listPart(file, take);
    return { identity: file.identity, directory, counts, shape: finder.shape };
  });
}

async function listFiles(
  part: PartPlace,
  take: (entries: ArchiveEntry[]) => void,
  finder: ExportShapeFinder,
): Promise<Answer<'list'>> {
  const identity: FileIdentity = statPath(part.path).identity;
  const walk = listFolder(part.path);
  let step = walk.next();
  while (step.done !== true) {
    take(step.value);
    await breathe();
    step = walk.next();
  }
  const counts: EntryCounts = step.value;
  return { identity, directory: undefined, counts, shape: finder.shape };
}
