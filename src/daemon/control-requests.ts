import { answerCache } from './answer-cache.js';
import { answerPick } from './answer-pick.js';
import { answerReload } from './answer-reload.js';
import { answerStatus } from './answer-status.js';
import { answerSync } from './answer-sync.js';
import { answerTakeout } from './answer-takeout.js';
import { answerUnmount } from './answer-unmount.js';
import type { ControlParts, Refusal, RequestRow, Tell } from './control-protocol.js';

/** Everything that a daemon can be asked over its control socket. */
const REQUESTS = {
  status: answerStatus,
  unmount: answerUnmount,
  sync: answerSync,
  cache: answerCache,
  takeout: answerTakeout,
  pick: answerPick,
  'reload-sign-in': answerReload,
} as const satisfies Readonly<Record<string, RequestRow<object, object>>>;

type Requests = typeof REQUESTS;
type Name = keyof Requests;
type FieldsOf<N extends Name> = Requests[N] extends RequestRow<infer Fields, object> ? Fields : never;
type AnswerOf<N extends Name> = Awaited<ReturnType<Requests[N]['handle']>>;

/** What a client may ask: the name of a request, and its fields. */
export type ControlRequest = { [N in Name]: { readonly command: N } & FieldsOf<N> }[Name];

export type ControlReply = { [N in Name]: { readonly ok: true } & AnswerOf<N> }[Name] | Refusal;

const isName = (text: unknown): text is Name => typeof text === 'string' && Object.hasOwn(REQUESTS, text);

/** The request in a line, or undefined where it is none. */
export function parseRequest(line: string): ControlRequest | undefined {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return undefined;
  }
  if (typeof value !== 'object' || value === null || !('command' in value) || !isName(value.command)) return undefined;
  const { command, ...rest } = value;
  const fields = REQUESTS[command].parse(rest);
  // The row of that name has made the fields.
  return fields === undefined ? undefined : ({ command, ...fields } as ControlRequest);
}

/** Carries out a request. Rejects with UserError where it cannot be fulfilled. */
export async function answerRequest(request: ControlRequest, parts: ControlParts, tell: Tell): Promise<ControlReply> {
  const row: RequestRow<object, AnswerOf<Name>> = REQUESTS[request.command];
  return { ok: true, ...(await row.handle(request, parts, tell)) };
}
