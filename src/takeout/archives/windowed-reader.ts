import { RandomAccessReader } from 'yauzl';
import type { PartFile } from './part-file.js';

/** Most bytes read at once. The directory of 100,000 entries takes about 20 such reads; without a window each entry took one or two. */
export const WINDOW_BYTES = 1024 * 1024;
/** Read at once where the reader jumps: a sidecar that lies between photos. */
const JUMP_BYTES = 16 * 1024;

/**
 * Serves reads of small ranges of a file from a window that is filled by one read. The window grows while ranges follow each other, and is
 * small after a jump, so that sidecars between photos do not cost the photos.
 */
export class FileWindow {
  readonly #file: PartFile;
  readonly #window = Buffer.allocUnsafeSlow(WINDOW_BYTES);
  #start = 0;
  #filled = 0;
  #size = JUMP_BYTES;
  /** Reads of the file so far. */
  loads = 0;

  constructor(file: PartFile) {
    this.#file = file;
  }

  /** The bytes there; fewer only at the end of the file. Valid until the next call. At most {@link WINDOW_BYTES}. */
  bytes(position: number, length: number): Buffer {
    if (position < this.#start || position + length > this.#start + this.#filled) this.#load(position, length);
    const from = position - this.#start;
    return this.#window.subarray(from, Math.min(from + length, this.#filled));
  }

  #load(position: number, length: number): void {
    const ahead = position - (this.#start + this.#filled);
    // The last range may have been cut by the end of the window: then the next load begins a little before it.
    const follows = this.loads > 0 && position >= this.#start && ahead <= this.#size;
    this.#size = follows ? Math.min(this.#size * 4, WINDOW_BYTES) : JUMP_BYTES;
    this.#filled = 0;
    this.#start = position;
    const wanted = Math.min(Math.max(this.#size, length), WINDOW_BYTES);
    this.#filled = this.#file.readUpTo(this.#window.subarray(0, wanted), position);
    this.loads += 1;
  }
}

/** What yauzl reads through. It closes nothing: the file belongs to the caller. */
export class WindowedReader extends RandomAccessReader {
  readonly #window: FileWindow;

  constructor(window: FileWindow) {
    super();
    this.#window = window;
  }

  override read(
    buffer: Buffer,
    offset: number,
    length: number,
    position: number,
    callback: (error: Error | null, bytesRead?: number) => void,
  ): void {
    let count = 0;
    try {
      // More than a window is never asked for: the longest is the comment of the archive, 64 KiB.
      count = this.#window.bytes(position, length).copy(buffer, offset);
    } catch (error) {
      queueMicrotask(() => callback(error as Error));
      return;
    }
    // yauzl asks for the next entry in the callback: called at once, the stack would grow with each entry.
    queueMicrotask(() => callback(null, count));
  }
}
