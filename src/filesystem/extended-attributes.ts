import type { ItemDetails, ItemRecord } from '../catalog/records.js';

/** The extended attributes of an item, in listing order. Those without a value are left out. */
export function itemAttributes(item: ItemRecord, details: ItemDetails): ReadonlyMap<string, string> {
  return present([
    ['user.gphotos.id', item.mediaId],
    ['user.gphotos.creation_time', details.creationTimeText],
    ['user.gphotos.description', details.description],
    ['user.gphotos.product_url', details.productUrl],
    ['user.gphotos.width', numberText(details.width)],
    ['user.gphotos.height', numberText(details.height)],
    ['user.gphotos.camera', details.camera ?? ''],
    ['user.gphotos.favorite', details.favorite ? '1' : ''],
    ['user.gphotos.people', details.people.length === 0 ? '' : JSON.stringify(details.people)],
    ['user.gphotos.latitude', decimalText(details.latitude)],
    ['user.gphotos.longitude', decimalText(details.longitude)],
    ['user.gphotos.altitude', decimalText(details.altitude)],
    ['user.gphotos.source', item.source],
    ['user.gphotos.picked_at', details.pickedAt === null ? '' : new Date(details.pickedAt).toISOString()],
    ['user.gphotos.edited_of', details.editedOf ?? ''],
    ['user.mime_type', item.mimeType],
    ['user.xdg.origin.url', details.productUrl],
    ['user.xdg.comment', details.description],
  ]);
}

/** The attribute of an album's folder: what `--root album:<id>` takes. */
export const ALBUM_ID_ATTRIBUTE = 'user.gphotos.id';

/** The longest value that Linux passes on; for a longer one a reader gets E2BIG. */
const MAX_VALUE_BYTES = 65_536;

/** A value as UTF-8, cut between two characters where it is longer than {@link MAX_VALUE_BYTES}. */
export function attributeBytes(value: string): Uint8Array {
  const bytes = Buffer.from(value, 'utf8');
  if (bytes.length <= MAX_VALUE_BYTES) return bytes;
  let end = MAX_VALUE_BYTES;
  while (isInsideCharacter(bytes[end] ?? 0)) end -= 1;
  return bytes.subarray(0, end);
}

function isInsideCharacter(byte: number): boolean {
  return (byte & 0xc0) === 0x80;
}

function present(attributes: readonly (readonly [string, string])[]): ReadonlyMap<string, string> {
  return new Map(attributes.filter(([, value]) => value !== ''));
}

function numberText(value: number | null): string {
  return value === null ? '' : String(value);
}

/** Seven digits after the point are a centimetre; no exponent, whatever the number. */
function decimalText(value: number | null): string {
  if (value === null) return '';
  const text = value.toFixed(7).replace(/\.?0+$/, '');
  return text === '-0' ? '0' : text;
}
