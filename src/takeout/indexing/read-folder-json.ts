import type { CatalogWriter } from '../../catalog/catalog-writer.js';
import type { JsonContent, UnreadJson } from '../../catalog/takeout-files.js';
import type { PartRecord } from '../../catalog/takeout-parts.js';
import { ArchiveError } from '../archives/archive-error.js';
import type { ArchiveThreads } from '../archives/archive-threads.js';
import { readTakeoutJson } from '../matching/takeout-json.js';

export interface ReadJsonDeps {
  readonly threads: ArchiveThreads;
  readonly catalog: CatalogWriter;
  /** Hears of a part that cannot be read. Its json files stay unread. */
  readonly failed: (part: PartRecord, error: ArchiveError) => void;
}

/** Reads the json files of a folder, in all parts that can be read, into the catalog. */
export async function readFolderJson(
  folderId: number,
  parts: ReadonlyMap<number, PartRecord>,
  { threads, catalog, failed }: ReadJsonDeps,
): Promise<void> {
  for (const [id, entries] of byPart(catalog.takeoutFiles.unreadJson(folderId))) {
    const part = parts.get(id);
    if (part?.identity === undefined) continue;
    const { size, mtimeMs } = part.identity;
    const expected = part.kind === 'zip' ? { size, mtimeMs } : undefined;
    try {
      for await (const { texts, faults } of threads.readJson(part, expected, entries)) {
        const read = [
          ...texts.map(({ index, text }) => ({ entry: entries[index], content: contentOf(text) })),
          ...faults.map(({ index, reason }) => ({ entry: entries[index], content: unreadable(reason) })),
        ];
        await catalog.inLargeSlices(read, (some) => {
          for (const { entry, content } of some)
            if (entry !== undefined) catalog.takeoutFiles.setJson(entry.id, content);
        });
      }
    } catch (error) {
      if (!(error instanceof ArchiveError)) throw error;
      failed(part, error);
    }
  }
}

function byPart(entries: readonly UnreadJson[]): Map<number, UnreadJson[]> {
  const parts = new Map<number, UnreadJson[]>();
  for (const entry of entries) {
    const known = parts.get(entry.part);
    if (known === undefined) parts.set(entry.part, [entry]);
    else known.push(entry);
  }
  return parts;
}

function contentOf(text: string): JsonContent {
  const json = readTakeoutJson(text);
  switch (json.kind) {
    case 'sidecar':
      return {
        kind: 'sidecar',
        title: json.values.title,
        takenAt: json.values.takenAt,
        value: JSON.stringify(json.values),
      };
    case 'album':
      return { kind: 'album', title: json.title, takenAt: json.date, value: JSON.stringify(json) };
    case 'other':
      return { kind: 'other' };
    case 'unreadable':
      return unreadable('it is no JSON');
  }
}

const unreadable = (reason: string): JsonContent => ({ kind: 'unreadable', value: reason });
