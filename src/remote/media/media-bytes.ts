import type { ByteRange, MediaFacts, MediaRequestOptions, MediaStream } from '../../library/media-source.js';
import { RemoteError } from '../../library/remote-error.js';
import { exactBody } from '../http/exact-body.js';
import type { HttpResponse } from '../http/http.js';
import type { MediaClient } from './media-client.js';
import { readMediaHead, type MediaHead } from './media-headers.js';

const FIRST_BYTE: ByteRange = { start: 0, end: 1 };

/** Length and bytes of what a URL of a media host leads to. Rejects with RemoteError only. */
export class MediaBytes {
  readonly #client: MediaClient;
  #isHeadRefused = false;

  constructor(client: MediaClient) {
    this.#client = client;
  }

  /** As `MediaSource.measure`. */
  async measure(target: string, options: MediaRequestOptions): Promise<MediaFacts> {
    let head: MediaFacts | undefined;
    if (!this.#isHeadRefused) {
      try {
        head = { ...factsFrom(await this.#client.send('HEAD', target, {}, options), undefined), basis: 'head' };
        if (head.length !== undefined) return head;
      } catch (error) {
        if (!(error instanceof RemoteError) || ![405, 500, 501].includes(error.status ?? 0)) throw error;
        this.#isHeadRefused = error.status !== 500;
      }
    }
    // One byte: if the host honours Range, its Content-Range states the length of the whole.
    const facts = factsFrom(await this.#client.send('GET', target, rangeHeader(FIRST_BYTE), options), FIRST_BYTE);
    return facts.length === undefined && head !== undefined ? head : facts;
  }

  /** As `MediaSource.fetch`. */
  async fetch(target: string, range: ByteRange | undefined, options: MediaRequestOptions): Promise<MediaStream> {
    let asked = range;
    let answer = await this.#client.send('GET', target, rangeHeader(asked), options);
    if (answer.status === 416 && asked !== undefined) {
      // The file is shorter than known. The whole file is asked for, so that the caller learns its present length.
      void answer.discard();
      asked = undefined;
      answer = await this.#client.send('GET', target, {}, options);
    }
    const head = checked(answer, asked);
    return { ...head, body: exactBody(answer, head.bodyLength) };
  }
}

function rangeHeader(range: ByteRange | undefined): Readonly<Record<string, string>> {
  return range === undefined ? {} : { range: `bytes=${range.start}-${range.end - 1}` };
}

function factsFrom(answer: HttpResponse, range: ByteRange | undefined): MediaFacts {
  const { facts } = checked(answer, range);
  void answer.discard();
  return facts;
}

function checked(answer: HttpResponse, range: ByteRange | undefined): MediaHead {
  try {
    return readMediaHead(answer, range);
  } catch (error) {
    void answer.discard();
    throw error;
  }
}
