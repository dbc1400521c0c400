import { RemoteError } from '../library/remote-error.js';
import type { MediaId } from '../library/media-item.js';
import { ANY_MARK, Mark, takeOutMembers, type PassContext } from './listings.js';
import { decideShrinking, type ShrinkDecision, type Shrinking } from './shrink-rule.js';

const IDS_A_REQUEST = 50;

/** What a full pass came to. Held things stay visible until the next full pass finds exactly the same. */
export interface SweepOutcome {
  readonly heldItems: number;
  readonly heldAlbums: number;
  readonly heldArchived: number;
}

/** What was decided about what is missing; kept in the catalog, so that a sweep that was broken off goes on with it. */
interface Verdict {
  readonly removesItems: boolean;
  readonly removesAlbums: boolean;
  readonly heldItems: number;
  readonly heldAlbums: number;
}

interface Candidate {
  readonly rowId: number;
  readonly mediaId: MediaId;
}

const VERDICT = 'pass.at/verdict';
const ARCHIVE_VERDICT = 'pass.at/archive-verdict';

/**
 * Draws the conclusions of a full pass whose every page was seen; then the pass is over. A removal that was accepted before the
 * pass began is not held back, however large. What may be as many rows as the library goes in small transactions: the decision
 * comes first, the end of the pass last, and each step between finds by itself what an earlier try has left to do.
 */
export async function sweep(context: PassContext, now: number, signal: AbortSignal): Promise<SweepOutcome> {
  const { catalog } = context;
  const { state, items, albums } = catalog;
  const isCompared = state.get('pass.at/archive') !== undefined;
  const verdict = readVerdict(state.get(VERDICT)) ?? decide(context, isCompared);
  if (verdict.removesItems) await removeItems(context, isCompared, signal);
  if (verdict.removesAlbums) {
    const missing = albums.unseen(Number(state.get('pass') ?? 0)).map(({ rowId }) => rowId);
    await catalog.inSlices(missing, (some) => {
      albums.markGone(some);
    });
  }
  for (const rowId of albums.goneWithMembers()) await takeOutMembers(catalog, rowId, albums.members(rowId));
  const isFlagged = !isCompared || state.get('pass.at/flagged') !== undefined;
  const heldArchived = isFlagged ? 0 : await flagArchived(context);
  const { heldItems, heldAlbums } = verdict;
  catalog.transaction(() => {
    state.set('held.count', heldItems + heldAlbums === 0 ? undefined : `${heldItems} ${heldAlbums}`);
    if (state.get('pass.at/accepted') !== undefined) state.set('removals.accepted', undefined);
    state.set('archive.skipped', isCompared ? undefined : String(Number(state.get('archive.skipped') ?? 0) + 1));
    items.clearMarks();
    state.clearParts();
    state.forget('pass.at/');
    state.set('pass', undefined);
    state.set('first.done', '1');
    state.set('full.last', String(now));
  });
  context.changed();
  return { heldItems, heldAlbums, heldArchived };
}

function readVerdict(text: string | undefined): Verdict | undefined {
  return text === undefined ? undefined : (JSON.parse(text) as Verdict);
}

function decide(context: PassContext, isCompared: boolean): Verdict {
  const { catalog } = context;
  const { state, albums } = catalog;
  const known = catalog.counts();
  const missing = missingItems(context, isCompared);
  const missingAlbums = albums.unseen(Number(state.get('pass') ?? 0)).map(({ rowId }) => rowId);
  const isAccepted = state.get('pass.at/accepted') !== undefined;
  const judge = (shrinking: Shrinking): ShrinkDecision =>
    isAccepted ? { action: 'apply' } : decideShrinking(shrinking);
  const ofItems = judge({
    known: known.items,
    missing: missing.map(({ rowId }) => rowId),
    heldDigest: state.get('held.items'),
  });
  const ofAlbums = judge({ known: known.albums, missing: missingAlbums, heldDigest: state.get('held.albums') });
  const verdict: Verdict = {
    removesItems: ofItems.action === 'apply',
    removesAlbums: ofAlbums.action === 'apply',
    heldItems: ofItems.action === 'hold' ? missing.length : 0,
    heldAlbums: ofAlbums.action === 'hold' ? missingAlbums.length : 0,
  };
  catalog.transaction(() => {
    state.set(VERDICT, JSON.stringify(verdict));
    state.set('held.items', ofItems.action === 'hold' ? ofItems.digest : undefined);
    state.set('held.albums', ofAlbums.action === 'hold' ? ofAlbums.digest : undefined);
  });
  return verdict;
}

