import { API_ERRORS } from './api-errors.js';
import type { FaultAction } from './faults.js';
import { bytes, goneImage, html, json, type Reply } from './reply.js';

/** How the answer travels. */
export interface Transport {
  readonly resetAfter?: number;
  readonly stallAfter?: number;
  readonly bytesPerSecond?: number;
  /** What the connection brings, all its answers together. */
  readonly lineBytesPerSecond?: number;
  readonly cut?: { readonly afterBytes: number; readonly end?: 'close' | 'chunks' };
  readonly endless?: boolean;
  readonly drip?: { readonly part: 'headers' | 'body'; readonly everyMs: number };
}

/** The whole answer, where a fault puts one in place of the handler's. */
export function replyInstead(action: FaultAction): Reply | undefined {
  switch (action.type) {
    case 'html':
      return html(action.status, action.status === 502 ? 'Bad Gateway' : 'Server Error');
    case 'png':
      return goneImage(action.status ?? 404);
    case 'drip':
      return action.status === undefined ? undefined : html(action.status, 'Server Error');
    case 'api-error': {
      const error = API_ERRORS[action.error]();
      if (action.retryAfter === undefined) return error;
      return { ...error, headers: { ...error.headers, 'Retry-After': action.retryAfter } };
    }
    case 'answer': {
      const { body = '', headers = {} } = action;
      const made =
        typeof body === 'string'
          ? bytes(action.status, 'text/plain; charset=UTF-8', body)
          : body instanceof Uint8Array
            ? bytes(action.status, 'application/octet-stream', Buffer.from(body))
            : json(body, action.status);
      return { ...made, headers: { ...made.headers, ...headers } };
    }
    default:
      return undefined;
  }
}

/** The handler's answer with the fault applied. `before` is the JSON that this route gave last time. */
export function replyChanged(action: FaultAction, reply: Reply, before: unknown): Reply {
  const { body } = reply;
  switch (action.type) {
    case 'headers': {
      const changed = Object.keys(action.headers).map((name) => name.toLowerCase());
      const headers = Object.fromEntries([
        ...Object.entries(reply.headers).filter(([name]) => !changed.includes(name.toLowerCase())),
        ...Object.entries(action.headers).filter(([, value]) => value !== ''),
      ]);
      return { ...reply, headers };
    }
    case 'truncated-json': {
      if (body.type !== 'json') return reply;
      const text = JSON.stringify(body.json);
      return bytes(reply.status, 'application/json; charset=UTF-8', text.slice(0, Math.floor(text.length * 0.6)));
    }
    case 'without':
      return edited(reply, (value) =>
        Object.fromEntries(Object.entries(value).filter(([name]) => !action.fields.includes(name))),
      );
    case 'edit':
      return edited(reply, (value) => action.edit(value) ?? value);
    case 'repeated-page':
      return edited(reply, (value) => {
        const items = Object.entries((before ?? {}) as Record<string, unknown>).filter(([, list]) =>
          Array.isArray(list),
        );
        return { ...value, ...Object.fromEntries(items) };
      });
    case 'huge-page':
      return edited(reply, (value) => withEntries(value, (entries) => grown(entries, action.entries)));
    case 'long-text':
      return edited(reply, (value) =>
        withEntries(value, ([first, ...rest]) => [
          { ...(first as object), [action.field]: 'x'.repeat(action.bytes) },
          ...rest,
        ]),
      );
    case 'nested-arrays': {
      if (body.type !== 'json') return reply;
      const arrays = nestedArrays(action.bytes, action.depth);
      const text = `${JSON.stringify(body.json).slice(0, -1)},"more":${arrays}}`.replace('{,', '{');
      return bytes(reply.status, 'application/json; charset=UTF-8', text);
    }
    default:
      return reply;
  }
}

/** Applies `change` to each list of the page. */
function withEntries(
  value: Record<string, unknown>,
  change: (entries: readonly unknown[]) => readonly unknown[],
): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(value).map(([name, list]) => [name, Array.isArray(list) ? change(list) : list]),
  );
}

function grown(entries: readonly unknown[], count: number): unknown[] {
  const { id } = (entries[0] ?? { id: 'none' }) as { id: string };
  const copies = Array.from({ length: Math.max(0, count - entries.length) }, (_, index) => ({ id: `${id}-${index}` }));
  return [...entries, ...copies];
}

function nestedArrays(size: number, depth: number): string {
  const one = `${'['.repeat(depth)}${']'.repeat(depth)}`;
  return `[${Array.from({ length: Math.max(1, Math.floor(size / (one.length + 1))) }, () => one).join(',')}]`;
}

function edited(reply: Reply, edit: (value: Record<string, unknown>) => unknown): Reply {
  if (reply.body.type !== 'json') return reply;
  const copy = structuredClone(reply.body.json) as Record<string, unknown>;
  return { ...reply, body: { type: 'json', json: edit(copy) } };
}

export function transportOf(action: FaultAction | undefined): Transport {
  if (action?.type === 'reset' && action.afterBytes !== undefined) return { resetAfter: action.afterBytes };
  if (action?.type === 'stall' && action.afterBytes !== undefined) return { stallAfter: action.afterBytes };
  if (action?.type === 'cut') return { cut: action };
  if (action?.type === 'endless') return { endless: true };
  if (action?.type === 'slow' && action.bytesPerSecond !== undefined) return { bytesPerSecond: action.bytesPerSecond };
  if (action?.type === 'drip') return { drip: { part: action.part, everyMs: action.everyMs ?? 1_000 } };
  return {};
}
