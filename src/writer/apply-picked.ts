import type { CatalogWriter } from '../catalog/catalog-writer.js';
import type { MediaId } from '../library/media-item.js';
import type { FromPicker, ToPicker } from './task.js';

/** Key of `state`: which state of the ledger the picked items of the catalog have. */
const REVISION = 'picked.revision';

/** Takes changes of what was picked into the catalog. */
export class PickedChanges {
  readonly #catalog: CatalogWriter;
  /** Ids that a list under way has named so far. */
  #named: Set<MediaId> | undefined;

  constructor(catalog: CatalogWriter) {
    this.#catalog = catalog;
  }

  /** What to tell before the first change. */
  begin(): FromPicker {
    return { acknowledged: 0, revision: this.#catalog.state.get(REVISION) ?? '' };
  }

  /** One change, in one transaction. */
  apply({ number, list, put, removed, albums, revision }: ToPicker): FromPicker {
    const { picked, state } = this.#catalog;
    if (list?.isFirst === true) this.#named = new Set();
    this.#catalog.transaction(() => {
      picked.put(put);
      picked.remove(removed);
      for (const { id } of put) this.#named?.add(id);
      if (list?.isLast === true) picked.removeOthers(this.#named ?? new Set());
      if (albums !== undefined) picked.setAlbums(albums);
      // Until a list is whole the catalog has a mixture of two states.
      if (list?.isFirst === true) state.set(REVISION, undefined);
      if (revision !== undefined) state.set(REVISION, revision);
    });
    if (list?.isLast === true) this.#named = undefined;
    return { acknowledged: number, revision: revision ?? '' };
  }
}
