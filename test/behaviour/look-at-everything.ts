import type { CatalogWriter } from '../../src/catalog/catalog-writer.js';
import type { RemoteLibrary } from '../../src/library/remote-library.js';
import { RepeatedPages } from '../../src/sync/repeated-pages.js';
import { FullPass } from '../../src/sync/full-pass.js';

/** One full pass of the real sync, at once and in this process. */
export async function lookAtEverything(library: RemoteLibrary, catalog: CatalogWriter): Promise<void> {
  const repeatedPages = new RepeatedPages();
  const pass = new FullPass({ library, catalog, repeatedPages, learn: () => undefined, changed: () => undefined });
  const { signal } = new AbortController();
  pass.begin({ archive: true });
  await pass.run({ parallel: 1, now: Date.now(), goOn: () => true, signal });
}
