/** One trouble as the status document shows it. */
export interface StatusError {
  /** Machine-readable kind, such as `signed-out` or `unmeasurable`. */
  readonly code: string;
  readonly message: string;
  /** The next step; empty where there is none. */
  readonly hint: string;
  /** Of the last occurrence, RFC 3339. */
  readonly at: string;
  /** What it concerns: a path, a media id; empty for the mount as a whole. */
  readonly subject: string;
  readonly count: number;
}

export type Trouble = Pick<StatusError, 'code' | 'message' | 'hint' | 'subject'>;

/**
 * The recent troubles, one entry for each code and subject (or message, where there is no subject), bounded: the entry that
 * occurred longest ago goes first.
 */
export class ErrorList {
  private readonly entries = new Map<string, StatusError>();

  constructor(
    private readonly limit: number,
    private readonly now: () => number,
  ) {}

  add(trouble: Trouble): void {
    const key = `${trouble.code}\u0000${trouble.subject || trouble.message}`;
    const count = (this.entries.get(key)?.count ?? 0) + 1;
    // Deleted first, so that the map's order is the order of last occurrence.
    this.entries.delete(key);
    this.entries.set(key, { ...trouble, count, at: new Date(this.now()).toISOString() });
    if (this.entries.size > this.limit) {
      const [oldest] = this.entries.keys();
      if (oldest !== undefined) this.entries.delete(oldest);
    }
  }

  /** Forgets a trouble that is over. Without a subject, every subject's. */
  clear(code: string, subject?: string): void {
    for (const [key, entry] of this.entries) {
      if (entry.code === code && (subject === undefined || entry.subject === subject)) this.entries.delete(key);
    }
  }

  /** Latest first. */
  list(): StatusError[] {
    return [...this.entries.values()].reverse();
  }
}
