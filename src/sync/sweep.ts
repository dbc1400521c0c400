import { RemoteError } from '../library/remote-error.js';
import type { MediaId } from '../library/media-item.js';
import { ANY_MARK, Mark, takeOutMembers, type PassContext } from './listings.js';
import { decideShrinking, type ShrinkDecision, type Shrinking } from './shrink-rule.js';

const IDS_A_REQUEST = 50;

/** The outcome of a full pass. Held entries stay visible until the next full pass misses exactly the same ones. */
export interface SweepOutcome {
  readonly heldItems: number;
  readonly heldAlbums: number;
  readonly heldArchived: number;
}

/** The decision about missing entries; kept in the catalog, so that an interrupted sweep goes on with it. */
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
 * Ends a full pass whose every page was read: removes or holds back what no page listed. A removal that was accepted
 * before the pass began is not held back, however large. The work is split into small transactions: first the decision,
 * last the end of the pass; each step in between finds what an interrupted sweep has left to do.
 */
export async function sweep(context: PassContext, now: number, signal: AbortSignal): Promise<SweepOutcome> {
  const { catalog } = context;
  const { state, marks, albums } = catalog;
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
    marks.clear();
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
    known: known.sources.app,
    missing: missing.map(({ rowId }) => rowId),
    heldDigest: state.get('held.items'),
  });
  const ofAlbums = judge({ known: known.appAlbums, missing: missingAlbums, heldDigest: state.get('held.albums') });
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

/** Items that no listing held and no request by id found. */
function missingItems({ catalog }: PassContext, isCompared: boolean): Candidate[] {
  const missing = catalog.marks.unmarked(ANY_MARK | Mark.foundById);
  // The plain list may lack archived items: a pass that did not look for them does not judge them.
  return isCompared ? missing : missing.filter(({ archived }) => !archived);
}

/**
 * Removes items that no listing held and that are not found by id. A listing can skip an item when others vanish during
 * it: an item that is found by id is removed only if the next full pass misses it too.
 */
async function removeItems(context: PassContext, isCompared: boolean, signal: AbortSignal): Promise<void> {
  const { catalog } = context;
  const { items, marks } = catalog;
  const missedBefore = isCompared ? new Set(marks.missedOnce()) : new Set<number>();
  const missing = missingItems(context, isCompared);
  for (let start = 0; start < missing.length; start += IDS_A_REQUEST) {
    const chunk = missing.slice(start, start + IDS_A_REQUEST);
    const there = await askById(context, chunk, signal);
    const isGone = ({ rowId }: Candidate): boolean => !there.has(rowId) || missedBefore.has(rowId);
    catalog.transaction(() => {
      items.markGone(chunk.filter(isGone).map(({ rowId }) => rowId));
      for (const candidate of chunk) if (!isGone(candidate)) marks.mark(candidate.rowId, Mark.foundById);
    });
  }
  if (!isCompared) return;
  const found = marks.marked(Mark.foundById);
  const isFound = new Set(found);
  await catalog.inSlices(found, (some) => {
    marks.rememberMissed(some);
  });
  const outdated = [...missedBefore].filter((rowId) => !isFound.has(rowId));
  await catalog.inSlices(outdated, (some) => {
    marks.forgetMissed(some);
  });
}

/** Row ids of those that Google still has, asked by id. */
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
 * Flags items as archived that the search with archived items found and the one without them did not. Returns how many
 * were held back, because they were too many at once.
 */
export async function flagArchived({ catalog }: PassContext): Promise<number> {
  const { state, items, marks } = catalog;
  const newlyArchived = marks.flagCandidates('archived', 1, Mark.withArchived, Mark.withoutArchived);
  const odd = state.get('pass.at/odd/without-archived') !== undefined;
  const heldDigest = state.get('held.archived');
  const decision = decideShrinking({ known: catalog.counts().sources.app, missing: newlyArchived, heldDigest, odd });
  // In the first pass all archived items are new. A decision that was carried out in part stays.
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
  await catalog.inSlices(marks.flagCandidates('archived', 0, seenUnarchived, 0), (some) => {
    items.setFlag('archived', 0, some);
  });
  return isBelieved ? 0 : newlyArchived.length;
}
