import { closeSync, openSync, writeSync } from 'node:fs';
import { centralRecord, endOfDirectory, type RawEntry } from './zip-records.js';

const BUFFER = 1024 * 1024;

/** Writes one zip file from its start to its end and holds only the central directory and 1 MiB in memory. */
export class ZipWriter {
  readonly #fd: number;
  readonly #buffer = Buffer.allocUnsafe(BUFFER);
  #filled = 0;
  #written = 0;
  readonly #records: Buffer[] = [];

  /** Replaces a file that is there. */
  constructor(readonly file: string) {
    this.#fd = openSync(file, 'w');
  }

  get entries(): number {
    return this.#records.length;
  }

  /** Where the next byte goes. */
  get offset(): number {
    return this.#written + this.#filled;
  }

  write(bytes: Buffer): void {
    if (this.#filled + bytes.length > BUFFER) this.#flush();
    if (bytes.length > BUFFER) {
      this.#put(bytes);
      return;
    }
    bytes.copy(this.#buffer, this.#filled);
    this.#filled += bytes.length;
  }

  /** Leaves bytes out: they read as zeros and take no room on disk. */
  skip(length: number): void {
    this.#flush();
    this.#written += length;
  }

  /** Writes over bytes before `offset`, which must not be waiting in the buffer. */
  rewrite(bytes: Buffer, at: number): void {
    this.#flush();
    writeSync(this.#fd, bytes, 0, bytes.length, at);
  }

  /** The record of an entry whose local header stands at `offset`. */
  record(entry: RawEntry, offset: number): void {
    this.#records.push(centralRecord(entry, offset));
  }

  end(): void {
    const start = this.offset;
    for (const record of this.#records) this.write(record);
    this.write(endOfDirectory(this.#records.length, this.offset - start, start));
    this.#flush();
    closeSync(this.#fd);
  }

  #flush(): void {
    const filled = this.#filled;
    this.#filled = 0;
    this.#put(this.#buffer.subarray(0, filled));
  }

  #put(bytes: Buffer): void {
    for (let done = 0; done < bytes.length;) {
      const count = writeSync(this.#fd, bytes, done, bytes.length - done, this.#written);
      done += count;
      this.#written += count;
    }
  }
}
