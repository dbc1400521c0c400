import {
  membershipKey,
  type ReadFile,
  type ReadMembership,
  type TakeoutReadings,
} from '../../catalog/takeout-readings.js';

/** What the archives say of items. */
export interface ItemReadings {
  filesOf: (id: string) => readonly ReadFile[];
  /** What the head of the item's file says, as JSON. */
  head: (id: string) => string | undefined;
  /** What albums say of an item whose bytes lie elsewhere. */
  memberships: (id: string, title: string, takenAt: number) => readonly ReadMembership[];
}

/** Asks the catalog for each item. */
export function readingsOfItems(readings: TakeoutReadings): ItemReadings {
  return {
    filesOf: (id) => readings.filesOfItem(id),
    head: (id) => readings.head(id),
    memberships: (_id, title, takenAt) => readings.memberships(title, takenAt),
  };
}

/**
 * Asks the catalog once for all items of a folder: nearly all have no file elsewhere, no head that was read and no membership. Holds as
 * long as the matches of the folder do.
 */
export function readingsOfFolder(
  readings: TakeoutReadings,
  folderId: number,
): ItemReadings & { readonly ids: string[] } {
  const own = new Map<string, ReadFile[]>();
  for (const file of readings.filesInFolder(folderId)) {
    const known = own.get(file.item);
    if (known === undefined) own.set(file.item, [file]);
    else known.push(file);
  }
  const elsewhere = readings.itemsElsewhere(folderId);
  const withHead = readings.itemsWithHead(folderId);
  const members = readings.memberKeys(folderId);
  const isHere = (id: string): boolean => own.has(id) && !elsewhere.has(id);
  const ofItems = readingsOfItems(readings);
  return {
    ids: [...own.keys()],
    filesOf: (id) => (isHere(id) ? (own.get(id) ?? []) : ofItems.filesOf(id)),
    head: (id) => (own.has(id) && !withHead.has(id) ? undefined : ofItems.head(id)),
    memberships: (id, title, takenAt) =>
      isHere(id) && !members.has(membershipKey(title, takenAt)) ? [] : ofItems.memberships(id, title, takenAt),
  };
}
