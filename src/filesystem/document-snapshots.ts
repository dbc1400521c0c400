import type { Clock } from '../support/clock.js';
import { isWithin } from '../support/is-within.js';

/** The program's own files, rendered on demand. */
export interface Documents {
  readme(): string;
  status(): string;
}

export interface Snapshot {
  readonly bytes: Uint8Array;
  /** When the text last changed, milliseconds since the epoch. */
  readonly changedAt: number;
}

/** A document as it was when a program opened it. */
export interface OpenDocument {
  readonly bytes: Uint8Array;
  readonly release: () => void;
}

interface Kept extends Snapshot {
  readonly text: string;
  readonly shownAt: number;
}

/** Longest time that a document which somebody has open is shown as it was. */
const HELD_MS = 10_000;

/**
 * Keeps the text of each document as last shown, so that a program can read as many bytes as `stat` said. A new text is
 * rendered only by {@link show}, and only when the kernel no longer has the last size and nobody has the document open: a program asks
 * for the size after it has opened it, and others may look in between.
 */
export class DocumentSnapshots {
  readonly #documents: Documents;
  readonly #lifetimeMs: number;
  readonly #clock: Clock;
  readonly #kept = new Map<keyof Documents, Kept>();
  readonly #readers = new Map<keyof Documents, number>();

  constructor(documents: Documents, lifetimeMs: number, clock: Clock) {
    this.#documents = documents;
    this.#lifetimeMs = lifetimeMs;
    this.#clock = clock;
  }

  /** For `stat`. */
  show(name: keyof Documents): Snapshot {
    const now = this.#clock.now();
    const last = this.#kept.get(name);
    if (last !== undefined && isWithin(now, last.shownAt, this.#lifetimeOf(name))) return last;
    const text = name === 'readme' ? this.#documents.readme() : this.#documents.status();
    const same = last?.text === text ? last : undefined;
    const kept: Kept = {
      text,
      bytes: same?.bytes ?? Buffer.from(text, 'utf8'),
      changedAt: same?.changedAt ?? now,
      shownAt: now,
    };
    this.#kept.set(name, kept);
    return kept;
  }

  /** For reading: what was shown last, however long ago. */
  open(name: keyof Documents): OpenDocument {
    const { bytes } = this.#kept.get(name) ?? this.show(name);
    this.#count(name, 1);
    return { bytes, release: () => this.#count(name, -1) };
  }

  #lifetimeOf(name: keyof Documents): number {
    return (this.#readers.get(name) ?? 0) > 0 ? Math.max(HELD_MS, this.#lifetimeMs) : this.#lifetimeMs;
  }

  #count(name: keyof Documents, step: number): void {
    this.#readers.set(name, (this.#readers.get(name) ?? 0) + step);
  }
}
