import type { MediaId } from '../library/media-item.js';
import { RemoteError } from '../library/remote-error.js';
import { ANY_MARK, Mark, type PassContext } from './listings.js';
import { decideShrinking, type ShrinkDecision, type Shrinking } from './shrink-rule.js';

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

/**
 * Draws the conclusions of a full pass whose every page was seen, in one transaction; then the pass is over. A removal that was
 * accepted beforehand is not held back, however large.
 */
export async function sweep(context: PassContext, now: number, signal: AbortSignal): Promise<SweepOutcome> {
  const { catalog } = context;
  const { state, items, albums } = catalog;
  const isCompared = state.get('pass.at/archive') !== undefined;
  // The plain list may or may not hold archived items: a pass that did not ask for them says nothing about them.
  const missing = isCompared ? items.unmarked(ANY_MARK) : items.unmarked(ANY_MARK).filter(({ archived }) => !archived);
  const missingAlbums = albums.unseen(Number(state.get('pass') ?? 0)).map(({ rowId }) => rowId);
  const known = catalog.counts();
  const isAccepted = state.get('removals.accepted') !== undefined;
  const decide = (shrinking: Shrinking): ShrinkDecision =>
    isAccepted ? { action: 'apply' } : decideShrinking(shrinking);
  const removal = decide({
    known: known.items,
    missing: missing.map(({ rowId }) => rowId),
    heldDigest: state.get('held.items'),
  });
  const albumRemoval = decide({ known: known.albums, missing: missingAlbums, heldDigest: state.get('held.albums') });
  const stillThere = removal.action === 'apply' ? await askById(context, missing, signal) : new Set<number>();

  const outcome = catalog.transaction(() => {
    const gone: number[] = [];
    if (removal.action === 'apply') {
      const missedTwice = isCompared ? items.missedBefore([...stillThere]) : new Set<number>();
      gone.push(...missing.map(({ rowId }) => rowId).filter((row) => !stillThere.has(row) || missedTwice.has(row)));
    }
    items.markGone(gone);
    if (albumRemoval.action === 'apply') albums.markGone(missingAlbums);
    const isFlagged = !isCompared || state.get('pass.at/flagged') !== undefined;
    const heldArchived = isFlagged ? 0 : flagArchived(context);
    const heldItems = removal.action === 'hold' ? missing.length : 0;
    const heldAlbums = albumRemoval.action === 'hold' ? missingAlbums.length : 0;
    state.set('held.items', removal.action === 'hold' ? removal.digest : undefined);
    state.set('held.albums', albumRemoval.action === 'hold' ? albumRemoval.digest : undefined);
    state.set('held.count', heldItems + heldAlbums === 0 ? undefined : `${heldItems} ${heldAlbums}`);
    state.set('removals.accepted', undefined);
    state.set('archive.skipped', isCompared ? undefined : String(Number(state.get('archive.skipped') ?? 0) + 1));
    items.clearMarks();
    state.clearParts();
    state.forget('pass.at/');
    state.set('pass', undefined);
    state.set('first.done', '1');
    state.set('full.last', String(now));
    const removedAlbums = albumRemoval.action === 'apply' ? missingAlbums.length : 0;
    return { removedItems: gone.length, removedAlbums, heldItems, heldAlbums, heldArchived };
  });
  context.changed();
  return outcome;
}

/**
 * Flags what the search with the archive found and the one without it did not; answers how many were held back as too many to
 * be believed at once. The caller holds the transaction.
 */
export function flagArchived({ catalog }: PassContext): number {
  const { state, items } = catalog;
  const newlyArchived = items.flagCandidates('archived', 1, Mark.withArchived, Mark.withoutArchived);
  const odd = state.get('pass.at/odd/without-archived') !== undefined;
  const heldDigest = state.get('held.archived');
  const decision = decideShrinking({ known: catalog.counts().items, missing: newlyArchived, heldDigest, odd });
  // At first everything archived is news.
  const isBelieved = decision.action === 'apply' || (state.get('first.done') === undefined && !odd);
  if (isBelieved) items.setFlag('archived', 1, newlyArchived);
  const seenUnarchived = Mark.withArchived | Mark.withoutArchived;
  items.setFlag('archived', 0, items.flagCandidates('archived', 0, seenUnarchived, 0));
  state.set('held.archived', isBelieved ? undefined : decision.digest);
  return isBelieved ? 0 : newlyArchived.length;
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
