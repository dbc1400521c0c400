import { LONGEST_ANSWER } from './answer-limits.js';
import type { Http } from './http.js';

/** The answer to a posted form. */
export interface FormAnswer {
  readonly status: number;
  readonly body: string;
}

const DEADLINE_MS = 15_000;

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
    return { status: answer.status, body: (await answer.read(LONGEST_ANSWER.token)).toString('utf8') };
  };
}
