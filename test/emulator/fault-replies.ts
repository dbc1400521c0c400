import { API_ERRORS } from './api-errors.js';
import type { FaultAction } from './faults.js';
import { bytes, goneImage, html, json, type Reply } from './reply.js';

/** How the answer travels. */
export interface Transport {
  readonly resetAfter?: number;
  readonly stallAfter?: number;
  readonly bytesPerSecond?: number;
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
    default:
      return reply;
  }
}

function edited(reply: Reply, edit: (value: Record<string, unknown>) => unknown): Reply {
  if (reply.body.type !== 'json') return reply;
  const copy = structuredClone(reply.body.json) as Record<string, unknown>;
  return { ...reply, body: { type: 'json', json: edit(copy) } };
}

export function transportOf(action: FaultAction | undefined): Transport {
  if (action?.type === 'reset' && action.afterBytes !== undefined) return { resetAfter: action.afterBytes };
  if (action?.type === 'stall' && action.afterBytes !== undefined) return { stallAfter: action.afterBytes };
  if (action?.type === 'slow' && action.bytesPerSecond !== undefined) return { bytesPerSecond: action.bytesPerSecond };
  if (action?.type === 'drip') return { drip: { part: action.part, everyMs: action.everyMs ?? 1_000 } };
  return {};
}
