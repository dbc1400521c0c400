import { LocalFiles } from '../filesystem/local-files.js';
import { FsError } from '../filesystem/file-system.js';
import type { ItemBytes } from '../filesystem/content-access.js';
import type { Ledger } from '../ledger/ledger.js';
import type { MediaId } from '../library/media-item.js';
import type { RemotePicker } from '../library/remote-picker.js';
import { PickKeeper } from '../picker/pick-keeper.js';
import { PickedStore, pickedFile } from '../picker/picked-store.js';
import { systemClock } from '../support/clock.js';
import { outcomeWithin } from '../support/deadline.js';
import type { GiveWay } from '../support/give-way.js';
import type { DaemonConfig } from './daemon-config.js';
import type { LibraryParts } from './library-parts.js';
import type { PickedLink } from './picked-link.js';
import { pickedFolder } from './profile-paths.js';

/** What was picked: its bytes, and the sessions that bring more. */
export interface OpenPicks {
  readonly bytes: ItemBytes;
  readonly keeper: PickKeeper;
}

/** A change that is not shown by then is not waited for. */
const SHOWN_MS = 10_000;
/** Code of the trouble that the files cannot be found, moved or removed. */
const STORE_TROUBLE = 'picked-store';

/**
 * The store of picked files. It stays where the ledger says it is, until a person names another folder; files that lie elsewhere are
 * moved there.
 */
export function storeOf({ paths, pickedDir, profile }: DaemonConfig, ledger: Ledger): PickedStore {
  const kept = ledger.setting('picked.folder');
  const folder = pickedDir === undefined ? (kept ?? pickedFolder(paths)) : pickedFolder(paths, pickedDir, profile);
  if (folder !== kept && ledger.fault === undefined) ledger.setSetting('picked.folder', folder);
  return new PickedStore(folder, () => ledger.picks.folders().includes(folder));
}

/** Reads files where the ledger says that they lie. Asks nothing of Google before `keeper.run`. */
export function openPicks(
  { config, board, teardown, log }: LibraryParts,
  ledger: Ledger,
  link: PickedLink,
  { picker, giveWay }: { readonly picker: () => Promise<RemotePicker>; readonly giveWay: GiveWay },
): OpenPicks {
  const { picks } = ledger;
  const files = new LocalFiles({
    locate: (id) => {
      const item = picks.storedFile(id);
      if (item === undefined) throw new FsError('EIO', 'what was picked was removed');
      return { file: pickedFile(item.folder, id), offset: 0, length: item.size };
    },
  });
  const keeper = new PickKeeper({
    ...{ picks, picker, clock: systemClock, random: Math.random },
    durable: () => ledger.durable(),
    ledgerFault: () => ledger.fault,
    store: storeOf(config, ledger),
    turn: () => giveWay.turn(),
    shown: (ids: readonly MediaId[]) => link.changed(ids),
    changed: () => link.changed(),
    hidden: async (ids) => {
      await outcomeWithin(systemClock, SHOWN_MS, () => link.settled(ids));
    },
    log: (message) => log.log('warn', message),
    problem: (problem) => {
      if (problem === undefined) board.resolve(({ code }) => code === STORE_TROUBLE);
      else board.add({ ...problem, code: STORE_TROUBLE, subject: '' });
    },
  });
  board.sources.picked = () => keeper.status();
  teardown.add('ending downloads of what was picked', 3000, () => keeper.stop());
  teardown.add('closing picked files', 1000, () => files.close());
  return { bytes: files, keeper };
}
