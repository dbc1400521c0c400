import type { PickTable } from '../ledger/pick-table.js';
import type { MediaId } from '../library/media-item.js';
import type { Writer } from '../writer/writer.js';
import { PickedSender } from './picked-changes.js';
import type { StatusBoard } from './status-board.js';

export interface PickedLinkDeps {
  readonly writer: Pick<Writer, 'start' | 'tell' | 'on'>;
  readonly picks: PickTable;
  readonly board: StatusBoard;
}

/** Code of the trouble that what was picked cannot be shown at present. */
const NOT_SHOWN = 'picked-not-shown';

/** The main thread's link to the task that shows what was picked. */
export class PickedLink {
  readonly #deps: PickedLinkDeps;
  readonly #sender: PickedSender;

  constructor(deps: PickedLinkDeps) {
    this.#deps = deps;
    const { writer, picks, board } = deps;
    this.#sender = new PickedSender(picks, (message) => writer.tell({ task: 'picker', message }));
    writer.on('started', (task) => {
      if (task === 'picker') this.#sender.started();
    });
    writer.on('failed', (task, { message, hint }, ofThread) => {
      if (task !== 'picker') return;
      this.#sender.started();
      if (!ofThread) board.add({ code: NOT_SHOWN, message, hint, subject: '' });
    });
    writer.on('told', (told) => {
      if (told.task !== 'picker') return;
      board.resolve(({ code }) => code === NOT_SHOWN);
      this.#sender.take(told.message);
    });
  }

  /** Begins to show what the ledger has. A profile in which nothing was ever picked starts no task. */
  start(): void {
    if (this.#deps.picks.revision() !== '') this.#deps.writer.start('picker');
  }

  /** As {@link PickedSender.changed}. */
  changed(ids?: readonly MediaId[]): void {
    this.#deps.writer.start('picker');
    this.#sender.changed(ids);
  }

  /** As {@link PickedSender.settled}. */
  settled(ids: readonly MediaId[]): Promise<void> {
    this.#deps.writer.start('picker');
    return this.#sender.settled(ids);
  }
}
