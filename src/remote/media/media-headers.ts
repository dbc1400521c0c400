import type { ByteRange, MediaFacts } from '../../library/media-source.js';
import { RemoteError } from '../../library/remote-error.js';
import type { HttpResponse } from '../http/http.js';

/** What the headers of a good answer say, checked against what was asked. */
export interface MediaHead {
  /** Offset in the file of the first byte of the body. */
  readonly start: number;
  /** Bytes that the body must have; undefined if only its end will show. */
  readonly bodyLength: number | undefined;
  /** Whether a body that was cut off can be distinguished from a whole one. */
  readonly isEndMarked: boolean;
  readonly facts: MediaFacts;
}

/**
 * Reads the headers of a 200 or 206 that answers a GET.
 * @throws RemoteError `protocol` where they describe something that is not the bytes asked for.
 */
export function readMediaHead(answer: HttpResponse, range: ByteRange | undefined): MediaHead {
  if (answer.status === 416) throw wrong(answer, 'CONTENT_RANGE', 'no bytes, although there must be some');
  refuseForeignBody(answer);
  const length = contentLength(answer);
  const etag = answer.header('etag');
  if (answer.status === 206) return partialHead(answer, range, length, etag);
  if (length === 0) throw wrong(answer, 'EMPTY', 'an empty file');
  const isEndMarked = length !== undefined || isChunked(answer);
  return { start: 0, bodyLength: length, isEndMarked, facts: { length, etag, basis: 'announced' } };
}

function isChunked(answer: HttpResponse): boolean {
  return /\bchunked\b/i.test(answer.header('transfer-encoding') ?? '');
}

// An error page with status 200 (of a portal, of a proxy) must never become the content of a photograph.
function refuseForeignBody(answer: HttpResponse): void {
  const type = answer.header('content-type')?.trim().toLowerCase() ?? '';
  if (/^(?:text\/|application\/(?:json|xhtml\+xml|problem\+json)|multipart\/)/.test(type))
    throw wrong(answer, 'CONTENT_TYPE', 'a document instead of a photo or video');
  const encoding = answer.header('content-encoding')?.trim().toLowerCase() ?? 'identity';
  if (encoding !== 'identity' && encoding !== '')
    throw wrong(answer, 'CONTENT_ENCODING', 'bytes in a compression that was not asked for');
}

function partialHead(
  answer: HttpResponse,
  range: ByteRange | undefined,
  length: number | undefined,
  etag: string | undefined,
): MediaHead {
  const got = contentRange(answer.header('content-range'));
  if (
    range === undefined ||
    got === undefined ||
    got.start !== range.start ||
    got.end !== expectedEnd(range, got.total)
  )
    throw wrong(answer, 'CONTENT_RANGE', 'another part of the file than was asked for');
  const bodyLength = got.end - got.start;
  if (length !== undefined && length !== bodyLength)
    throw wrong(answer, 'CONTENT_LENGTH', 'a part of the file whose length contradicts its place');
  const basis = got.total === undefined ? 'announced' : 'content-range';
  return { start: got.start, bodyLength, isEndMarked: true, facts: { length: got.total, etag, basis } };
}

function expectedEnd(range: ByteRange, total: number | undefined): number {
  return total === undefined ? range.end : Math.min(range.end, total);
}

/** Half-open, from `bytes 0-99/1234` or `bytes 0-99/*`. */
function contentRange(header: string | undefined): (ByteRange & { readonly total: number | undefined }) | undefined {
  const match = /^bytes (\d{1,15})-(\d{1,15})\/(\d{1,15}|\*)$/.exec(header?.trim() ?? '');
  if (match === null) return undefined;
  const start = Number(match[1]);
  const end = Number(match[2]) + 1;
  const total = match[3] === '*' ? undefined : Number(match[3]);
  return end > start && (total === undefined || end <= total) ? { start, end, total } : undefined;
}

function contentLength(answer: HttpResponse): number | undefined {
  const header = answer.header('content-length');
  if (header === undefined) return undefined;
  if (!/^\d{1,15}$/.test(header)) throw wrong(answer, 'CONTENT_LENGTH', 'a length that is no number');
  return Number(header);
}

function wrong(answer: HttpResponse, reason: string, what: string): RemoteError {
  return new RemoteError('protocol', `The media host sent ${what}.`, { status: answer.status, reason });
}
