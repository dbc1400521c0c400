/** Bytes that are computed when asked for. `length` is known at once. */
export interface ByteSource {
  readonly length: number;
  /** Bytes [start, end), both inside the length. */
  read(start: number, end: number): Buffer;
}

export function fixed(bytes: Buffer): ByteSource {
  return { length: bytes.length, read: (start, end) => bytes.subarray(start, end) };
}

/** Sources one after the other, seen as one. */
export function joined(parts: readonly ByteSource[]): ByteSource {
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  return {
    length,
    read(start, end) {
      const pieces: Buffer[] = [];
      let offset = 0;
      for (const part of parts) {
        const from = Math.max(start - offset, 0);
        const to = Math.min(end - offset, part.length);
        if (from < to) pieces.push(part.read(from, to));
        offset += part.length;
      }
      return pieces.length === 1 && pieces[0] !== undefined ? pieces[0] : Buffer.concat(pieces);
    },
  };
}
