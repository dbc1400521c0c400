import type { MediaRef } from '../../library/media-item.js';
import type { MediaBody, TakePiece } from '../../library/media-source.js';
import type { Clock } from '../../support/clock.js';
import { isWithin } from '../../support/is-within.js';

/** A body without a byte for this long is reported. */
const SILENCE_MS = 6_000;

/** A body that is being read. */
interface OpenBody {
  /** When the wait for the next bytes began; undefined while the reader has bytes to take. */
  since: number | undefined;
  readonly ref: MediaRef;
}

/** Notices bodies that bring no bytes for a while. */
export class SilenceWatch {
  readonly #clock: Clock;
  readonly #onSilence: (ref: MediaRef) => Promise<void>;
  readonly #openBodies = new Set<OpenBody>();
  #isWatching = false;

  /** `onSilence` is called with the item of one silent body, again and again while there is one. It never rejects. */
  constructor(clock: Clock, onSilence: (ref: MediaRef) => Promise<void>) {
    this.#clock = clock;
    this.#onSilence = onSilence;
  }

  /** As `MediaBody.forEach`. */
  async read(ref: MediaRef, body: MediaBody, take: TakePiece): Promise<void> {
    const openBody: OpenBody = { since: this.#clock.now(), ref };
    const waitsAgain = (): void => {
      openBody.since = this.#clock.now();
    };
    this.#openBodies.add(openBody);
    this.#watch();
    try {
      await body.forEach((piece) => {
        openBody.since = undefined;
        const taken = take(piece);
        if (taken !== undefined) return taken.then(waitsAgain);
        waitsAgain();
      });
    } finally {
      this.#openBodies.delete(openBody);
    }
  }

  /** Checks the bodies being read every {@link SILENCE_MS} / 3, as long as there are any. */
  #watch(): void {
    if (this.#isWatching) return;
    this.#isWatching = true;
    const look = async (): Promise<void> => {
      while (this.#openBodies.size > 0) {
        await this.#clock.sleep(SILENCE_MS / 3);
        const now = this.#clock.now();
        const silent = [...this.#openBodies].find(
          ({ since }) => since !== undefined && !isWithin(now, since, SILENCE_MS),
        );
        if (silent !== undefined) await this.#onSilence(silent.ref);
      }
    };
    void look().finally(() => {
      this.#isWatching = false;
    });
  }
}
