import type { CatalogView } from '../catalog/records.js';
import { bytesOfSources } from '../filesystem/bytes-of-sources.js';
import { createFileSystem } from '../filesystem/create-file-system.js';
import type { FileSystem } from '../filesystem/file-system.js';
import { PhotoReadAhead } from '../filesystem/photo-read-ahead.js';
import { renderReadme } from '../filesystem/readme-text.js';
import { wholeElsewhere } from '../filesystem/whole-elsewhere.js';
import { VideoHeadAhead } from '../filesystem/video-head-ahead.js';
import type { Ledger } from '../ledger/ledger.js';
import type { MediaId } from '../library/media-item.js';
import { sourceOf } from '../library/source.js';
import type { Problem } from '../library/problem.js';
import { ItemGroups } from '../pins/item-groups.js';
import { PinKeeper } from '../pins/pin-keeper.js';
import { systemClock } from '../support/clock.js';
import type { LibraryParts } from './library-parts.js';
import type { OpenBytes } from './open-bytes.js';
import type { OpenPicks } from './open-picks.js';
import { bytesOfTakeouts, type OpenTakeouts } from './open-takeouts.js';
import { pickedSummary } from './picked-summary.js';
import type { StatusDocument } from './status-document.js';
import { takeoutSummary } from './takeout-summary.js';

/** Nothing can be written into a mount yet. */
export const READ_ONLY = true;

/** Most bytes that are prefetched at once; an eighth of a smaller cache. */
const PHOTOS_AHEAD_BYTES = 33_554_432;

export interface ViewParts {
  readonly catalog: CatalogView;
  readonly ledger: Ledger;
  readonly bytes: OpenBytes;
  readonly takeouts: OpenTakeouts;
  readonly picks: Pick<OpenPicks, 'bytes'>;
  readonly report: (problem: Problem, subject?: string) => void;
  /** Whether the quota leaves room for what no program waits for. */
  readonly mayFetch: () => boolean;
}

/** What a person sees of the library: the file system, and what is kept offline. */
export interface OpenView {
  readonly fileSystem: FileSystem;
  readonly pins: PinKeeper;
}

/** Makes the file system. UserError where its root is not there. */
export function openView(
  parts: LibraryParts,
  { catalog, ledger, bytes, takeouts, picks, report, mayFetch }: ViewParts,
): OpenView {
  const { config, board, teardown } = parts;
  const { sizes, content } = bytes;
  const { root, nestedAlbums } = config;
  const kept = {
    ...wholeElsewhere(content, (id) => sourceOf(id).name === 'picker' || takeouts.isStored(id)),
    setPins: (ids: readonly MediaId[]) => content.setPins(ids),
  };
  const pins = new PinKeeper({
    groups: new ItemGroups({ catalog, root, nestedAlbums }),
    bytes: kept,
    sizes,
    revision: () => catalog.revision(),
    list: ledger.pins,
    durable: () => ledger.durable(),
    mayFetch,
    clock: systemClock,
    report,
  });
  teardown.add('ending background downloads', 2000, () => pins.stop());
  const fileSystem = createFileSystem({
    catalog,
    sizes,
    content: bytesOfSources({ app: content, picker: picks.bytes, takeout: bytesOfTakeouts(takeouts, content) }),
    readAhead: new PhotoReadAhead({
      catalog,
      bytes: kept,
      sizes,
      mayFetch,
      mostBytes: Math.min(PHOTOS_AHEAD_BYTES, content.stats().limit / 8),
      clock: systemClock,
    }),
    videoHeads: new VideoHeadAhead({ catalog, bytes: kept, sizes, mayFetch, clock: systemClock }),
    documents: {
      readme: () => renderReadme(readmeFacts(parts, board.document())),
      status: () => `${JSON.stringify(board.document(), null, 2)}\n`,
    },
    readOnly: READ_ONLY,
    ownership: config.ownership,
    root: config.root,
    nestedAlbums: config.nestedAlbums,
    attrTimeoutMs: config.attrTimeoutMs,
    clock: systemClock,
    report,
    recovered: (id) => board.resolve(({ subject }) => subject === id),
  });
  return { fileSystem, pins };
}

function readmeFacts({ config, board }: LibraryParts, status: StatusDocument): Parameters<typeof renderReadme>[0] {
  const { sync, catalog } = status;
  return {
    profile: config.profile,
    sources: board.profileSources.map(({ name }) => name),
    readOnly: READ_ONLY,
    showArchived: config.showArchived,
    showTrashed: config.showTrashed,
    showLocked: config.showLocked,
    timeZone: status.timeZone,
    counts: catalog,
    fromGoogle: catalog.sources.app,
    takeout: takeoutSummary(status),
    picked: pickedSummary(status),
    firstSyncDone: sync.firstSyncDone,
    lastSuccess: sync.lastSuccess === null ? undefined : Date.parse(sync.lastSuccess),
    lastError: sync.lastError?.message,
    signIn: status.signIn,
    problems: status.errors.filter(({ resolvedAt }) => resolvedAt === null),
  };
}
