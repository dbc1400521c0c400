import BetterSqlite, { type Database, type Options } from 'better-sqlite3';

export type { Database, Statement } from 'better-sqlite3';

/** What better-sqlite3 makes of each SQL text, inside of its own methods, too. */
interface NativeDatabase {
  prepare: (this: NativeDatabase, ...given: unknown[]) => object;
}

const [MAJOR = 0] = process.versions.node.split('.').map(Number);
/** Never released; some dozens for each connection. */
const kept = new Set<object>();
const keeping = new WeakSet<object>();

/**
 * Opens a database file. From version 24.19 on, Node aborts if an object of better-sqlite3 12 is collected while no
 * JavaScript runs (`RemoveEnvironmentCleanupHook … (env) != nullptr`). From version 24 on, connections and statements
 * are therefore never collected.
 */
export function openSqlite(file: string, options?: Options): Database {
  const db = new BetterSqlite(file, options);
  if (MAJOR >= 24) keepAll(db);
  return db;
}

function keepAll(db: Database): void {
  const inner = Object.getOwnPropertySymbols(db).map((symbol) => (db as unknown as Record<symbol, unknown>)[symbol]);
  for (const native of inner) {
    if (!isNative(native)) continue;
    kept.add(native);
    const shape = Object.getPrototypeOf(native) as NativeDatabase;
    if (keeping.has(shape)) continue;
    keeping.add(shape);
    const { prepare } = shape;
    shape.prepare = function (this: NativeDatabase, ...given: unknown[]): object {
      const statement = prepare.apply(this, given);
      kept.add(statement);
      return statement;
    };
  }
}

function isNative(value: unknown): value is NativeDatabase {
  return typeof value === 'object' && value !== null && 'prepare' in value && typeof value.prepare === 'function';
}
