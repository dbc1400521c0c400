import { Statements } from '../sqlite/statements.js';
import { needsMigration, openForReading } from './open-database.js';
import { readParts, type PartRecord } from './takeout-parts.js';
import { TakeoutReadings } from './takeout-readings.js';

/** What commands read of Takeout in a catalog, beside a daemon that writes it. */
export interface CatalogTables {
  readonly parts: PartRecord[];
  readonly readings: TakeoutReadings;
  close(): void;
}

/** Undefined for a catalog of an earlier version: nothing of Takeout stands in it. Throws UserError where the file will not do. */
export function openCatalogTables(file: string): CatalogTables | undefined {
  if (needsMigration(file)) return undefined;
  const db = openForReading(file);
  const sql = new Statements(db);
  return { parts: readParts(sql), readings: new TakeoutReadings(sql), close: () => db.close() };
}
