import { openSqlite } from '../../src/sqlite/open-sqlite.js';
import { migrate } from '../../src/catalog/schema.js';

// Migrates the catalog at argv[2], and kills itself before statement number argv[3].
const [, , file = '', killAt = '0'] = process.argv;
let statements = 0;
const db = openSqlite(file, {
  verbose: () => {
    statements += 1;
    if (statements === Number(killAt)) process.kill(process.pid, 'SIGKILL');
  },
});
// Pages go to the disk before their transaction ends, as they do of a large catalog.
db.pragma('cache_size = 5');
migrate(db, Date.parse('2026-03-01T00:00:00Z'));
db.close();
