import type { MediaRole } from './match-folder.js';
import { uncountedName } from './item-id.js';
import { byTwinOrder } from './twin-groups.js';
import type { TwinFile } from './twin-groups.js';

/** An edited version or a moving part, of any file of one item. */
export interface CompanionFile extends TwinFile {
  readonly role: Exclude<MediaRole, 'original'>;
}

/**
 * The companions of one item, each once: an album has the edited version that the year folder has. Equal are those of one role with
 * the same bytes, or without CRC of the same size and name. The files of each are sorted, the oldest export first.
 */
export function uniteCompanions<File extends CompanionFile>(files: Iterable<File>): [File, ...File[]][] {
  const united = new Map<string, [File, ...File[]]>();
  for (const file of [...files].sort(byTwinOrder)) {
    const bytes = file.crc === undefined ? `name ${uncountedName(file.name)}` : `crc ${file.crc}`;
    const key = `${file.role} ${file.size} ${bytes}`;
    const present = united.get(key);
    if (present === undefined) united.set(key, [file]);
    else present.push(file);
  }
  return [...united.values()];
}
