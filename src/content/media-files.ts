import type { MediaId, MediaRef } from '../library/media-item.js';
import type { MediaFacts } from '../library/media-source.js';
import type { ContentContext } from './content-context.js';
import { ContentError } from './content-error.js';
import type { GivenStream } from './download.js';
import { MediaFile, type FileEvents } from './media-file.js';

/** A media item as the catalog promises it. `size` in bytes. */
export interface ContentItem {
  readonly ref: MediaRef;
  readonly size: number;
  /** As it was when the size was measured; undefined where Google gave none. */
  readonly etag?: string | undefined;
}

/** What the store is informed of. */
export interface FileReports {
  /** The media host has another version than `file` is, which was retired. */
  changed(file: MediaFile, facts: MediaFacts): void;
  /** The media host sent more bytes than `file` has; it was retired. */
  corrupted(file: MediaFile): void;
  /** A reader could not be served. */
  failed(error: ContentError): void;
}

/** Closed files kept ready: while their descriptors are open, the next open costs no system call. */
const IDLE_FILES = 256;

/**
 * The files of a store: those in use, and those closed last. When the last use of a file ends and nothing is under way,
 * it becomes idle, and stays so until the cache evicts it or {@link IDLE_FILES} others were closed after it.
 */
export class MediaFiles {
  readonly #context: ContentContext;
  readonly #events: FileEvents;
  readonly #used = new Map<MediaId, MediaFile>();
  readonly #idle = new Map<MediaId, MediaFile>();
  #isStopping = false;

  constructor(context: ContentContext, reports: FileReports) {
    this.#context = context;
    this.#events = {
      changed: (file, facts) => {
        this.#retire(file);
        reports.changed(file, facts);
      },
      corrupted: (file) => {
        this.#retire(file);
        reports.corrupted(file);
      },
      failed: (error) => reports.failed(error),
      settled: (file) => this.#settled(file),
    };
  }

  /** Number of files in use. */
  get inUse(): number {
    return this.#used.size;
  }

  /** The file of an item, in use or idle. */
  find(id: MediaId): MediaFile | undefined {
    return this.#used.get(id) ?? this.#idle.get(id);
  }

  /** The file of an item in this version, until {@link release}. Files of other versions are retired. */
  use(item: ContentItem): MediaFile {
    const file = this.#fileFor(item);
    file.handles++;
    return file;
  }

  release(file: MediaFile): void {
    file.handles--;
    file.released();
    this.#settled(file);
  }

  /** The file of an item goes on with an answer that has come for it. */
  adopt(item: ContentItem, given: GivenStream): void {
    if (this.#isStopping) {
      given.stop();
      return;
    }
    const file = this.use(item);
    file.adopt(given);
    this.release(file);
  }

  /** Closes the files that are not in use. */
  closeIdle(): void {
    for (const file of [...this.#idle.values()]) this.#forget(file);
  }

  /** Fails all readers with EIO. Resolves when the bytes that have come are written. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    const error = new ContentError('EIO', 'The mount is going down.');
    const files = [...this.#used.values()];
    for (const file of files) file.end(error, false);
    await Promise.all(files.map((file) => file.drained()));
    for (const file of [...files, ...this.#idle.values()]) close(file);
    this.#used.clear();
    this.#idle.clear();
  }

  #fileFor({ ref, size, etag }: ContentItem): MediaFile {
    const { folder } = this.#context;
    const open = this.#used.get(ref.id);
    if (open?.is(size, etag) === true) return open;
    // The open handles have an older version than the catalog.
    if (open !== undefined) this.#retire(open);
    const idle = this.#idle.get(ref.id);
    if (idle !== undefined) {
      this.#leaveIdle(idle);
      if (idle.is(size, etag) && idle.blocks.slot !== undefined && folder.reuse(idle.blocks.slot.entry)) {
        this.#used.set(ref.id, idle);
        return idle;
      }
      close(idle);
    }
    const slot = folder.openExisting(ref.id, size, etag);
    const file = new MediaFile(ref, size, etag, this.#context, this.#events, slot);
    this.#used.set(ref.id, file);
    return file;
  }

  #settled(file: MediaFile): void {
    const { id } = file.ref;
    const { slot } = file.blocks;
    if (!file.quiet || this.#isStopping || this.#idle.get(id) === file) return;
    if (this.#used.get(id) !== file) {
      close(file);
      return;
    }
    this.#used.delete(id);
    if (slot === undefined) return;
    this.#context.folder.release(slot);
    if (!this.#context.folder.holds(slot.entry)) {
      close(file);
      return;
    }
    slot.entry.onRemoved = () => this.#forget(file);
    this.#idle.set(id, file);
    for (const oldest of this.#idle.values()) {
      if (this.#idle.size <= IDLE_FILES) break;
      this.#forget(oldest);
    }
  }

  #forget(file: MediaFile): void {
    this.#leaveIdle(file);
    close(file);
  }

  /** A cache entry lives much longer than its MediaFile: it must not keep the MediaFile in memory. */
  #leaveIdle(file: MediaFile): void {
    this.#idle.delete(file.ref.id);
    if (file.blocks.slot !== undefined) file.blocks.slot.entry.onRemoved = undefined;
  }

  /** The file has the wrong bytes: discards what is cached, and fails its readers. */
  #retire(file: MediaFile): void {
    if (this.#used.get(file.ref.id) === file) this.#used.delete(file.ref.id);
    this.#context.folder.discard(file.ref.id);
    file.end(new ContentError('ESTALE', 'The file changed at Google; opening it again gives the new version.'), true);
  }
}

function close(file: MediaFile): void {
  file.blocks.slot?.file.close();
}
