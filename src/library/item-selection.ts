import type { CalendarPeriod } from './calendar.js';
import type { MediaKind } from './media-item.js';

/** Which items a folder shows. A date is one of the profile's calendar. */
export type ItemSelection =
  | { readonly by: 'all' }
  | ({ readonly by: 'date' } & CalendarPeriod)
  | { readonly by: 'kind'; readonly kind: MediaKind }
  | { readonly by: 'camera'; readonly cameraRowId: number }
  | { readonly by: 'favorite' }
  | { readonly by: 'not-in-album' }
  | { readonly by: 'album'; readonly albumRowId: number };
