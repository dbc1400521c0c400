import type { MediaRef } from '../library/media-item.js';
import type { MediaFacts, Priority } from '../library/media-source.js';
import { RemoteError } from '../library/remote-error.js';
import { judge, type KnownVersion } from '../library/size-statement.js';
import type { MaybePromise } from '../support/maybe-promise.js';
import type { BlockStore } from './block-store.js';
import type { ContentContext } from './content-context.js';
import type { ContentError } from './content-error.js';

/** The file whose version is in question. */
export interface CheckedFile {
  readonly ref: MediaRef;
  readonly version: KnownVersion;
  /** Why no use of the file can go on. */
  readonly ended: ContentError | undefined;
  /** Ends the file, because Google has another version; returns the error for its readers. */
  change(facts: MediaFacts): ContentError;
}

interface PendingOpen {
  resolve(): void;
  reject(error: ContentError): void;
}

/** Whether the media host has the version of a file that the catalog promises. Opens wait for it. */
export class VersionCheck {
  readonly #file: CheckedFile;
  readonly #blocks: BlockStore;
  readonly #context: ContentContext;
  readonly #pendingOpens = new Set<PendingOpen>();
  #isTrusted: boolean;
  /** The media host gives no length, however it is asked. */
  #hasNoLength = false;

  constructor(file: CheckedFile, blocks: BlockStore, context: ContentContext) {
    this.#file = file;
    this.#blocks = blocks;
    this.#context = context;
    this.#isTrusted = file.version.size === 0 || (blocks.present > 0 && blocks.isStated);
  }

  /** An answer of the media host fits this version. */
  get isTrusted(): boolean {
    return this.#isTrusted;
  }

  /** An open waits. */
  get isAwaited(): boolean {
    return this.#pendingOpens.size > 0;
  }

  /** Resolves when an answer fits; rejects with the error of {@link rejectOpens}. */
  confirmed(): Promise<void> {
    return new Promise<void>((resolve, reject) => {
      this.#pendingOpens.add({ resolve, reject });
    });
  }

  rejectOpens(error: ContentError): void {
    for (const pending of this.#pendingOpens) pending.reject(error);
    this.#pendingOpens.clear();
  }

  /**
   * The cached bytes have a size that the media host never stated: they may be a file cut short in transit. An open
   * waits for a statement, at most `cachedDoubtMs`. Without one (no network) the cached bytes are served.
   */
  confirmCached(): void {
    const over = new AbortController();
    const goOn = (): void => {
      over.abort();
      this.#resolveOpens();
    };
    this.#context.clock.sleep(this.#context.tuning.cachedDoubtMs, over.signal).then(goOn, () => undefined);
    this.#statedBy(undefined, 'foreground').then(goOn, goOn);
  }

  /** As `DownloadTarget.check`. */
  check(facts: MediaFacts, priority: Priority): MaybePromise<void> {
    switch (judge(this.#file.version, facts)) {
      case 'changed':
        throw this.#file.change(facts);
      case 'same':
        this.#trust(facts.etag, true);
        return;
      case 'silent':
        if (!this.#blocks.isStated && !this.#hasNoLength) return this.#statedBy(facts, priority);
        this.#trust(facts.etag, false);
        return;
      case 'doubtful':
        return this.#statedBy(facts, priority);
    }
  }

  /** Asks for a statement when `facts` (if any) leave a doubt. Throws if it contradicts this version, or `facts`. */
  async #statedBy(facts: MediaFacts | undefined, priority: Priority): Promise<void> {
    const { ref, version } = this.#file;
    const isTagInDoubt = version.etag !== undefined && (facts?.etag ?? version.etag) !== version.etag;
    const stated = await this.#context.confirm(ref, priority, isTagInDoubt);
    if (this.#file.ended !== undefined) throw this.#file.ended;
    const verdict = judge(this.#file.version, stated);
    if (verdict === 'changed') throw this.#file.change(stated);
    if (facts !== undefined && judge(this.#file.version, facts) === 'doubtful') throw contradicted();
    this.#hasNoLength = verdict !== 'same';
    this.#trust(facts?.etag ?? stated.etag, verdict === 'same');
  }

  #trust(etag: string | undefined, isStated: boolean): void {
    this.#blocks.learn({ etag, isStated });
    this.#resolveOpens();
  }

  #resolveOpens(): void {
    this.#isTrusted = true;
    for (const pending of this.#pendingOpens) pending.resolve();
    this.#pendingOpens.clear();
  }
}

function contradicted(): RemoteError {
  return new RemoteError('protocol', 'The media host announced other bytes than it states for this file.', {
    reason: 'CONTRADICTION',
  });
}
