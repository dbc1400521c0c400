import type { Socket } from 'node:net';

/** Shorter pieces are copied: headers and short answers must not each hold a buffer. */
const COPY_BELOW_BYTES = 8_192;
/** Free buffers kept of each length: 2 MiB. */
const KEPT_BYTES = 2_097_152;

/** The option of `net.connect` and `tls.connect` that names the buffers to read into. */
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
 * A pool of buffers that sockets read into. By default a socket allocates a buffer for each read, which the kernel must
 * find and clear first: four fifths of the cost of receiving a video. The bytes reach the reader of the socket as
 * usual.
 */
export class ReceiveBuffers {
  readonly #free = new Map<number, ArrayBuffer[]>();
  /** Bytes that the last read put into each buffer in use. */
  readonly #filled = new WeakMap<ArrayBufferLike, number>();

  /** For plain sockets. Large, because the cost is for each read, less for its bytes. */
  readonly plain = this.#into(262_144);
  /** For TLS sockets: a read gives at most one TLS record. */
  readonly secure = this.#into(16_384);

  /** `piece`, and all pieces before it from the same socket, are no longer used. */
  give({ buffer, byteOffset, length }: Uint8Array): void {
    // One read may hold several pieces. If its last bytes are not a piece of a body, the garbage collector frees the
    // buffer.
    if (this.#filled.get(buffer) !== byteOffset + length) return;
    this.#filled.delete(buffer);
    this.#keep(buffer as ArrayBuffer);
  }

  #into(bytes: number): Reading {
    const free: ArrayBuffer[] = [];
    this.#free.set(bytes, free);
    const pieceOf = (length: number, buffer: ArrayBuffer): Buffer => {
      const piece = Buffer.from(buffer, 0, length);
      if (length < COPY_BELOW_BYTES) {
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
