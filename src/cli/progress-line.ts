import type { StatusDocument } from '../daemon/status-document.js';
import { count, duration } from './render-status.js';

/** One line of a terminal, redrawn in place during the first sync, and log lines that do not tear it. */
export class ProgressLine {
  readonly #write: (text: string) => void;
  #shown = '';
  #done = false;

  constructor(write: (text: string) => void) {
    this.#write = write;
  }

  update({ catalog, sync }: Pick<StatusDocument, 'catalog' | 'sync'>): void {
    if (this.#done) return;
    const seen = `${count(catalog.items, 'item')}, ${count(catalog.albums, 'album')}`;
    if (sync.firstSyncDone) {
      this.#done = true;
      // Nothing to announce where an earlier run had finished it.
      if (this.#shown !== '') this.#write(`\r\u001b[Kfirst sync: ${seen}, done\n`);
      this.#shown = '';
      return;
    }
    const rate = sync.itemsPerSecond === null ? '' : `, ${sync.itemsPerSecond.toLocaleString('en-US')} a second`;
    // The items are all there before their albums and the archive are known.
    const speed = sync.itemsLeft === 0 ? ', all found' : rate;
    const left = sync.secondsLeft === null ? '' : `, about ${duration(sync.secondsLeft)} left`;
    const text = `first sync: ${seen}${speed}${left} ...`;
    if (text === this.#shown) return;
    this.#shown = text;
    this.#write(`\r\u001b[K${text}`);
  }

  /** Writes a whole line above the progress line. */
  above(line: string): void {
    this.#write(this.#shown === '' ? line : `\r\u001b[K${line}${this.#shown}`);
  }
}
