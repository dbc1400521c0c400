import { hash32 } from './random.js';

const WORDS = 18;
const MULTIPLIER = 0x9e3779b1;
// The inverse of MULTIPLIER modulo 2^32.
const INVERSE = 0x0e8b2f51;

/**
 * Identifiers as long as Google's (98 base64url characters) that hold their number, so that a million of them need no table.
 * `salt` keeps kinds of things and seeds apart: an id of one is unknown to the other.
 */
export class IdCodec {
  readonly #prefix: string;
  readonly #salt: number;

  constructor(prefix: string, salt: number) {
    this.#prefix = prefix;
    this.#salt = salt;
  }

  encode(number: number): string {
    const bytes = Buffer.allocUnsafe(WORDS * 4);
    bytes.writeUInt32BE((Math.imul(number, MULTIPLIER) ^ this.#salt) >>> 0, 0);
    for (let word = 1; word < WORDS; word++) bytes.writeUInt32BE(hash32(this.#salt, number, word), word * 4);
    return this.#prefix + bytes.toString('base64url');
  }

  /** The number inside; undefined for a text that this codec never made. */
  decode(id: string): number | undefined {
    if (!id.startsWith(this.#prefix)) return undefined;
    const bytes = Buffer.from(id.slice(this.#prefix.length, this.#prefix.length + 8), 'base64url');
    if (bytes.length < 4) return undefined;
    const number = Math.imul(bytes.readUInt32BE(0) ^ this.#salt, INVERSE) >>> 0;
    return this.encode(number) === id ? number : undefined;
  }
}
