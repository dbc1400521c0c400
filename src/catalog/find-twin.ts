import type { MediaItem } from '../library/media-item.js';
import { sourceNamed, type SourceName } from '../library/source.js';
import { kindCode } from './codes.js';
import type { Statements } from '../sqlite/statements.js';

type Candidate = [rowId: number, sources: number, width: number | null, height: number | null];

/**
 * The item of other sources that is the same photograph or video: same kind, same file name, taken in the same second, and of the
 * same pixels where both are known. Undefined where there is none, or where namesakes leave a doubt: two files in a folder are
 * better than two photographs under one name.
 */
export function findTwin(sql: Statements, item: MediaItem, source: SourceName): number | undefined {
  const second = Math.floor(item.creationTime / 1000) * 1000;
  const namesakes = sql
    .all<Candidate>(
      `SELECT id, sources, width, height FROM media_items INDEXED BY items_kind
       WHERE gone = 0 AND role = 0 AND kind = ? AND creation_time >= ? AND creation_time < ? AND ifnull(filename, name) = ?`,
      kindCode(item.kind),
      second,
      second + 1000,
      item.filename,
    )
    .filter(([, , width, height]) => isAlike(item.width, width) && isAlike(item.height, height));
  const [twin] = namesakes;
  if (twin === undefined || namesakes.length > 1) return undefined;
  const [rowId, sources] = twin;
  return (sources & sourceNamed(source).bit) === 0 ? rowId : undefined;
}

function isAlike(pixels: number | undefined, known: number | null): boolean {
  return pixels === undefined || known === null || pixels === known;
}
