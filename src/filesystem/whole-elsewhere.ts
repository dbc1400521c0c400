import type { MediaId } from '../library/media-item.js';
import type { StoredBytes } from './content-access.js';

/** Bytes on disk where some items need no cache, because they lie on this machine as a whole: those are here, and need no fetching. */
export function wholeElsewhere(bytes: StoredBytes, isElsewhere: (id: MediaId) => boolean): StoredBytes {
  return {
    isCached: (item) => isElsewhere(item.id) || bytes.isCached(item),
    bytesOf: (id) => (isElsewhere(id) ? 0 : bytes.bytesOf(id)),
    prepare: (refs) => bytes.prepare(refs.filter(({ id }) => !isElsewhere(id))),
    fill: async (item, priority, signal) => {
      if (!isElsewhere(item.ref.id)) await bytes.fill(item, priority, signal);
    },
    fillHead: async (item, length) => {
      if (!isElsewhere(item.ref.id)) await bytes.fillHead(item, length);
    },
  };
}
