import type { BaseUrls } from './base-urls.js';
import { fixed, type ByteSource } from './byte-source.js';
import type { Call, Route } from './call.js';
import type { EmulatedLibrary } from './emulated-library.js';
import type { EmulatedItem } from './item.js';
import { hash32 } from './random.js';
import { goneImage, html, type Reply } from './reply.js';
import { bytesOf } from './sample-bytes.js';
import type { Switches } from './switches.js';
import { thumbnail } from './thumbnails.js';

export interface MediaHostContext {
  readonly library: EmulatedLibrary;
  readonly urls: BaseUrls;
  readonly switches: Switches;
  readonly now: () => number;
  readonly hasValidToken: (call: Call) => boolean;
}

interface Asked {
  readonly token: string;
  /** What stands behind the `=`; empty for a bare base URL. */
  readonly form: string;
}

function asked({ params }: Call): Asked {
  const { token = '', form = '' } = params;
  return { token, form };
}

/** The hosts that serve bytes. Their errors are pages and pictures, never JSON. */
export function mediaRoutes(context: MediaHostContext): Route[] {
  const { library, urls } = context;
  const mediaId = (call: Call): string | undefined => {
    const found = urls.read(asked(call).token);
    return found === undefined ? undefined : library.idOf(found.number);
  };
  const shared = { methods: ['GET', 'HEAD'], quota: 'media', mediaId } as const;
  return [
    {
      ...shared,
      name: 'media.photo',
      path: /^\/lr\/(?<token>[\w-]+)=(?<form>d)$/,
      handle: (call) => serve(context, call, true),
    },
    {
      ...shared,
      name: 'media.video',
      path: /^\/lr\/(?<token>[\w-]+)=(?<form>dv)$/,
      handle: (call) => serve(context, call, true),
    },
    {
      ...shared,
      name: 'media.moved',
      path: /^\/moved\/(?<token>[\w-]+)=(?<form>dv?)$/,
      handle: (call) => serve(context, call, false),
    },
    {
      ...shared,
      name: 'media.thumbnail',
      path: /^\/lr\/(?<token>[\w-]+)=(?<form>[wh]\d[\w-]*)$/,
      handle: (call) => serve(context, call, false),
    },
    {
      ...shared,
      name: 'media.bare',
      path: /^\/lr\/(?<token>[^=/]*)(=(?<form>.*))?$/,
      handle: () => html(400, 'Bad Request'),
    },
  ];
}

async function serve(context: MediaHostContext, call: Call, mayRedirect: boolean): Promise<Reply> {
  const { library, urls, switches } = context;
  const { token, form } = asked(call);
  if (call.method === 'HEAD' && !switches.head) return html(405, 'Method Not Allowed');
  const found = urls.read(token);
  if (found === undefined || found.state !== 'valid') return html(403, 'Forbidden');
  if (switches.mediaNeedsToken && !context.hasValidToken(call)) return html(403, 'Forbidden');
  const item = library.itemAt(found.number);
  if (item === undefined) return goneImage();
  if (form === 'dv' && (item.kind === 'photo' || item.videoStatus !== 'READY')) return goneImage();
  if (mayRedirect && (switches.redirect === 'always' || (switches.redirect === 'videos' && form === 'dv'))) {
    const moved = html(302, 'Moved Temporarily');
    return { ...moved, headers: { ...moved.headers, Location: `${urls.origin}/moved/${token}=${form}` } };
  }
  if (form === 'dv') return download(context, call, item, await bytesOf(item), 'video/mp4');
  if (form !== 'd') return download(context, call, item, fixed(await thumbnail(item, form)), 'image/jpeg');
  // A video's `=d` is its still picture: a client that mixes the two up gets the wrong bytes, as at Google.
  if (item.kind === 'video')
    return download(context, call, item, fixed(await thumbnail(item, 'w640-h360')), 'image/jpeg');
  return download(
    context,
    call,
    item,
    await bytesOf(item),
    item.content.type === 'bytes' ? item.mimeType : 'image/jpeg',
  );
}

function disposition(filename: string): string {
  return `attachment;filename="${filename.replace(/[^\x20-\x7e]|["\\]/g, '_')}"`;
}

/** The bytes of an item, or the part that is asked for. */
export function download(
  { switches, now }: MediaHostContext,
  call: Call,
  item: EmulatedItem,
  source: ByteSource,
  type: string,
): Reply {
  const etag = `"v${hash32(item.number, item.contentVersion).toString(16)}"`;
  const headers: Record<string, string> = {
    'Content-Type': type,
    'Content-Disposition': disposition(item.filename),
    Expires: new Date(now() + 86_400_000).toUTCString(),
    'Cache-Control': 'private, max-age=86400, no-transform',
    'Access-Control-Allow-Origin': '*',
    'Access-Control-Expose-Headers': 'Content-Length',
    Vary: 'Origin',
    'X-Content-Type-Options': 'nosniff',
    Server: 'fife',
    'X-XSS-Protection': '0',
    ...(switches.etag ? { ETag: etag } : {}),
  };
  const range = switches.range === 'honored' ? call.headers.range : undefined;
  const ifRange = call.headers['if-range'];
  const asksForThis = ifRange === undefined || (switches.etag && ifRange === etag);
  const part = range === undefined || !asksForThis ? undefined : parseRange(range, source.length);
  if (part === 'unsatisfiable') {
    const refusal = html(416, 'Requested Range Not Satisfiable');
    return { ...refusal, headers: { ...refusal.headers, 'Content-Range': `bytes */${source.length}` } };
  }
  if (part === undefined) {
    const length: Record<string, string> = switches.contentLength ? { 'Content-Length': String(source.length) } : {};
    return {
      status: 200,
      headers: { ...headers, ...length },
      body: { type: 'bytes', source, start: 0, end: source.length },
    };
  }
  const length: Record<string, string> = switches.contentLength
    ? { 'Content-Length': String(part.end - part.start) }
    : {};
  const contentRange = `bytes ${part.start}-${part.end - 1}/${source.length}`;
  return {
    status: 206,
    headers: { ...headers, ...length, 'Content-Range': contentRange },
    body: { type: 'bytes', source, ...part },
  };
}

/** One range, half-open. undefined for what a server is to ignore (several ranges, other units). */
function parseRange(header: string, length: number): { start: number; end: number } | 'unsatisfiable' | undefined {
  const match = /^bytes=(\d*)-(\d*)$/.exec(header.trim());
  const [, first = '', last = ''] = match ?? [];
  if (match === null || (first === '' && last === '')) return undefined;
  if (first === '')
    return Number(last) === 0 ? 'unsatisfiable' : { start: Math.max(0, length - Number(last)), end: length };
  const start = Number(first);
  if (last !== '' && Number(last) < start) return undefined;
  if (start >= length) return 'unsatisfiable';
  return { start, end: last === '' ? length : Math.min(length, Number(last) + 1) };
}
