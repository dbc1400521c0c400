import { createHash } from 'node:crypto';
import { mediaReadings } from './name-rule.js';

/** What the id of a Takeout item is made of. No value of a sidecar: one that comes later must not change it. */
export interface ItemIdentity {
  readonly size: number;
  /** Archives record it. Files of extracted folders have none and are told apart by their names. */
  readonly crc?: number;
  /** Name of a file of the item, used only where there is no CRC. */
  readonly name: string;
  /** From 0, among items that are otherwise equal. */
  readonly ordinal: number;
}

/** `takeout:` and 43 characters of base64url. */
export function takeoutItemId({ size, crc, name, ordinal }: ItemIdentity): string {
  const bytes = crc === undefined ? `name\0${uncountedName(name)}` : `crc\0${crc >>> 0}`;
  return `takeout:${createHash('sha256').update(`${bytes}\0${size}\0${ordinal}`).digest('base64url')}`;
}

/** The name without Google's counter: it differs from folder to folder. */
export function uncountedName(name: string): string {
  return mediaReadings(name.normalize('NFC'))[0]?.base ?? name;
}
