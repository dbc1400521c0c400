import type { Http } from './http.js';

/** The answer to a posted form. */
export interface FormAnswer {
  readonly status: number;
  readonly body: string;
}

const DEADLINE_MS = 15_000;
/** Longest answer, bytes: tokens, and what the sign-in service says of a refusal. */
export const LONGEST_FORM_ANSWER = 64 * 1024;

/**
 * Posts a form with the program's own HTTP client, so that signing in has the same deadlines and proxy. Rejects with
 * RemoteError.
 */
export function createFormExchange(http: Http): (url: string, form: string) => Promise<FormAnswer> {
  return async (url, form) => {
    const answer = await http.request({
      method: 'POST',
      url: new URL(url),
      headers: { 'content-type': 'application/x-www-form-urlencoded', accept: 'application/json' },
      body: form,
      priority: 'foreground',
      deadlineMs: DEADLINE_MS,
    });
    return { status: answer.status, body: (await answer.read(LONGEST_FORM_ANSWER)).toString('utf8') };
  };
}
