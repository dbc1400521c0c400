import type { ItemDetails, ItemRecord } from '../catalog/records.js';

/** The extended attributes of an item, in the order they are listed. What Google gives no value for is left out. */
export function itemAttributes(item: ItemRecord, details: ItemDetails): ReadonlyMap<string, string> {
  return present([
    ['user.gphotos.id', item.mediaId],
    ['user.gphotos.creation_time', details.creationTimeText],
    ['user.gphotos.description', details.description],
    ['user.gphotos.product_url', details.productUrl],
    ['user.gphotos.width', numberText(details.width)],
    ['user.gphotos.height', numberText(details.height)],
    ['user.gphotos.camera', details.camera ?? ''],
    ['user.mime_type', item.mimeType],
    ['user.xdg.origin.url', details.productUrl],
    ['user.xdg.comment', details.description],
  ]);
}

/** The attribute of an album's folder: what `--root album:<id>` takes. */
export const ALBUM_ID_ATTRIBUTE = 'user.gphotos.id';

function present(attributes: readonly (readonly [string, string])[]): ReadonlyMap<string, string> {
  return new Map(attributes.filter(([, value]) => value !== ''));
}

function numberText(value: number | null): string {
  return value === null ? '' : String(value);
}
