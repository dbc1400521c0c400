import type { MediaBody } from '../../library/media-source.js';
import { RemoteError } from '../../library/remote-error.js';

/** `body`, held to its announced length: RemoteError `protocol` if it has more, `server` if it ends early. */
export function exactBody(body: MediaBody, announced: number | undefined): MediaBody {
  if (announced === undefined) return body;
  return {
    forEach: async (take) => {
      let length = 0;
      await body.forEach((piece) => {
        length += piece.length;
        if (length > announced)
          throw new RemoteError('protocol', `The media host sent more than the ${announced} bytes it announced.`, {
            reason: 'TOO_LONG',
          });
        return take(piece);
      });
      if (length < announced)
        throw new RemoteError('server', `The media host sent ${length} of the ${announced} bytes it announced.`, {
          reason: 'TOO_SHORT',
        });
    },
  };
}
