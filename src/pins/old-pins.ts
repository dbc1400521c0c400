import { UTC } from '../library/calendar.js';
import { ownFile, readOwnFile } from '../support/own-file.js';
import type { StoredPin } from './pin-keeper.js';

const PIN_FILE = ownFile('the list of pins');

/** A selection as earlier versions wrote dates: an interval of UTC, in milliseconds. */
interface CreatedWithin {
  readonly by: 'created';
  readonly from: number;
  readonly to: number;
}

/** The pins that an earlier version kept in a JSON file; none where there is no file, or none that can be read. */
export function readOldPins(file: string): StoredPin[] {
  try {
    const pins: unknown = JSON.parse(readOwnFile(file, PIN_FILE) ?? '[]');
    return Array.isArray(pins) ? pins.flatMap(storedPin) : [];
  } catch {
    return [];
  }
}

function storedPin(pin: unknown): StoredPin[] {
  if (typeof pin !== 'object' || pin === null || !('path' in pin) || !('group' in pin)) return [];
  if (typeof pin.path !== 'string') return [];
  const target = JSON.stringify(pin.group, (_key, value: unknown) => (isCreatedWithin(value) ? period(value) : value));
  return [{ path: pin.path, target }];
}

function isCreatedWithin(value: unknown): value is CreatedWithin {
  return typeof value === 'object' && value !== null && 'by' in value && value.by === 'created';
}

const DAY_MS = 86_400_000;

/** The year, month or day that the interval was made of. JSON has no infinity: an end that is missing is that of all time. */
function period({ from, to }: CreatedWithin): object {
  if (typeof from !== 'number' || typeof to !== 'number') return { by: 'all' };
  const { year, month, day } = UTC.dayOf(from);
  const days = (to - from) / DAY_MS;
  return { by: 'date', year, month: days > 31 ? 0 : month, day: days > 1 ? 0 : day };
}
