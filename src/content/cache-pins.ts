import { ownFile, readOwnFile, replaceOwnFile } from '../support/own-file.js';

const PIN_FILE = ownFile('the list of pinned files');

/** Cache names of the pinned items, none where the list is missing or damaged. */
export function readPins(file: string): Set<string> {
  try {
    const names: unknown = JSON.parse(readOwnFile(file, PIN_FILE) ?? '[]');
    return new Set(Array.isArray(names) ? names.filter((name) => typeof name === 'string') : []);
  } catch {
    return new Set();
  }
}

/** Throws UserError where the file is not ours, and what the disk says. */
export function writePins(file: string, pins: ReadonlySet<string>): void {
  // Made again from the profile's pins at each start, so that the main thread need not wait for the disk.
  replaceOwnFile(file, JSON.stringify([...pins]), PIN_FILE, { durable: false });
}
