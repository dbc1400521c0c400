import { RemoteError } from '../../library/remote-error.js';

/** Reason of an answer with too many bytes. */
export const TOO_LARGE = 'TOO_LARGE';

/** What a person may do after an answer that was refused for what it holds too much of. */
export const REFUSED_HINT =
  'Nothing was taken from it. If this stays, see that no program on the network changes what Google sends.';

/** The error of an answer that is longer than anything its endpoint may legally say. */
export function tooLarge(what: string, status: number): RemoteError {
  const details = { status, reason: TOO_LARGE, hint: REFUSED_HINT };
  return new RemoteError(
    'protocol',
    `The answer of ${what} is longer than any that is possible; it was refused.`,
    details,
  );
}
