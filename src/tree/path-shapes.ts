import { Listing } from '../library/listing.js';
import type { ItemSelection } from '../library/item-selection.js';

/** The values that the `<...>` parts of a path stand for; 0 where the path has no such part. */
export interface Coordinates {
  readonly year: number;
  readonly month: number;
  readonly day: number;
  /** Catalog row of the album, camera or person. */
  readonly rowId: number;
}

export type DocumentName = 'readme' | 'status';

/** One row of the table: a pattern and what stands there. Every folder above a pattern has its own row. */
export interface PathShape {
  /** Below 32, part of inodes: never give a retired number to another row. */
  readonly id: number;
  /** `<year>`, `<month>`, `<day>`, `<album>`, `<camera>` and `<person>` stand for one name each (see `parameters.ts`). */
  readonly pattern: string;
  /** The items that the folder shows. */
  readonly items?: (at: Coordinates) => ItemSelection;
  /** For a folder: names what it lists; the time of its last change is kept by that. */
  readonly listing?: (at: Coordinates) => string;
  /** For a folder of folders: the items at or below it. */
  readonly covers?: (at: Coordinates) => ItemSelection;
  /** For a folder without parameter: it is there only while it covers items, or only with an option. */
  readonly absentIfEmpty?: true;
  readonly onlyWith?: 'showTrashed' | 'showLocked';
  /** For a file of our own. */
  readonly document?: DocumentName;
  /** What a program may put into the folder, if the mount is for writing. Left out: the folder only shows what is there. */
  readonly takes?: 'album' | 'files-of-album';
  /** Whether mkdir makes an album in the folder: `nested`, only where albums nest. */
  readonly mkdir?: 'always' | 'nested';
  /** Whether what is in the folder may get another name. */
  readonly rename?: true;
}

const all = (): ItemSelection => ({ by: 'all' });
const favorites = (): ItemSelection => ({ by: 'favorite' });
const photos = (): ItemSelection => ({ by: 'kind', kind: 'photo' });
const videos = (): ItemSelection => ({ by: 'kind', kind: 'video' });
const shelf = (name: 'archived' | 'trashed' | 'locked') => (): ItemSelection => ({ by: 'shelf', shelf: name });
const inPeople = (): ItemSelection => ({ by: 'in-people' });
const ofPerson = ({ rowId }: Coordinates): ItemSelection => ({ by: 'person', personRowId: rowId });
const loose = (): ItemSelection => ({ by: 'not-in-album' });
const created = ({ year, month, day }: Coordinates): ItemSelection => ({ by: 'date', year, month, day });
const ofAlbum = ({ rowId }: Coordinates): ItemSelection => ({ by: 'album', albumRowId: rowId });
const ofCamera = ({ rowId }: Coordinates): ItemSelection => ({ by: 'camera', cameraRowId: rowId });

/** Everything that the mount shows, in the order it is listed. A new view is a new row. */
export const PATH_SHAPES: readonly PathShape[] = [
  { id: 0, pattern: '/', covers: all, listing: () => Listing.root },
  { id: 1, pattern: '/README.txt', document: 'readme' },
  {
    id: 2,
    pattern: '/album',
    covers: all,
    listing: () => Listing.albums,
    takes: 'album',
    mkdir: 'always',
    rename: true,
  },
  {
    id: 3,
    pattern: '/album/<album>',
    items: ofAlbum,
    listing: ({ rowId }) => Listing.album(rowId),
    takes: 'files-of-album',
    mkdir: 'nested',
    rename: true,
  },
  { id: 4, pattern: '/feature', covers: favorites, listing: () => Listing.feature },
  { id: 5, pattern: '/feature/favorites', items: favorites, listing: () => Listing.favorites },
  { id: 23, pattern: '/feature/archive', items: shelf('archived'), listing: () => Listing.shelf('archived') },
  {
    id: 24,
    pattern: '/feature/trash',
    items: shelf('trashed'),
    listing: () => Listing.shelf('trashed'),
    onlyWith: 'showTrashed',
  },
  {
    id: 25,
    pattern: '/feature/locked',
    items: shelf('locked'),
    listing: () => Listing.shelf('locked'),
    onlyWith: 'showLocked',
  },
  { id: 6, pattern: '/media', covers: all, listing: () => Listing.fixed },
  { id: 7, pattern: '/media/all', items: all, listing: () => Listing.all },
  { id: 8, pattern: '/media/by-year', covers: all, listing: () => Listing.years },
  { id: 9, pattern: '/media/by-year/<year>', items: created, listing: Listing.year },
  { id: 10, pattern: '/media/by-month', covers: all, listing: () => Listing.years },
  { id: 11, pattern: '/media/by-month/<year>', covers: created, listing: Listing.monthsOf },
  { id: 12, pattern: '/media/by-month/<year>/<month>', items: created, listing: Listing.month },
  { id: 13, pattern: '/media/by-day', covers: all, listing: () => Listing.years },
  { id: 14, pattern: '/media/by-day/<year>', covers: created, listing: Listing.daysOf },
  { id: 15, pattern: '/media/by-day/<year>/<day>', items: created, listing: Listing.day },
  { id: 16, pattern: '/media/photos', items: photos, listing: () => Listing.kind(0) },
  { id: 17, pattern: '/media/videos', items: videos, listing: () => Listing.kind(1) },
  { id: 18, pattern: '/media/by-camera', covers: all, listing: () => Listing.cameras },
  { id: 19, pattern: '/media/by-camera/<camera>', items: ofCamera, listing: ({ rowId }) => Listing.camera(rowId) },
  { id: 20, pattern: '/media/not-in-album', items: loose, listing: () => Listing.loose },
  { id: 26, pattern: '/people', covers: inPeople, listing: () => Listing.people, absentIfEmpty: true },
  { id: 27, pattern: '/people/<person>', items: ofPerson, listing: ({ rowId }) => Listing.person(rowId) },
  { id: 21, pattern: '/.gphotos', covers: all, listing: () => Listing.fixed },
  { id: 22, pattern: '/.gphotos/status.json', document: 'status' },
];
