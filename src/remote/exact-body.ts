import { RemoteError } from '../library/remote-error.js';

/** Passes `body` on and holds it to its announced length; RemoteError `protocol` if it has more, `server` if it ends early. */
export async function* exactBody(
  body: AsyncIterable<Uint8Array>,
  announced: number | undefined,
): AsyncGenerator<Uint8Array, void, undefined> {
  let length = 0;
  for await (const piece of body) {
    length += piece.length;
    if (announced !== undefined && length > announced)
      throw new RemoteError('protocol', `The media host sent more than the ${announced} bytes it announced.`, {
        reason: 'TOO_LONG',
      });
    yield piece;
  }
  if (announced !== undefined && length < announced)
    throw new RemoteError('server', `The media host sent ${length} of the ${announced} bytes it announced.`, {
      reason: 'TOO_SHORT',
    });
}
