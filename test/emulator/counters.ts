/** One request that was answered, or whose connection ended before. */
export interface RequestRecord {
  readonly route: string;
  readonly method: string;
  /** Path and query as received. */
  readonly path: string;
  /** 0 where the connection was broken before an answer. */
  readonly status: number;
  /** Bytes of body written. */
  readonly bytes: number;
  readonly mediaId: string | undefined;
  readonly range: string | undefined;
  /** Whether an Authorization header came along. */
  readonly authorized: boolean;
  readonly userAgent: string | undefined;
}

export interface CountFilter {
  /** Exact name, or a pattern of names. */
  readonly route?: string | RegExp;
  readonly method?: string;
  readonly status?: number;
  readonly mediaId?: string;
}

const JOURNAL = 20_000;

/** What clients asked for. Totals are exact; the journal and whatever needs it hold the last 20,000 requests. */
export class Counters {
  #journal: RequestRecord[] = [];
  #totals = new Map<string, { requests: number; bytes: number }>();
  #open = 0;
  #peak = 0;
  #connections = 0;
  #handshakes = 0;
  #resumed = 0;

  /** Requests finished since the last reset. With a mediaId: among the last 20,000. */
  requests(filter: CountFilter = {}): number {
    if (filter.mediaId !== undefined) return this.journal(filter).length;
    return this.#sum(filter, 'requests');
  }

  /** Bytes of bodies written. */
  bytes(filter: CountFilter = {}): number {
    if (filter.mediaId !== undefined) return this.journal(filter).reduce((sum, { bytes }) => sum + bytes, 0);
    return this.#sum(filter, 'bytes');
  }

  /** The requests themselves, oldest first. */
  journal(filter: CountFilter = {}): RequestRecord[] {
    return this.#journal.filter(
      (record) =>
        fits(filter, record.route, record.method, record.status) &&
        (filter.mediaId ?? record.mediaId) === record.mediaId,
    );
  }

  /** Requests in the air now, and the most there were at once. */
  get open(): number {
    return this.#open;
  }

  get peak(): number {
    return this.#peak;
  }

  /** Connections accepted. */
  get connections(): number {
    return this.#connections;
  }

  /** TLS handshakes, and those of them that resumed an earlier session. */
  get handshakes(): number {
    return this.#handshakes;
  }

  get resumed(): number {
    return this.#resumed;
  }

  /** Requests by `METHOD route status`, for printing. */
  summary(): Record<string, number> {
    return Object.fromEntries([...this.#totals].map(([key, { requests }]) => [key, requests]));
  }

  reset(): void {
    this.#journal = [];
    this.#totals = new Map();
    this.#peak = this.#open;
    this.#connections = 0;
    this.#handshakes = 0;
    this.#resumed = 0;
  }

  connected(): void {
    this.#connections += 1;
  }

  handshake(isResumed: boolean): void {
    this.#handshakes += 1;
    if (isResumed) this.#resumed += 1;
  }

  begin(): void {
    this.#open += 1;
    this.#peak = Math.max(this.#peak, this.#open);
  }

  end(record: RequestRecord): void {
    this.#open -= 1;
    this.#journal.push(record);
    if (this.#journal.length > JOURNAL * 2) this.#journal = this.#journal.slice(-JOURNAL);
    const key = `${record.method} ${record.route} ${record.status}`;
    const total = this.#totals.get(key) ?? { requests: 0, bytes: 0 };
    total.requests += 1;
    total.bytes += record.bytes;
    this.#totals.set(key, total);
  }

  #sum(filter: CountFilter, what: 'requests' | 'bytes'): number {
    let sum = 0;
    for (const [key, total] of this.#totals) {
      const [method = '', route = '', status = ''] = key.split(' ');
      if (fits(filter, route, method, Number(status))) sum += total[what];
    }
    return sum;
  }
}

function fits(filter: CountFilter, route: string, method: string, status: number): boolean {
  return (
    (filter.route === undefined ||
      (typeof filter.route === 'string' ? filter.route === route : filter.route.test(route))) &&
    (filter.method ?? method) === method &&
    (filter.status ?? status) === status
  );
}
