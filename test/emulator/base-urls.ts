import { hash32 } from './random.js';

export type BaseUrlState = 'valid' | 'expired' | 'unknown';

/** Makes and reads the short-lived URLs of media bytes. They hold the item's number and their birth: no table is kept. */
export class BaseUrls {
  readonly #secret: number;
  readonly #now: () => number;
  readonly #lifetime: () => number;
  /** All made before this moment are dead. */
  #epoch = 0;
  #made = 0;
  origin = '';

  constructor(secret: number, now: () => number, lifetime: () => number) {
    this.#secret = secret;
    this.#now = now;
    this.#lifetime = lifetime;
  }

  make(number: number): string {
    // Every answer has URLs of its own, as at Google: equal text would let a client take an old one for new.
    const serial = (this.#made = (this.#made + 1) % 2 ** 32);
    const bytes = Buffer.alloc(72);
    bytes.writeUInt32BE((number ^ this.#secret) >>> 0, 0);
    bytes.writeDoubleBE(this.#now(), 4);
    bytes.writeUInt32BE(serial, 12);
    bytes.writeUInt32BE(this.#epoch, 16);
    const seal = hash32(this.#secret, bytes.readUInt32BE(4) ^ bytes.readUInt32BE(8), number ^ serial ^ this.#epoch);
    for (let word = 5; word < 18; word++) bytes.writeUInt32BE(hash32(seal, word), word * 4);
    return `${this.origin}/lr/AAJ1LK${bytes.toString('base64url')}`;
  }

  read(token: string): { readonly number: number; readonly state: BaseUrlState } | undefined {
    const bytes = Buffer.from(token.replace(/^AAJ1LK/, ''), 'base64url');
    if (bytes.length !== 72) return undefined;
    const number = (bytes.readUInt32BE(0) ^ this.#secret) >>> 0;
    const serial = bytes.readUInt32BE(12);
    const epoch = bytes.readUInt32BE(16);
    const seal = hash32(this.#secret, bytes.readUInt32BE(4) ^ bytes.readUInt32BE(8), number ^ serial ^ epoch);
    if (bytes.readUInt32BE(20) !== hash32(seal, 5)) return undefined;
    const age = this.#now() - bytes.readDoubleBE(4);
    return { number, state: epoch === this.#epoch && age < this.#lifetime() ? 'valid' : 'expired' };
  }

  /** Makes every URL given out so far refused. */
  expireAll(): void {
    this.#epoch += 1;
  }
}
