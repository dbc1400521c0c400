import { dirname } from 'node:path';
import type { Clock } from '../../support/clock.js';
import { messageOf } from '../../support/message-of.js';
import { ArchiveError } from './archive-error.js';
import type { ListedPart, OpenedEntry, OperationName, Operations, PartPlace } from './archive-requests.js';
import type { PathFacts, ReadJson } from './archive-requests.js';
import { ArchiveWorker } from './archive-worker.js';
import type { ArchiveEntry, TakeEntries } from './entry.js';
import type { FoundParts } from './find-parts.js';
import type { DirectoryFacts } from './list-part.js';
import { packEntries, unpackEntries } from './pack-entries.js';
import type { ExpectedIdentity, FileIdentity } from './part-file.js';
import { WaitingLine, type ArchiveJob } from './waiting-line.js';

export interface ArchiveThreadsDeps {
  readonly clock: Clock;
  /** Milliseconds that a request, or the next piece of its answer, may take; default 20 s. */
  readonly deadlineMs?: number;
  /** Threads that may read one device at a time; default 2. More make a disk slower. */
  readonly mostOfDevice?: number;
  /** The module that each thread runs, and what it is given. Tests replace it. */
  readonly entry?: URL;
  readonly workerData?: unknown;
}

/** `background` requests leave one thread of each device to readers. */
export type ReadUrgency = 'foreground' | 'background';

export interface ReadRequest {
  readonly path: string;
  /** Size and time that the file must have, before and after. */
  readonly expected: ExpectedIdentity;
  readonly position: number;
  readonly length: number;
  readonly wantsCrc?: boolean;
  readonly urgency?: ReadUrgency;
}

export interface ReadPiece {
  /** All bytes asked for. Hand them back to {@link ArchiveThreads.release} when they are not used any more, or drop them. */
  readonly bytes: Uint8Array;
  /** CRC-32 of the bytes; 0 unless wanted. */
  readonly crc: number;
}

const DEADLINE_MS = 20_000;
const THREADS_OF_DEVICE = 2;
/** Deadlines are checked this often in one deadline, so that a request costs no timer. They are late by one check at most. */
const CHECKS = 40;
/** Sidecars of one request to a thread. Reads of programs come in between. */
const JSON_ENTRIES = 1000;
const PAGE_BYTES = 4096;
/**
 * Left free before the bytes of a read. Memory of this size begins 16 bytes behind the start of a page; what the kernel copies from a
 * page to a place so little further takes five times as long. Figures: native-notes/memory.md.
 */
const LEAD_BYTES = 64;
/** Buffers kept for the next read. */
const SPARE_BUFFERS = 4;

/**
 * Reads archives in threads of their own, a few for each device. A drive that does not answer stops those and nothing else:
 * requests fail when their deadline is over, and a thread that hangs gets no other request until it has answered. Not even `stat` runs
 * elsewhere. All methods reject with {@link ArchiveError}.
 */
export class ArchiveThreads {
  readonly #deps: ArchiveThreadsDeps;
  readonly #line: WaitingLine;
  readonly #workers = new Set<ArchiveWorker>();
  /** Devices of paths and folders that were seen. */
  readonly #devices = new Map<string, string>();
  #spare: ArrayBuffer[] = [];
  #isWatching = false;
  readonly #closing = new AbortController();

  constructor(deps: ArchiveThreadsDeps) {
    this.#deps = deps;
    this.#line = new WaitingLine((job) => this.#start(job), deps.mostOfDevice ?? THREADS_OF_DEVICE);
  }

