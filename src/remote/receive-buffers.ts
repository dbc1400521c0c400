import type { Socket } from 'node:net';

/** What a socket reads into at once. Bigger pieces are fewer, and each one costs more than its bytes. */
export const BUFFER_BYTES = 131_072;
/** Free buffers kept: 2 MiB. */
const KEPT = 16;
/** Less than this is copied: headers and short answers must not hold a buffer each. A full TLS record is more. */
const LITTLE = 8_192;

/** How `net.connect` and `tls.connect` are told where to put what comes in. */
export interface OnRead {
  readonly buffer: () => Uint8Array;
  readonly callback: (this: Socket, length: number, buffer: Uint8Array) => boolean;
}

/**
 * Buffers that sockets read into, used again and again. A socket of its own accord allocates one for each read, which the kernel must
 * find and clear first: four fifths of what receiving a video costs.
 */
export class ReceiveBuffers {
  readonly #free: ArrayBuffer[] = [];
  /** Bytes that the last read put into each buffer in use. */
  readonly #filled = new WeakMap<ArrayBufferLike, number>();

  /** For the sockets: what they read still reaches whoever reads from them. */
  readonly onRead: OnRead;

  constructor() {
    const pieceOf = (length: number, buffer: ArrayBuffer): Buffer => {
      const piece = Buffer.from(buffer, 0, length);
      if (length < LITTLE) {
        this.#keep(buffer);
        return Buffer.from(piece);
      }
      this.#filled.set(buffer, length);
      return piece;
    };
    this.onRead = {
      buffer: () => new Uint8Array(this.#free.pop() ?? new ArrayBuffer(BUFFER_BYTES)),
      callback(length, { buffer }) {
        return this.push(pieceOf(length, buffer as ArrayBuffer));
      },
    };
  }

  /** Nobody looks at `piece` any more, nor at any piece that came before it from the same socket. */
  give({ buffer, byteOffset, length }: Uint8Array): void {
    // One read may hold several pieces of a body. Where its last bytes are none, the buffer is left to the garbage collector.
    if (this.#filled.get(buffer) !== byteOffset + length) return;
    this.#filled.delete(buffer);
    this.#keep(buffer as ArrayBuffer);
  }

  #keep(buffer: ArrayBuffer): void {
    if (this.#free.length < KEPT) this.#free.push(buffer);
  }
}
