import type { Database, Statement } from './open-sqlite.js';

/** Makes a connection's statements throw `judge(error)` instead of their own errors. */
export function watchStatements(db: Database, judge: (error: unknown) => unknown): Database {
  const prepare = db.prepare.bind(db);
  const guarded = <A extends unknown[], R>(act: (...values: A) => R): ((...values: A) => R) => {
    return (...values) => {
      try {
        return act(...values);
      } catch (error) {
        throw judge(error);
      }
    };
  };
  const watched = guarded((sql: string): Statement => {
    const statement = prepare(sql);
    // Replaces methods on the statement itself: a second object around each statement would cost as much as the call.
    statement.run = guarded(statement.run.bind(statement));
    if (!statement.reader) return statement;
    statement.get = guarded(statement.get.bind(statement));
    statement.all = guarded(statement.all.bind(statement));
    return statement;
  });
  db.prepare = watched as typeof db.prepare;
  return db;
}
