import { nativeModuleFault } from '../support/native-module-fault.js';
import { openSqlite } from '../sqlite/open-sqlite.js';
import { openForReading } from './open-database.js';

/** Whether the native module loads and answers. Throws UserError where it was built for another Node. */
export function inMemoryDatabaseWorks(): boolean {
  try {
    const database = openSqlite(':memory:');
    const answer: unknown = database.prepare('SELECT 1').pluck().get();
    database.close();
    return answer === 1;
  } catch (error) {
    const known = nativeModuleFault(error, 'better-sqlite3');
    if (known !== undefined) throw known;
    return false;
  }
}

/**
 * What SQLite finds wrong with a catalog: empty where nothing. Throws UserError (catalog) where it cannot be opened at
 * all.
 */
export function catalogFaults(file: string): string[] {
  const database = openForReading(file);
  try {
    const rows = database.pragma('quick_check(5)') as { quick_check: string }[];
    return rows.map((row) => row.quick_check).filter((text) => text !== 'ok');
  } finally {
    database.close();
  }
}
