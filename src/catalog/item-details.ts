import { APP_BIT, sourceNamed } from '../library/source.js';
import { roleCode, usualDateText, usualProductUrl } from './codes.js';
import type { RowsOf } from './following-items.js';
import type { ItemDetails } from './records.js';

type DetailsRow = [
  ...[appId: string | null, creationTime: number, creationText: string | null, description: string, url: string | null],
  ...[width: number | null, height: number | null, camera: string | null, favorite: number],
  ...[latitude: number | null, longitude: number | null, altitude: number | null],
  ...[people: number, editedOf: string | null, pickedAt: number | null],
];

const PICKER_BIT = sourceNamed('picker').bit;

// The name of an original that is on a hidden shelf is told of nothing that is not on it too.
const DETAILS = `SELECT
    (SELECT media_id FROM copies WHERE item = i.id AND source = ${APP_BIT} ORDER BY gone LIMIT 1),
    i.creation_time, i.creation_text, i.description, i.product_url, i.width, i.height, c.name, i.favorite,
    t.latitude, t.longitude, t.altitude, i.people_count, o.name,
    iif(i.sources & ${PICKER_BIT}, (SELECT max(b.picked_at) FROM copies k CROSS JOIN picked_bytes b ON b.media_id = k.media_id
      WHERE k.item = i.id AND k.gone = 0), NULL)
  FROM media_items i LEFT JOIN cameras c ON c.id = i.camera LEFT JOIN takeout_items t ON t.item = i.id
    LEFT JOIN media_items o ON o.id = i.belongs_to AND i.role = ${roleCode('edited')} AND o.gone = 0
      AND (o.archived <= 1 OR o.archived = i.archived)
  WHERE i.id = ? AND i.gone = 0`;

const PEOPLE = `SELECT p.title FROM item_people m CROSS JOIN people p ON p.id = m.person WHERE m.item = ? ORDER BY p.title`;

/** What extended attributes need of an item; undefined for one that is gone. */
export function itemDetails(rows: RowsOf, rowId: number): ItemDetails | undefined {
  const row = rows(DETAILS, rowId)[0] as DetailsRow | undefined;
  if (row === undefined) return undefined;
  const [appId, creationTime, creationText, description, productUrl, width, height, camera, favorite, ...more] = row;
  const [latitude, longitude, altitude, peopleCount, editedOf, pickedAt] = more;
  return {
    creationTimeText: creationText ?? usualDateText(creationTime),
    description,
    productUrl: productUrl ?? (appId === null ? '' : usualProductUrl(appId)),
    width,
    height,
    camera,
    favorite: favorite === 1,
    ...{ latitude, longitude, altitude, editedOf, pickedAt },
    people: peopleCount === 0 ? [] : (rows(PEOPLE, rowId) as [string][]).map(([title]) => title),
  };
}
