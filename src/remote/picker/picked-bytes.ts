import type { MediaStream } from '../../library/media-source.js';
import { RemoteError } from '../../library/remote-error.js';
import type { PickedListing } from '../../library/remote-picker.js';
import type { TokenSource } from '../../library/token-source.js';
import type { Clock } from '../../support/clock.js';
import { exactBody } from '../http/exact-body.js';
import type { Http, HttpResponse } from '../http/http.js';
import { MediaClient } from '../media/media-client.js';
import { readMediaHead } from '../media/media-headers.js';
import { Pacer, type Wait } from '../http/pacer.js';

export interface PickedBytesDeps {
  readonly http: Http;
  readonly token: TokenSource;
  readonly clock: Clock;
  readonly allowLoopback: boolean;
}

/**
 * Bytes of picked items. Unlike other base URLs theirs need the access token, which goes to media hosts of Google and to this machine
 * only: `MediaClient` allows no other host, after a redirect neither.
 */
export class PickedBytes {
  readonly #client: MediaClient;
  readonly #pacer: Pacer;
  readonly #token: TokenSource;

  constructor({ http, token, clock, allowLoopback }: PickedBytesDeps) {
    this.#token = token;
    this.#pacer = new Pacer({ clock });
    // The requests count against quotas of the Picker, not against those of the Library that status shows.
    this.#client = new MediaClient({ http, clock, pacer: this.#pacer, allowLoopback, onRequest: () => undefined });
  }

  /** The pause that Google asked for. */
  get wait(): Wait | undefined {
    return this.#pacer.wait;
  }

  async open({ baseUrl = '', kind }: PickedListing, signal: AbortSignal | undefined): Promise<MediaStream> {
    const target = `${baseUrl}${kind === 'video' ? '=dv' : '=d'}`;
    const token = await this.#token();
    const headers = { authorization: `Bearer ${token}` };
    const answer = await this.#client.send('GET', target, headers, {
      priority: 'background',
      ...(signal && { signal }),
    });
    const head = headOf(answer);
    if (!head.isEndMarked) {
      void answer.discard();
      throw new RemoteError('protocol', 'The media host sent a file whose end cannot be told.', {
        reason: 'NO_LENGTH',
      });
    }
    return { ...head, body: exactBody(answer, head.bodyLength) };
  }
}

function headOf(answer: HttpResponse): ReturnType<typeof readMediaHead> {
  try {
    return readMediaHead(answer, undefined);
  } catch (error) {
    void answer.discard();
    throw error;
  }
}
