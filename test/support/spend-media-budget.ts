import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { openCatalogWriter } from '../../src/catalog/catalog-writer.js';
import { DAILY_LIMIT } from '../../src/library/quota.js';
import { quotaDay } from '../../src/support/quota-day.js';
import { treeNames } from '../../src/sync/tree-names.js';
import type { PrivateFolders } from './private-folders.js';

/** Makes a catalog in which most of today's media requests are spent: the background measures nothing, programs still may. */
export function spendMediaBudget(folders: PrivateFolders): void {
  const folder = join(folders.data, 'default');
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const writer = openCatalogWriter(join(folder, 'catalog.db'), { names: treeNames });
  writer.transaction(() => writer.quota.add(quotaDay(Date.now()), { api: 0, media: 0.8 * DAILY_LIMIT.media }));
  writer.close();
}
