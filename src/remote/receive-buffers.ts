import type { Socket } from 'node:net';

/** Less than this is copied: headers and short answers must not hold a buffer each. */
const LITTLE = 8_192;
/** Free buffers kept of each length: 2 MiB. */
const KEPT_BYTES = 2_097_152;

/** How `net.connect` and `tls.connect` are told where to put what comes in. */
interface OnRead {
  readonly buffer: () => Uint8Array;
  readonly callback: (this: Socket, length: number, buffer: Uint8Array) => boolean;
}

/** For `net.connect` or `tls.connect`. */
interface Reading {
  readonly onread: OnRead;
  /** A socket whose reader pauses holds one full buffer: two would be copied into a new one. */
  readonly highWaterMark: number;
}

/**
 * Buffers that sockets read into, used again and again. A socket of its own accord allocates one for each read, which the kernel must
 * find and clear first: four fifths of what receiving a video costs. What the sockets read still reaches whoever reads from them.
 */
export class ReceiveBuffers {
  readonly #free = new Map<number, ArrayBuffer[]>();
  /** Bytes that the last read put into each buffer in use. */
  readonly #filled = new WeakMap<ArrayBufferLike, number>();

  /** What a socket reads into at once: bigger pieces are fewer, and each one costs more than its bytes. */
  readonly plain = this.#into(262_144);
  /** A TLS record, of which each read gives one at most. */
  readonly secure = this.#into(16_384);

  /** Nobody looks at `piece` any more, nor at any piece that came before it from the same socket. */
  give({ buffer, byteOffset, length }: Uint8Array): void {
    // One read may hold several pieces of a body. Where its last bytes are none, the buffer is left to the garbage collector.
    if (this.#filled.get(buffer) !== byteOffset + length) return;
    this.#filled.delete(buffer);
    this.#keep(buffer as ArrayBuffer);
  }

  #into(bytes: number): Reading {
    const free: ArrayBuffer[] = [];
    this.#free.set(bytes, free);
    const pieceOf = (length: number, buffer: ArrayBuffer): Buffer => {
      const piece = Buffer.from(buffer, 0, length);
      if (length < LITTLE) {
        this.#keep(buffer);
        return Buffer.from(piece);
      }
      this.#filled.set(buffer, length);
      return piece;
    };
    const onread: OnRead = {
      buffer: () => new Uint8Array(free.pop() ?? new ArrayBuffer(bytes)),
      callback(length, { buffer }) {
        return this.push(pieceOf(length, buffer as ArrayBuffer));
      },
    };
    return { onread, highWaterMark: bytes };
  }

  #keep(buffer: ArrayBuffer): void {
    const free = this.#free.get(buffer.byteLength);
    if (free !== undefined && free.length * buffer.byteLength < KEPT_BYTES) free.push(buffer);
  }
}
