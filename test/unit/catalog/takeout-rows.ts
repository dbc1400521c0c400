import type { TakeoutItem } from '../../../src/catalog/takeout-items.js';
import type { MediaId } from '../../../src/library/media-item.js';
import { photo } from './catalog-fixture.js';

export const takeoutId = (key: string): MediaId => `takeout:${key}` as MediaId;

/** A photo of Takeout, of 100 bytes; its copy has the id `takeout:<key>`. */
export function takeoutItem(key: string, more: Partial<TakeoutItem> = {}, time = '2024-07-19T12:00:00Z'): TakeoutItem {
  return { ...photo(key, time), id: takeoutId(key), productUrl: '', size: 100, ...more };
}
