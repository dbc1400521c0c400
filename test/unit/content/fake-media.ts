import type { MediaId, MediaKind, MediaRef } from '../../../src/library/media-item.js';
import type {
  ByteRange,
  FactsBasis,
  MediaBody,
  MediaFacts,
  MediaRequestOptions,
  MediaSource,
  MediaStream,
} from '../../../src/library/media-source.js';
import { RemoteError } from '../../../src/library/remote-error.js';

/** An item at the fake Google. The bytes follow from id, version and offset. */
export interface FakeItem {
  size: number;
  version: number;
}

export interface FakeRequest {
  readonly kind: 'measure' | 'fetch';
  readonly id: string;
  readonly range: ByteRange | undefined;
  readonly priority: string;
}

/** A Google of bytes that a test scripts: whole or ranged answers, faults, gates, and a record of what was asked and sent. */
export class FakeMedia implements MediaSource {
  readonly items = new Map<string, FakeItem>();
  readonly requests: FakeRequest[] = [];
  readonly aborts: string[] = [];
  bytesSent = 0;
  /** Bodies that are being read, and the most at once. */
  open = 0;
  peak = 0;
  honourRanges = true;
  tellLength = true;
  /** false: a HEAD tells the length, a download does not. */
  downloadsTellLength = true;
  /** What a HEAD says otherwise. */
  headSays: Partial<MediaFacts> = {};
  /** Bodies end here, without an error, where it is set. */
  cutAt = Infinity;
  isEndMarked = true;
  etags = true;
  chunk = 16_384;
  /** Called before an answer's headers; throw to refuse, wait to delay. */
  beforeAnswer: (request: FakeRequest) => void | Promise<void> = () => undefined;
  /** Called before each chunk; throw to break the stream there, wait to stall it. */
  beforeChunk: (id: string, offset: number) => void | Promise<void> = () => undefined;

  add(id: string, size: number): void {
    this.items.set(id, { size, version: 1 });
  }

  fetches(id?: string): FakeRequest[] {
    return this.requests.filter((request) => request.kind === 'fetch' && (id === undefined || request.id === id));
  }

  /** The host of an item; all have one. */
  hostOf: (ref: MediaRef) => string | undefined = () => 'media';

  async measure(ref: MediaRef, options: MediaRequestOptions): Promise<MediaFacts> {
    const item = await this.#answer({ kind: 'measure', id: ref.id, range: undefined, priority: options.priority });
    const facts = this.#facts(item, this.tellLength, 'head');
    return { ...facts, ...this.headSays };
  }

  async fetch(ref: MediaRef, range: ByteRange | undefined, options: MediaRequestOptions): Promise<MediaStream> {
    const item = await unlessAborted(
      this.#answer({ kind: 'fetch', id: ref.id, range, priority: options.priority }),
      options.signal,
    );
    const start = this.honourRanges ? (range?.start ?? 0) : 0;
    const end = this.honourRanges ? Math.min(range?.end ?? item.size, item.size) : item.size;
    const isPart = this.honourRanges && range !== undefined;
    const tellsLength = this.tellLength && this.downloadsTellLength;
    return {
      start,
      // A part tells its own length also where it does not tell the file's (`bytes 0-99/*`).
      bodyLength: tellsLength || isPart ? end - start : undefined,
      isEndMarked: this.isEndMarked,
      facts: this.#facts(item, tellsLength, isPart && tellsLength ? 'content-range' : 'announced'),
      body: bodyOf(this.#body(ref.id, { ...item }, start, Math.min(end, this.cutAt), options.signal)),
    };
  }

  async *#body(
    id: string,
    item: FakeItem,
    start: number,
    end: number,
    signal?: AbortSignal,
  ): AsyncGenerator<Uint8Array> {
    let finished = false;
    this.peak = Math.max(this.peak, ++this.open);
    try {
      for (let at = start; at < end; at += this.chunk) {
        await unlessAborted(Promise.resolve(this.beforeChunk(id, at)), signal);
        const to = Math.min(end, at + this.chunk);
        this.bytesSent += to - at;
        yield bytesOf(id, item.version, at, to);
      }
      finished = true;
    } finally {
      this.open--;
      if (!finished) this.aborts.push(id);
    }
  }

  async #answer(request: FakeRequest): Promise<FakeItem> {
    this.requests.push(request);
    await this.beforeAnswer(request);
    const item = this.items.get(request.id);
    if (item === undefined) throw new RemoteError('not-found', 'There is no such item.', { status: 404 });
    return item;
  }

  #facts({ size, version }: FakeItem, tellsLength: boolean, basis: FactsBasis): MediaFacts {
    const etag = this.etags ? `"v${String(version)}"` : undefined;
    return { length: tellsLength ? size : undefined, etag, basis };
  }
}

export function mediaRef(id: string, kind: MediaKind = 'photo'): MediaRef {
  return { id: id as MediaId, kind };
}

/** Deterministic bytes `[from, to)` of a version of an item; any two versions or items differ almost everywhere. */
export function bytesOf(id: string, version: number, from: number, to: number): Buffer {
  let seed = version * 2_654_435_761;
  for (const char of id) seed = (Math.imul(seed, 31) + char.charCodeAt(0)) | 0;
  const bytes = Buffer.allocUnsafe(to - from);
  for (let at = from; at < to; at++) {
    let mixed = Math.imul((at >>> 2) ^ seed, 0x9e37_79b1);
    mixed ^= mixed >>> 15;
    bytes[at - from] = Math.imul(mixed, 0x85eb_ca6b) >>> (8 * (at & 3));
  }
  return bytes;
}

/** These pieces as the body of an answer; a taker that throws ends them. */
export function bodyOf(pieces: AsyncIterable<Uint8Array>): MediaBody {
  return {
    async forEach(take) {
      for await (const piece of pieces) await take(piece);
    },
  };
}

async function unlessAborted<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return work;
  const aborted = (): RemoteError => new RemoteError('aborted', 'The request was given up.');
  if (signal.aborted) {
    work.catch(() => undefined);
    throw aborted();
  }
  return new Promise((resolve, reject) => {
    const onAbort = (): void => reject(aborted());
    signal.addEventListener('abort', onAbort, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
  });
}
