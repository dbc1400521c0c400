/** Where a source keeps an item. Trashed and locked items are in no folder but that of their shelf, which an option shows. */
export type Shelf = 'shown' | 'archived' | 'trashed' | 'locked';

/** What a file is to its item. Edited versions and moving parts are listed as files of their own, but are not counted as items. */
export type ItemRole = 'original' | 'edited' | 'moving';