  /** Threads that do not answer. A process with such cannot end by itself: Node waits for its threads. See `process.kill`. */
  get hanging(): number {
    return [...this.#workers].filter(({ job }) => job?.isOver === true).length;
  }

  stat(path: string): Promise<PathFacts> {
    return this.#ask(path, 'stat', { path }, 'background');
  }

  /** What paths given by a person are; `ownMounts`: mount points of this program, absolute. */
  async find(paths: readonly string[], ownMounts: readonly string[]): Promise<FoundParts> {
    const all: FoundParts[] = [];
    // Path by path: a drive that hangs is told of by its path, and the others are taken.
    for (const path of paths) {
      const found = this.#ask(path, 'find', { paths: [path], ownMounts }, 'background');
      all.push(
        await found.catch((error: unknown) => ({
          parts: [],
          refused: [{ path, reason: wordsWithout(path, error), hint: error instanceof ArchiveError ? error.hint : '' }],
          repeated: [],
        })),
      );
    }
    return united(all);
  }

  /** The directory of a zip, to compare with what was known when size or time of the file have changed. */
  directory(path: string): Promise<{ readonly identity: FileIdentity; readonly directory: DirectoryFacts }> {
    return this.#ask(path, 'directory', { path }, 'background');
  }

  /** Lists a part; its entries go to `take` by and by. */
  list(part: PartPlace, take: TakeEntries): Promise<ListedPart> {
    return this.#ask(part.path, 'list', { part }, 'background', (some) => take(unpackEntries(some)));
  }

  /**
   * Reads JSON entries whole. Yields batches whose indexes are those of `entries`. The next is read while the caller works on one, so that
   * no more than a few MiB are held.
   */
  async *readJson(
    part: PartPlace,
    expected: ExpectedIdentity | undefined,
    entries: readonly ArchiveEntry[],
  ): AsyncGenerator<readonly ReadJson[]> {
    const order = [...entries.keys()];
    order.sort((a, b) => (entries[a]?.headerOffset ?? 0) - (entries[b]?.headerOffset ?? 0));
    const chunkAt = (at: number): Promise<(readonly ReadJson[])[]> | undefined => {
      const indexes = order.slice(at, at + JSON_ENTRIES);
      if (indexes.length === 0) return undefined;
      const chunk = this.#jsonChunk(part, expected, entries, indexes);
      chunk.catch(() => undefined);
      return chunk;
    };
    let next = chunkAt(0);
    for (let at = JSON_ENTRIES; next !== undefined; at += JSON_ENTRIES) {
      const chunk = await next;
      next = chunkAt(at);
      yield* chunk;
    }
  }

  /** Whether the file is the one expected, and where the bytes of an entry begin. Without `headerOffset`: the file itself. */
  open(
    path: string,
    expected: ExpectedIdentity,
    entry?: { readonly headerOffset: number; readonly packed: number },
  ): Promise<OpenedEntry> {
    const { headerOffset, packed = 0 } = entry ?? {};
    return this.#ask(path, 'open', { path, expected, headerOffset, packed }, 'foreground');
  }

  /** Reads a range of a file. */
  async read({ path, expected, position, length, wantsCrc = false, urgency }: ReadRequest): Promise<ReadPiece> {
    // At the same place in its page as in the file's, but for LEAD_BYTES: see there.
    const start = LEAD_BYTES + (position % PAGE_BYTES);
    const spare = this.#spare.findIndex(({ byteLength }) => byteLength >= start + length);
    const fresh = (): ArrayBuffer => new ArrayBuffer(LEAD_BYTES + PAGE_BYTES + length);
    const [buffer = fresh()] = spare === -1 ? [] : this.#spare.splice(spare, 1);
    const asks = { path, expected, position, length, buffer, start, wantsCrc };
    const answer = await this.#ask(path, 'read', asks, urgency ?? 'foreground');
    return { bytes: new Uint8Array(answer.buffer, start, length), crc: answer.crc };
  }

  /** The memory of a read is used again. */
  release({ bytes }: ReadPiece): void {
    const { buffer } = bytes;
    if (buffer instanceof ArrayBuffer && this.#spare.length < SPARE_BUFFERS) this.#spare.push(buffer);
  }

  /** Ends the threads that are at rest or answer. Requests under way fail. */
  async close(): Promise<void> {
    this.#closing.abort();
    this.#line.failAll((job) => new ArchiveError('unreadable', job.path, `${job.path} is not read any more`));
    await Promise.all([...this.#workers].filter(({ job }) => job === undefined).map((worker) => worker.end()));
  }

  async #jsonChunk(
    part: PartPlace,
    expected: ExpectedIdentity | undefined,
    entries: readonly ArchiveEntry[],
    indexes: readonly number[],
  ): Promise<(readonly ReadJson[])[]> {
    const batches: (readonly ReadJson[])[] = [];
    const some = indexes.flatMap((index) => entries[index] ?? []);
    await this.#ask(part.path, 'json', { part, expected, entries: packEntries(some) }, 'background', (batch) =>
      batches.push(batch.map(({ index, facts }) => ({ index: indexes[index] ?? 0, facts }))),
    );
    return batches;
  }

  async #ask<Name extends OperationName>(
    path: string,
    name: Name,
    asks: Operations[Name]['asks'],
    urgency: ReadUrgency,
    take?: (piece: Operations[Name]['piece']) => void,
  ): Promise<Operations[Name]['answer']> {
    if (this.#closing.signal.aborted) throw new ArchiveError('unreadable', path, `${path} is not read any more`);
    void this.#watch();
    const answer = await new Promise((resolve, reject) => {
      this.#line.add({
        ...{ path, name, asks, urgency, resolve, reject, checks: 0, isOver: false },
        device: this.#deviceOf(path),
        take: take as ((piece: unknown) => void) | undefined,
      });
    });
    if (typeof answer === 'object' && answer !== null && 'identity' in answer)
      this.#learn(path, answer.identity as FileIdentity);
    return answer as Operations[Name]['answer'];
  }

