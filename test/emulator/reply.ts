import type { ByteSource } from './byte-source.js';
import type { Transport } from './fault-replies.js';

/** What a handler answers, before faults are applied to it. */
export interface Reply {
  /** How its body goes out, where that is not as ever. */
  readonly transport?: Transport;
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body:
    | { readonly type: 'json'; readonly json: unknown }
    | { readonly type: 'bytes'; readonly source: ByteSource; readonly start: number; readonly end: number };
}

export function json(value: unknown, status = 200): Reply {
  return {
    status,
    headers: {
      'Content-Type': 'application/json; charset=UTF-8',
      'Cache-Control': 'private',
      Vary: 'Origin, X-Origin, Referer',
    },
    body: { type: 'json', json: value },
  };
}

export function bytes(
  status: number,
  contentType: string,
  body: Buffer | string,
  headers: Readonly<Record<string, string>> = {},
): Reply {
  const buffer = typeof body === 'string' ? Buffer.from(body) : body;
  return {
    status,
    headers: { 'Content-Type': contentType, 'Content-Length': String(buffer.length), ...headers },
    body: {
      type: 'bytes',
      source: { length: buffer.length, read: (from, to) => buffer.subarray(from, to) },
      start: 0,
      end: buffer.length,
    },
  };
}

/** An error page as Google's front ends and image hosts give it. */
export function html(status: number, title: string): Reply {
  const page = `<!DOCTYPE html>\n<html lang=en>\n<meta charset=utf-8>\n<title>Error ${status} (${title})!!1</title>\n<p><b>${status}.</b> <ins>That’s an error.</ins>\n<p>${title}.  <ins>That’s all we know.</ins>\n`;
  return bytes(status, 'text/html; charset=UTF-8', page);
}

// A grey square, as small as a PNG can be, padded by a text chunk like the 832 bytes that Google's image host sends.
const NOT_FOUND_PNG = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNgAAAAAgABSK+kcQAAAABJRU5ErkJggg==',
  'base64',
);

/** The image that the media hosts send where the bytes are gone. */
export function goneImage(status = 404): Reply {
  return bytes(status, 'image/png', NOT_FOUND_PNG, { Server: 'fife' });
}
