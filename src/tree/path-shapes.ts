import { createdIn } from './calendar.js';
import type { Selection } from './selection.js';

/** The values that the `<...>` parts of a path stand for; 0 where the path has no such part. */
export interface Coordinates {
  readonly year: number;
  readonly month: number;
  readonly day: number;
  /** Catalog row of the album or camera. */
  readonly rowId: number;
}

export type DocumentName = 'readme' | 'status';

/** One row of the table: a pattern and what stands there. Every folder above a pattern has its own row. */
export interface PathShape {
  /** Below 32, part of inodes: never give a retired number to another row. */
  readonly id: number;
  /** `<year>`, `<month>`, `<day>`, `<album>` and `<camera>` stand for one name each (see `parameters.ts`). */
  readonly pattern: string;
  /** The items that the folder shows. */
  readonly items?: (at: Coordinates) => Selection;
  /** For a folder of folders: the items at or below it, whose newest dates it. */
  readonly covers?: (at: Coordinates) => Selection;
  /** For a file of our own. */
  readonly document?: DocumentName;
}

const all = (): Selection => ({ by: 'all' });
const favorites = (): Selection => ({ by: 'favorite' });
const photos = (): Selection => ({ by: 'kind', kind: 'photo' });
const videos = (): Selection => ({ by: 'kind', kind: 'video' });
const loose = (): Selection => ({ by: 'not-in-album' });
const created = ({ year, month, day }: Coordinates): Selection => createdIn(year, month, day);
const ofAlbum = ({ rowId }: Coordinates): Selection => ({ by: 'album', albumRowId: rowId });
const ofCamera = ({ rowId }: Coordinates): Selection => ({ by: 'camera', cameraRowId: rowId });

/** Everything that the mount shows, in the order it is listed. A new view is a new row. */
export const PATH_SHAPES: readonly PathShape[] = [
  { id: 0, pattern: '/', covers: all },
  { id: 1, pattern: '/README.txt', document: 'readme' },
  { id: 2, pattern: '/album', covers: all },
  { id: 3, pattern: '/album/<album>', items: ofAlbum },
  { id: 4, pattern: '/feature', covers: favorites },
  { id: 5, pattern: '/feature/favorites', items: favorites },
  { id: 6, pattern: '/media', covers: all },
  { id: 7, pattern: '/media/all', items: all },
  { id: 8, pattern: '/media/by-year', covers: all },
  { id: 9, pattern: '/media/by-year/<year>', items: created },
  { id: 10, pattern: '/media/by-month', covers: all },
  { id: 11, pattern: '/media/by-month/<year>', covers: created },
  { id: 12, pattern: '/media/by-month/<year>/<month>', items: created },
  { id: 13, pattern: '/media/by-day', covers: all },
  { id: 14, pattern: '/media/by-day/<year>', covers: created },
  { id: 15, pattern: '/media/by-day/<year>/<day>', items: created },
  { id: 16, pattern: '/media/photos', items: photos },
  { id: 17, pattern: '/media/videos', items: videos },
  { id: 18, pattern: '/media/by-camera', covers: all },
  { id: 19, pattern: '/media/by-camera/<camera>', items: ofCamera },
  { id: 20, pattern: '/media/not-in-album', items: loose },
  { id: 21, pattern: '/.gphotos', covers: all },
  { id: 22, pattern: '/.gphotos/status.json', document: 'status' },
];