  /** The device of a path that was seen, or of its nearest folder that was; else its folder stands for it. */
  #deviceOf(path: string): string {
    for (let at = path; ; at = dirname(at)) {
      const known = this.#devices.get(at);
      if (known !== undefined) return known;
      if (at === dirname(at)) return `folder ${dirname(path)}`;
    }
  }

  #learn(path: string, { dev }: FileIdentity): void {
    const device = `device ${dev}`;
    this.#devices.set(path, device);
    this.#devices.set(dirname(path), device);
  }

  #start(job: ArchiveJob): void {
    const idle = [...this.#workers].filter((worker) => worker.job === undefined);
    // The thread that has the file open already.
    const worker = idle.find(({ lastPath }) => lastPath === job.path) ?? idle[0] ?? this.#newWorker();
    worker.start(job);
  }

  #newWorker(): ArchiveWorker {
    const { entry = new URL('./archive-thread.js', import.meta.url), workerData } = this.#deps;
    const worker: ArchiveWorker = new ArchiveWorker(entry, workerData, {
      answered: ({ device }) => this.#line.answered(device),
      free: (job) => {
        this.#line.ended(job);
        if (this.#closing.signal.aborted) void worker.end();
      },
      gone: () => this.#workers.delete(worker),
    });
    this.#workers.add(worker);
    return worker;
  }

  /** Counts the checks of all requests while there are any. */
  async #watch(): Promise<void> {
    if (this.#isWatching) return;
    this.#isWatching = true;
    const { clock, deadlineMs = DEADLINE_MS } = this.#deps;
    try {
      do {
        await clock.sleep(deadlineMs / CHECKS, this.#closing.signal);
        this.#line.check(CHECKS);
      } while (this.#line.isBusy);
    } catch {
      // Closed.
    } finally {
      this.#isWatching = false;
    }
  }
}

function wordsWithout(path: string, error: unknown): string {
  const words = messageOf(error);
  return words.startsWith(`${path} `) ? words.slice(path.length + 1) : words;
}

/** Parts that several paths led to stand once. */
function united(all: readonly FoundParts[]): FoundParts {
  const parts = new Map<string, FoundParts['parts'][number]>();
  const repeated = all.flatMap((found) => [...found.repeated]);
  for (const part of all.flatMap((found) => found.parts)) {
    const key = `${part.identity.dev} ${part.identity.ino}`;
    const same = parts.get(key);
    if (same === undefined) parts.set(key, part);
    else repeated.push({ path: part.path, sameAs: same.path });
  }
  return { parts: [...parts.values()], refused: all.flatMap((found) => found.refused), repeated };
}
