import type { MediaId } from '../library/media-item.js';
import { RemoteError } from '../library/remote-error.js';
import { ANY_MARK, Mark, type PassContext } from './listings.js';
import { decideShrinking } from './shrink-rule.js';

const IDS_A_REQUEST = 50;

/** What a full pass came to. Held things stay visible until the next full pass finds exactly the same. */
export interface SweepOutcome {
  readonly removedItems: number;
  readonly removedAlbums: number;
  readonly heldItems: number;
  readonly heldAlbums: number;
  readonly heldArchived: number;
}

interface Candidate {
  readonly rowId: number;
  readonly mediaId: MediaId;
}

/** Draws the conclusions of a full pass whose every page was seen, in one transaction; then the pass is over. */
export async function sweep(context: PassContext, now: number, signal: AbortSignal): Promise<SweepOutcome> {
  const { catalog } = context;
  const { state, items, albums } = catalog;
  const missing = items.unmarked(ANY_MARK);
  const missingAlbums = albums.unseen(Number(state.get('pass') ?? 0)).map(({ rowId }) => rowId);
  const known = catalog.counts();
  const removal = decideShrinking({
    known: known.items,
    missing: missing.map(({ rowId }) => rowId),
    heldDigest: state.get('held.items'),
  });
  const albumRemoval = decideShrinking({
    known: known.albums,
    missing: missingAlbums,
    heldDigest: state.get('held.albums'),
  });
  const newlyArchived = items.flagCandidates('archived', 1, Mark.withArchived, Mark.withoutArchived);
  const archiving = decideShrinking({
    known: known.items,
    missing: newlyArchived,
    heldDigest: state.get('held.archived'),
    odd: state.get('pass.odd/6-without-archived') !== undefined,
  });
  const first = state.get('first.done') === undefined;
  const archive = archiving.action === 'apply' || (first && state.get('pass.odd/6-without-archived') === undefined);
  const stillThere = removal.action === 'apply' ? await askById(context, missing, signal) : new Set<number>();

  const removed = catalog.transaction(() => {
    const gone: number[] = [];
    if (removal.action === 'apply') {
      const missedTwice = items.missedBefore([...stillThere]);
      gone.push(...missing.map(({ rowId }) => rowId).filter((row) => !stillThere.has(row) || missedTwice.has(row)));
    }
    items.markGone(gone);
    if (albumRemoval.action === 'apply') albums.markGone(missingAlbums);
    if (archive) items.setFlag('archived', 1, newlyArchived);
    const seenUnarchived = Mark.withArchived | Mark.withoutArchived;
    items.setFlag('archived', 0, items.flagCandidates('archived', 0, seenUnarchived, 0));
    state.set('held.items', removal.action === 'hold' ? removal.digest : undefined);
    state.set('held.albums', albumRemoval.action === 'hold' ? albumRemoval.digest : undefined);
    state.set('held.archived', archive ? undefined : archiving.digest);
    items.clearMarks();
    state.clearParts();
    state.set('pass', undefined);
    state.set('first.done', '1');
    state.set('full.last', String(now));
    return gone.length;
  });
  context.changed();
  return {
    removedItems: removed,
    removedAlbums: albumRemoval.action === 'apply' ? missingAlbums.length : 0,
    heldItems: removal.action === 'hold' ? missing.length : 0,
    heldAlbums: albumRemoval.action === 'hold' ? missingAlbums.length : 0,
    heldArchived: archive ? 0 : newlyArchived.length,
  };
}

/**
 * The missing items that Google still gives when asked by id. A listing can step over an item when others vanish while it
 * is read; such an item leaves the catalog only when the next full pass misses it too.
 */
async function askById(context: PassContext, missing: readonly Candidate[], signal: AbortSignal): Promise<Set<number>> {
  const there = new Set<number>();
  for (let start = 0; start < missing.length; start += IDS_A_REQUEST) {
    const chunk = missing.slice(start, start + IDS_A_REQUEST);
    const answers = await context.library.batchGetMediaItems(
      chunk.map(({ mediaId }) => mediaId),
      signal,
    );
    for (const { rowId, mediaId } of chunk) {
      const answer = answers.get(mediaId);
      if (answer === undefined) there.add(rowId);
      else if (!(answer instanceof RemoteError)) there.add(rowId);
      else if (answer.kind !== 'not-found') throw answer;
    }
  }
  return there;
}
