/** Who reads no further looks at a photo's head: its thumbnail and its facts. The kernel reads twice what is asked for, and once more in advance. */
export const HEAD_BYTES = 262_144;
/** So many heads in a row are a habit. */
const HABIT = 2;

/** Whether photos are lately looked into rather than read, as file managers and thumbnailers do. */
export class HeadHabit {
  #heads = 0;

  /** A photo of `size` bytes was closed; `end` is how far it was read, 0 where it was not. */
  closed(end: number, size: number): void {
    // A photo that is all head tells nothing.
    if (end === 0 || size <= HEAD_BYTES) return;
    this.#heads = end <= HEAD_BYTES ? this.#heads + 1 : 0;
  }

  get isHeadsOnly(): boolean {
    return this.#heads >= HABIT;
  }
}
