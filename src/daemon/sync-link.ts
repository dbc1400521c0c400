import type { MeasuredSize } from '../content/size-book.js';
import type { SizeBook } from '../content/size-book.js';
import type { QuotaKind } from '../library/quota.js';
import type { TokenSource } from '../library/token-source.js';
import type { LibraryParts } from './open-library.js';

/** placeholder */
export class SyncLink {
  constructor(
    private readonly parts: LibraryParts,
    private readonly url: string,
  ) {}
  countRequest(kind: QuotaKind): void {
    void kind;
  }
  commitSizes(batch: readonly MeasuredSize[]): void {
    void batch;
  }
  start(remote: { token: TokenSource }, sizes: SizeBook): void {
    void remote;
    void sizes;
    this.parts.log.log('debug', `sync ${this.url}`);
  }
}