/** What no listing held and no question by id has found. */
function missingItems({ catalog }: PassContext, isCompared: boolean): Candidate[] {
  const missing = catalog.items.unmarked(ANY_MARK | Mark.foundById);
  // The plain list may or may not hold archived items: a pass that did not ask for them says nothing about them.
  return isCompared ? missing : missing.filter(({ archived }) => !archived);
}

/**
 * Removes what is missing and not there when asked for by id. A listing can step over an item when others vanish while it is read;
 * such an item leaves the catalog only when the next full pass misses it too.
 */
async function removeItems(context: PassContext, isCompared: boolean, signal: AbortSignal): Promise<void> {
  const { catalog } = context;
  const { items } = catalog;
  const missedBefore = isCompared ? new Set(items.missedOnce()) : new Set<number>();
  const missing = missingItems(context, isCompared);
  for (let start = 0; start < missing.length; start += IDS_A_REQUEST) {
    const chunk = missing.slice(start, start + IDS_A_REQUEST);
    const there = await askById(context, chunk, signal);
    const isGone = ({ rowId }: Candidate): boolean => !there.has(rowId) || missedBefore.has(rowId);
    catalog.transaction(() => {
      items.markGone(chunk.filter(isGone).map(({ rowId }) => rowId));
      for (const candidate of chunk) if (!isGone(candidate)) items.mark(candidate.rowId, Mark.foundById);
    });
  }
  if (!isCompared) return;
  const found = items.marked(Mark.foundById);
  const isFound = new Set(found);
  await catalog.inSlices(found, (some) => {
    items.rememberMissed(some);
  });
  const outdated = [...missedBefore].filter((rowId) => !isFound.has(rowId));
  await catalog.inSlices(outdated, (some) => {
    items.forgetMissed(some);
  });
}

/** Which of these Google still gives when asked by id. */
async function askById(context: PassContext, chunk: readonly Candidate[], signal: AbortSignal): Promise<Set<number>> {
  const there = new Set<number>();
  const ids = chunk.map(({ mediaId }) => mediaId);
  const answers = await context.library.batchGetMediaItems(ids, signal);
  for (const { rowId, mediaId } of chunk) {
    const answer = answers.get(mediaId);
    if (answer === undefined || !(answer instanceof RemoteError)) there.add(rowId);
    else if (answer.kind !== 'not-found') throw answer;
  }
  return there;
}

/**
 * Flags what the search with the archive found and the one without it did not; answers how many were held back as too many to
 * be believed at once.
 */
export async function flagArchived({ catalog }: PassContext): Promise<number> {
  const { state, items } = catalog;
  const newlyArchived = items.flagCandidates('archived', 1, Mark.withArchived, Mark.withoutArchived);
  const odd = state.get('pass.at/odd/without-archived') !== undefined;
  const heldDigest = state.get('held.archived');
  const decision = decideShrinking({ known: catalog.counts().items, missing: newlyArchived, heldDigest, odd });
  // At first everything archived is news. A decision that was carried out in part is not taken again.
  const isBelieved =
    state.get(ARCHIVE_VERDICT) !== undefined ||
    decision.action === 'apply' ||
    (state.get('first.done') === undefined && !odd);
  catalog.transaction(() => {
    state.set('held.archived', isBelieved ? undefined : decision.digest);
    state.set(ARCHIVE_VERDICT, isBelieved ? '1' : undefined);
  });
  if (isBelieved)
    await catalog.inSlices(newlyArchived, (some) => {
      items.setFlag('archived', 1, some);
    });
  const seenUnarchived = Mark.withArchived | Mark.withoutArchived;
  await catalog.inSlices(items.flagCandidates('archived', 0, seenUnarchived, 0), (some) => {
    items.setFlag('archived', 0, some);
  });
  return isBelieved ? 0 : newlyArchived.length;
}
