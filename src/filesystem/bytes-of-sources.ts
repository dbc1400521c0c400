import { sourceOf, type SourceName } from '../library/source.js';
import type { ItemBytes } from './content-access.js';
import { FsError } from './file-system.js';

/** One `open` for all sources: each item's bytes come from where the copy that is shown has them. */
export function bytesOfSources(sources: Readonly<Partial<Record<SourceName, ItemBytes>>>): ItemBytes {
  return {
    open: (item) => {
      const { name } = sourceOf(item.ref.id);
      const bytes = sources[name];
      if (bytes === undefined) throw new FsError('EIO', `items of the source "${name}" cannot be read here`);
      return bytes.open(item);
    },
  };
}
