import type { CalendarPeriod } from './calendar.js';
import type { MediaKind } from './media-item.js';
import type { Shelf } from './shelf.js';

/** Which items a folder shows. A date is one of the profile's calendar. */
export type ItemSelection =
  | { readonly by: 'all' }
  | ({ readonly by: 'date' } & CalendarPeriod)
  | { readonly by: 'kind'; readonly kind: MediaKind }
  | { readonly by: 'camera'; readonly cameraRowId: number }
  | { readonly by: 'person'; readonly personRowId: number }
  /** Items on which people are named. */
  | { readonly by: 'in-people' }
  | { readonly by: 'favorite' }
  | { readonly by: 'shelf'; readonly shelf: Exclude<Shelf, 'shown'> }
  | { readonly by: 'not-in-album' }
  | { readonly by: 'album'; readonly albumRowId: number };
