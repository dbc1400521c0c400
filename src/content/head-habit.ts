/**
 * Reads up to here are reads of a photo's head: thumbnail and metadata. The kernel doubles what a program asks for, and
 * reads ahead once more.
 */
export const HEAD_BYTES = 262_144;
/**
 * After this many photos in a row with reads of the head only, the next photos are expected to be read like that too.
 */
const HABIT = 2;

/** Detects programs that read only the heads of photos, such as file managers and thumbnailers. */
export class HeadHabit {
  #heads = 0;

  /** A photo of `size` bytes was closed; `end` is how far it was read, 0 where it was not. */
  closed(end: number, size: number): void {
    // A photo no larger than a head shows nothing.
    if (end === 0 || size <= HEAD_BYTES) return;
    this.#heads = end <= HEAD_BYTES ? this.#heads + 1 : 0;
  }

  get isHeadsOnly(): boolean {
    return this.#heads >= HABIT;
  }
}
